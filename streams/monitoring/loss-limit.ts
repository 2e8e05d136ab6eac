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
  const wealth = Math.min(MOST_WEALTH, losses.wealth * Math.max(0, 1 + net))
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

/** Up to rounding: 1 − 0.8 is a hair below 0.2, and a fall to 0.8 of the peak is one of 0.2. */
export const reaches = (loss: number, limit: number): boolean => loss >= limit - ROUNDING
const ROUNDING = 1e-12

/** Beyond them a number is as good as infinite, and an event must hold a finite one. */
const [MOST_WEALTH, MOST_LOSS] = [1e300, 1e300]
