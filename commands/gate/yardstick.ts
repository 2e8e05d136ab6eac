/** What trading is taken to cost: the policy's word where a run's own is kinder, so that no run is judged by its own ruler. */
import type { PolicySpec, Yardstick } from '../../schemas/events/approval.ts'
import type { ImpactSpec, PortfolioSpec, RunSpec } from '../../schemas/events/experiment.ts'
import { backtest } from '../../streams/portfolio/backtest.ts'
import { tradedPanel } from '../../streams/training/held-out.ts'
import { type Days, daysOf } from './days.ts'
import type { Study } from './evidence.ts'

/** The portfolio at the worse of both costs, item by item; the run's own, the same object, where it states enough itself. */
export function costsUnder({ yardstick }: Pick<PolicySpec, 'yardstick'>, own: PortfolioSpec): PortfolioSpec {
  if (yardstick === null) return own
  const worse: PortfolioSpec = {
    ...own,
    spreadBps: Math.max(own.spreadBps, yardstick.spreadBps),
    commissionBps: Math.max(own.commissionBps, yardstick.commissionBps),
    borrowBps: Math.max(own.borrowBps, yardstick.borrowBps),
    impact: worseImpact(yardstick.impact, own.impact),
  }
  return raisedItems(own, worse).length === 0 ? own : worse
}

/**
 * The policy's law, for laws do not compare; under one law the greater coefficients. Of what both assume of names and of
 * capital, what moves prices more.
 */
function worseImpact(policy: Yardstick['impact'], own: ImpactSpec | null): ImpactSpec | null {
  if (policy === null || own === null) return policy ?? own
  const same = own.model === policy.model
  const most = (name: 'temporary' | 'permanent' | 'outstandingDays') =>
    same ? Math.max(own[name], policy[name]) : policy[name]
  return {
    model: policy.model,
    temporary: most('temporary'),
    permanent: most('permanent'),
    outstandingDays: most('outstandingDays'),
    capitalUsd: Math.max(own.capitalUsd, policy.capitalUsd),
    advUsd: Math.min(own.advUsd, policy.advUsd),
    dailyVolatility: Math.max(own.dailyVolatility, policy.dailyVolatility),
  }
}

/** What differs between a run's own costs and those it is judged at, by name. */
export function raisedItems(own: PortfolioSpec, judged: PortfolioSpec): readonly string[] {
  const costs = (['spreadBps', 'commissionBps', 'borrowBps'] as const).filter(
    (name) => own[name] !== judged[name],
  )
  const { impact } = judged
  if (impact === null) return costs
  const names = Object.keys(impact) as (keyof ImpactSpec)[]
  return [
    ...costs,
    ...names.filter((name) => own.impact?.[name] !== impact[name]).map((name) => `impact.${name}`),
  ]
}

/** The held-out scores of a run, traded again at other costs. */
export function tradedAgain(study: Study, run: RunSpec, portfolio: PortfolioSpec): Days {
  const { rows, layout, scores } = study
  const days = backtest(tradedPanel(rows, layout, { scores, spec: { ...run, portfolio } }), portfolio)
  return daysOf(layout, days)
}
