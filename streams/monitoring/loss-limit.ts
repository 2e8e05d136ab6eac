/** The two loss limits of the policy: what one day may lose, and how far a model may fall from its high-water mark. */
import type { LossRule } from '../../schemas/events/approval.ts'

/** What the capital has become since the mark was set, with 1 then; and its greatest so far. */
export type Losses = Readonly<{ wealth: number; peak: number; days: number; drawdownBreached: boolean }>

/** Where a model stands at its promotion, and again after a review: what the committee has seen and answered is not held against it twice. */
export const NO_LOSSES: Losses = { wealth: 1, peak: 1, days: 0, drawdownBreached: false }

/** Losses and limits are fractions of the capital allocated, above 0. */
export type LossBreach = Readonly<{ rule: 'day' | 'drawdown'; loss: number; limit: number }>

/**
 * Adds a day. The day's rule is breached by each day that loses at least its limit; the drawdown's on the day on which the fall
 * from the high-water mark reaches its limit, and again only after it was smaller. A loss of everything, or more, leaves a
 * wealth of 0, which nothing brings back: only a review sets a new mark.
 * @param net the day's return after costs; a missing one changes nothing, and a gain of Infinity is taken for missing
 */
export function afterDay(
  losses: Losses,
  net: number,
  rule: LossRule | null,
): readonly [Losses, readonly LossBreach[]] {
  if (!(net < Number.POSITIVE_INFINITY)) return [losses, []]
  const wealth = wealthAfter(losses.wealth, net)
  const peak = Math.max(losses.peak, wealth)
  const drawdown = 1 - wealth / peak
  const drawdownBreached = rule !== null && reaches(drawdown, rule.drawdown)
  const breaches: LossBreach[] = []
  if (rule !== null && reaches(-net, rule.dayLoss))
    breaches.push({ rule: 'day', loss: Math.min(MOST_LOSS, -net), limit: rule.dayLoss })
  if (rule !== null && drawdownBreached && !losses.drawdownBreached)
    breaches.push({ rule: 'drawdown', loss: drawdown, limit: rule.drawdown })
  return [{ wealth, peak, days: losses.days + 1, drawdownBreached }, breaches]
}

const wealthAfter = (wealth: number, net: number): number =>
  Math.min(MOST_WEALTH, wealth * Math.max(0, 1 + net))

/** Which limits `afterDay` finds reached at least once, from a new mark on. */
export function reachedOn(
  returns: Float64Array,
  rule: LossRule,
): Readonly<Record<LossBreach['rule'], boolean>> {
  let [wealth, peak, day, drawdown] = [NO_LOSSES.wealth, NO_LOSSES.peak, false, false]
  for (let at = 0; at < returns.length; at++) {
    const net = returns[at]
    if (!(net < Number.POSITIVE_INFINITY)) continue
    wealth = wealthAfter(wealth, net)
    peak = Math.max(peak, wealth)
    day ||= reaches(-net, rule.dayLoss)
    drawdown ||= reaches(1 - wealth / peak, rule.drawdown)
  }
  return { day, drawdown }
}

/** Up to rounding: 1 − 0.8 is a hair below 0.2, and a fall to 0.8 of the peak is one of 0.2. */
export const reaches = (loss: number, limit: number): boolean => loss >= limit - ROUNDING
const ROUNDING = 1e-12

/** Beyond them a number is as good as infinite, and an event must hold a finite one. */
const [MOST_WEALTH, MOST_LOSS] = [1e300, 1e300]
