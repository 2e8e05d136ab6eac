/** One day of a portfolio's life: what it earned, what it paid, and what it holds afterwards. */
import type { PortfolioSpec } from '../../schemas/events/experiment.ts'
import { TRADING_DAYS } from '../statistics/sharpe.ts'
import { type ImpactTerm, impactOf, impactTerms } from './impact.ts'

const BPS = 10_000
const NO_IMPACT: readonly ImpactTerm[] = []

/** All as fractions of capital. `net = gross - cost`. */
export type DayResult = Readonly<{ gross: number; cost: number; net: number; turnover: number }>

export type Costs = Pick<PortfolioSpec, 'spreadBps' | 'commissionBps' | 'borrowBps' | 'impact'>

/**
 * From one close to the next: the weights held earn the day's returns and pay to borrow what is short; at the close they
 * are traded to `next`, and pay for what is traded: half the spread, commission and impact. An entity without a return
 * (NaN: no price today) earns nothing today; its whole move is earned on the day its price is back.
 * @param held weights after the previous close
 * @param returns simple returns of the day, one per entity
 * @param next weights to hold after this close
 */
export function accountDay(
  day: Readonly<{ held: Float64Array; returns: Float64Array; next: Float64Array }>,
  costs: Costs,
): DayResult {
  const { held, returns, next } = day
  let gross = 0
  let short = 0
  for (let i = 0; i < held.length; i++) {
    gross += held[i] * earned(returns[i])
    if (held[i] < 0) short -= held[i]
  }
  const terms = costs.impact === null ? NO_IMPACT : impactTerms(costs.impact)
  let turnover = 0
  let impact = 0
  for (let i = 0; i < next.length; i++) {
    const drifted = (held[i] * (1 + earned(returns[i]))) / (1 + gross)
    const traded = Math.abs(next[i] - drifted)
    turnover += traded
    if (traded > 0) impact += traded * impactOf(traded, terms)
  }
  const perTrade = costs.spreadBps / 2 + costs.commissionBps
  const cost = (turnover * perTrade) / BPS + impact + (short * costs.borrowBps) / BPS / TRADING_DAYS
  return { gross, cost, net: gross - cost, turnover }
}

const earned = (dayReturn: number): number => (Number.isNaN(dayReturn) ? 0 : dayReturn)
