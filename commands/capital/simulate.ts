/** What the capital rules of a policy would have done along a path of daily returns: each cut, and what it withheld. */
import type { LadderRule, LossRule, SharpeRule } from '../../schemas/events/approval.ts'
import type { CutCause } from '../../schemas/events/capital.ts'
import { type CutRule, ruleOf } from '../../schemas/review.ts'
import { stepAbove, stepBelow } from '../../schemas/steps.ts'
import { type Evidence, observe } from '../../streams/monitoring/e-process.ts'
import { afterDay, type Losses, NO_LOSSES } from '../../streams/monitoring/loss-limit.ts'
import { type SharpeExpectation, watch } from '../../streams/monitoring/sharpe-watch.ts'

export type CapitalRules = Readonly<{
  sharpe: SharpeRule | null
  losses: LossRule | null
  ladder: LadderRule | null
}>

/** What a model is held to; nothing where its backtest has too few sessions, or ones that do not differ. */
export type Held = Readonly<{ expected: SharpeExpectation | null; none: Evidence }>

export type SimulatedCut = {
  /** Place of the session that brought it; it holds from the next one on. */
  at: number
  cause: CutCause | 'ladder'
  /** Deviations, a loss as a fraction of the capital allocated, or evidence. */
  value: number
  /** Fractions of full capital. */
  from: number
  to: number
  /** Place of the first session by which all of it was given back; null where that never came. */
  until: number | null
  /** Sum over the sessions in between of what it withheld times the net return, in fractions of full capital: a cost above 0, saved below it. */
  withheld: number
}

export type Simulation = Readonly<{
  cuts: readonly SimulatedCut[]
  /** What could be used in each session. */
  fraction: Float64Array
  /** Sums of net returns, in fractions of full capital: with all of the capital, and with what the rules left. */
  full: number
  earned: number
}>

/**
 * Runs the rules along a path as the platform runs them: a session is earned with what there is, then judged, and what follows holds from
 * the next one on. The Sharpe rule and the loss limits cut once until a review each, the ladder a step for each alarm.
 *
 * Of people one thing is assumed: `reviewAfter` sessions after a cut, it and those since then are reviewed and given back: all of it
 * without a ladder; one step with it, and a step more after each `raiseAfterDays` without a cut. Trading from one fraction to another costs nothing.
 * @param net daily net returns, as fractions of full capital; a missing one earns nothing, and changes nothing
 */
export function simulate(
  net: Float64Array,
  rules: CapitalRules,
  { held, reviewAfter }: Readonly<{ held: Held; reviewAfter: number }>,
): Simulation {
  const fraction = new Float64Array(net.length)
  const cuts: SimulatedCut[] = []
  /** What is withheld now, by cut: the latest is given back first. */
  const open: { cut: SimulatedCut; amount: number }[] = []
  const cutBy = new Set<CutRule>()
  const returns: number[] = []
  let [granted, since, full, earned] = [1, 0, 0, 0]
  let waitsSince: number | null = null
  let [losses, evidence]: [Losses, Evidence] = [NO_LOSSES, held.none]

  const cut = (at: number, to: number, of: Pick<SimulatedCut, 'cause' | 'value'>): void => {
    if (to >= granted) return
    const made: SimulatedCut = { at, ...of, from: granted, to, until: null, withheld: 0 }
    cuts.push(made)
    open.push({ cut: made, amount: granted - to })
    ;[granted, since] = [to, at]
    waitsSince ??= at
  }
  const giveBack = (at: number, to: number): void => {
    let left = to - granted
    while (left > ROUNDING) {
      const last = open.at(-1)
      if (last === undefined) break
      const part = Math.min(left, last.amount)
      last.amount -= part
      left -= part
      if (last.amount > ROUNDING) break
      last.cut.until = at + 1
      open.pop()
    }
    ;[granted, since, evidence] = [to, at, held.none]
  }
  const mayRise = (at: number): boolean =>
    waitsSince === null && granted < 1 && rules.ladder !== null && at - since >= rules.ladder.raiseAfterDays
  const next = (): number => (rules.ladder === null ? 1 : stepAbove(rules.ladder, granted))

  for (let at = 0; at < net.length; at++) {
    fraction[at] = granted
    const value = net[at]
    if (Number.isFinite(value)) {
      full += value
      earned += granted * value
      for (const one of open) one.cut.withheld += one.amount * value
      returns.push(value)
      const { sharpe } = rules
      if (sharpe !== null && held.expected !== null) {
        const { z, breach } = watch(
          Float64Array.from(returns.slice(-sharpe.windowDays)),
          held.expected,
          sharpe,
        )
        if (breach && !cutBy.has('sharpe')) {
          cut(at, granted * sharpe.fractionAfter, { cause: 'sharpe', value: z ?? 0 })
          cutBy.add('sharpe')
        }
      }
      const [after, breaches] = afterDay(losses, value, rules.losses)
      losses = after
      for (const { rule, loss } of breaches) {
        if (cutBy.has(ruleOf(rule)) || rules.losses === null) continue
        cut(at, granted * rules.losses.fractionAfter, { cause: rule, value: loss })
        cutBy.add(ruleOf(rule))
      }
      if (rules.ladder !== null) {
        evidence = observe(evidence, value)
        if (evidence.alarm) {
          cut(at, stepBelow(rules.ladder, granted) ?? granted, { cause: 'ladder', value: evidence.eValue })
          evidence = held.none
        }
      }
    }
    if (waitsSince !== null && at - waitsSince >= reviewAfter) {
      waitsSince = null
      cutBy.clear()
      losses = NO_LOSSES
      giveBack(at, next())
    } else if (mayRise(at)) giveBack(at, next())
  }
  return { cuts, fraction, full, earned }
}

/** Sums of fractions come out a hair beside what they should. */
const ROUNDING = 1e-12
