/** A backtest: the same targets, weights and accounts as live, over a panel of scores. */
import type { PortfolioSpec } from '../../schemas/events/experiment.ts'
import type { DayResult } from './account.ts'
import { Ledger } from './ledger.ts'
import { zeroLines } from './lines.ts'

/**
 * By session, one entry for each entity in each: scores as decided after the close, the session's returns and states, and the
 * calendar days since the session before. `neutral` is the column that the spec neutralises against, where it names one.
 */
export type Panel = Readonly<{
  scores: readonly Float64Array[]
  returns: readonly Float64Array[]
  states: readonly Uint8Array[]
  days: Float64Array
  neutral?: readonly Float64Array[]
}>

/** By session: the account, the weights that were decided, those held after the close, and what was traded at it. */
type Trace = Readonly<{
  days: readonly DayResult[]
  decided: readonly Float64Array[]
  held: readonly Float64Array[]
  traded: readonly Float64Array[]
}>

/**
 * Trades the scores. What is decided in a session is traded at the close of the next and earns from then on, so the first
 * two sessions earn nothing.
 * @param options.delaySessions sessions more before a decision is traded: 0 unless said otherwise
 */
export function traced(
  panel: Panel,
  spec: PortfolioSpec,
  { delaySessions = 0 }: Readonly<{ delaySessions?: number }> = {},
): Trace {
  const ledger = new Ledger(spec, delaySessions)
  const days: DayResult[] = []
  const decided: Float64Array[] = []
  const width = panel.scores[0]?.length ?? 0
  const [held, traded] = [zeroLines(panel.scores.length, width), zeroLines(panel.scores.length, width)]
  for (const [session, scores] of panel.scores.entries()) {
    const marks = { returns: panel.returns[session], states: panel.states[session] }
    const left = { held: held[session], traded: traded[session] }
    days.push(ledger.settle(marks, panel.days[session], left))
    const decision = ledger.decide(scores, panel.neutral?.[session])
    ledger.take(decision)
    decided.push(decision.weights)
  }
  return { days, decided, held, traded }
}

/** The daily results of trading the scores. */
export const backtest = (
  panel: Panel,
  spec: PortfolioSpec,
  options?: Readonly<{ delaySessions?: number }>,
): readonly DayResult[] => traced(panel, spec, options).days
