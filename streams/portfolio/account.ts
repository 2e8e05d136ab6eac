/** One session of a portfolio's life: what it earned, what it paid, and what it holds afterwards. */
import type { PortfolioSpec } from '../../schemas/events/experiment.ts'
import { type ImpactTerm, impactOf, impactTerms } from './impact.ts'
import { CLOSED, PRICED } from './marks.ts'

const BPS = 10_000
const DAYS_PER_YEAR = 365
const NO_IMPACT: readonly ImpactTerm[] = []

/** All as fractions of capital. `net = gross - cost`. */
export type DayResult = Readonly<{ gross: number; cost: number; net: number; turnover: number }>

/** What a session leaves: the weights held after the close, and how much of each name was traded at it. */
export type Left = Readonly<{ held: Float64Array; traded: Float64Array }>

type Costs = Pick<PortfolioSpec, 'spreadBps' | 'commissionBps' | 'borrowBps' | 'impact'>

/** One entry for each entity. */
type Day = Readonly<{
  /** Weights after the close before. */
  held: Float64Array
  /** Simple returns of the session; NaN earns nothing. */
  returns: Float64Array
  /** `PRICED` can be traded; what is `CLOSED` has turned into cash; any other keeps its position. */
  states: Uint8Array
  /** Weights that are wanted after this close. */
  next: Float64Array
  /** Calendar days since the session before: what is short pays its fee for each, of 365 a year. */
  days: number
}>

/**
 * From one close to the next: the weights held earn the session's returns and pay to borrow what is short; at the close they
 * are traded to `next`, and pay for what is traded: half the spread, commission and impact. A name without a price cannot
 * be traded and keeps what it has. A book that has lost all of its capital or more holds nothing and trades nothing at
 * this close.
 * @param left where what is left is written: zeros, of the width of `next`
 * @returns the account, and what is left
 */
export function accountDay(
  day: Day,
  costs: Costs,
  left: Left = { held: new Float64Array(day.next.length), traded: new Float64Array(day.next.length) },
): Left & Readonly<{ result: DayResult }> {
  const { held, returns, states, next, days } = day
  let gross = 0
  let short = 0
  for (let i = 0; i < held.length; i++) {
    if (held[i] === 0) continue
    gross += held[i] * earned(returns[i])
    if (held[i] < 0) short -= held[i]
  }
  const fee = (short * costs.borrowBps * days) / BPS / DAYS_PER_YEAR
  if (!(1 + gross > 0)) return { result: { gross, cost: fee, net: gross - fee, turnover: 0 }, ...left }
  const { held: after, traded } = left
  const terms = costs.impact === null ? NO_IMPACT : impactTerms(costs.impact)
  let turnover = 0
  let impact = 0
  for (let i = 0; i < next.length; i++) {
    if (states[i] === CLOSED) continue
    const drifted = (held[i] * (1 + earned(returns[i]))) / (1 + gross)
    after[i] = states[i] === PRICED ? next[i] : drifted
    const size = Math.abs(after[i] - drifted)
    traded[i] = size
    turnover += size
    if (size > 0) impact += size * impactOf(size, terms)
  }
  const perTrade = costs.spreadBps / 2 + costs.commissionBps
  const cost = (turnover * perTrade) / BPS + impact + fee
  return { result: { gross, cost, net: gross - cost, turnover }, ...left }
}

const earned = (sessionReturn: number): number => (Number.isNaN(sessionReturn) ? 0 : sessionReturn)
