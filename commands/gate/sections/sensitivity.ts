/** What is left of the candidate when costs double, trades come late, or what it earned most on had not been. */
import type { RunSpec } from '../../../schemas/events/experiment.ts'
import { backtest, traced } from '../../../streams/portfolio/backtest.ts'
import { insufficient, lacking, type Measured, measured } from '../../../streams/statistics/measured.ts'
import { annualise, sharpeOf } from '../../../streams/statistics/sharpe.ts'
import { tradedPanel } from '../../../streams/training/held-out.ts'
import type { Days } from '../days.ts'
import type { Study } from '../evidence.ts'
import type { SensitivityForm } from '../report-sections.ts'
import { mapped } from '../section.ts'

const BEST_DAYS = 10
const DELAY_SESSIONS = 1
const NAMES_SHOWN = 5

/** The candidate's decisions traded again: net returns by day, and what each name earned before costs over all days. */
export type Retraded = Readonly<{
  net: (change: Readonly<{ delaySessions: number }>) => Float64Array
  earnedByName: () => ReadonlyMap<string, number>
}>

export function sensitivity(days: Days, retraded: Measured<Retraded>): Measured<SensitivityForm> {
  const annual = (net: Float64Array) => annualise(sharpeOf(net), days.periodsPerYear)
  const lack = lacking(days.net)
  if (lack !== undefined) return lack
  const doubled = days.net.map((net, day) => net - days.cost[day])
  return measured({
    doubledCosts: annual(doubled),
    delayed: mapped(retraded, ({ net }) => ({
      sessions: DELAY_SESSIONS,
      sharpeAnnual: annual(net({ delaySessions: DELAY_SESSIONS })),
    })),
    withoutBestDays: withoutBest(days, BEST_DAYS),
    names: retraded.kind === 'insufficient' ? retraded : concentration(retraded.value.earnedByName()),
  })
}

/** The ratio without the days that earned most. Their share of the sum of all days is NaN where that is not above 0. */
function withoutBest({ net, periodsPerYear }: Days, days: number): SensitivityForm['withoutBestDays'] {
  const descending = Float64Array.from(net).sort().reverse()
  const rest = sum(descending.subarray(days))
  const total = rest + sum(descending.subarray(0, days))
  return {
    days,
    sharpeAnnual: annualise(sharpeOf(descending.subarray(days)), periodsPerYear),
    share: total > 0 ? 1 - rest / total : Number.NaN,
  }
}

/** Of all that was earned before costs; what others lost makes a share of one name greater, above 1 even. */
function concentration(earned: ReadonlyMap<string, number>): SensitivityForm['names'] {
  const descending = [...earned].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
  const total = sum(descending.map(([, value]) => value))
  if (!(total > 0)) return insufficient('nothing was earned before costs')
  const best = descending.slice(0, NAMES_SHOWN).map(([name, value]) => ({ name, share: value / total }))
  return measured({ top1: best[0].share, top5: sum(best.map(({ share }) => share)), best })
}

const sum = (values: Iterable<number>): number => {
  let total = 0
  for (const value of values) total += value
  return total
}

/** By the portfolio that trades. */
export function retradedStudy({ rows, layout, scores }: Study, run: RunSpec): Retraded {
  const panel = tradedPanel(rows, layout, { scores, spec: run })
  return {
    net: (change) => Float64Array.from(backtest(panel, run.portfolio, change), ({ net }) => net),
    earnedByName: () => {
      const { held } = traced(panel, run.portfolio)
      const earned = new Float64Array(rows.entities.length)
      for (const [session, returns] of panel.returns.entries())
        for (const [name, weight] of (held[session - 1] ?? []).entries())
          earned[name] += weight === 0 || Number.isNaN(returns[name]) ? 0 : weight * returns[name]
      return new Map(rows.entities.map((name, k) => [name, earned[k]]))
    },
  }
}
