/** How the ratio falls as capital grows: every trade of the held-out days again, at other sizes. */
import type { ImpactSpec, PortfolioSpec } from '../../../schemas/events/experiment.ts'
import { type Panel, traced } from '../../../streams/portfolio/backtest.ts'
import { impactTerms } from '../../../streams/portfolio/impact.ts'
import { insufficient, type Measured, measured } from '../../../streams/statistics/measured.ts'
import { meanOf } from '../../../streams/statistics/moments.ts'
import { medianOf } from '../../../streams/statistics/quantile.ts'
import { annualise, sharpeOf } from '../../../streams/statistics/sharpe.ts'
import { daysToLiquidate } from '../capacity.ts'
import type { CapacityForm } from '../report-market.ts'

const CAPITALS = [1e5, 3e5, 1e6, 3e6, 1e7, 3e7, 1e8, 3e8, 1e9, 3e9, 1e10] as const
const LIQUIDATION_SHARE = 0.1
/** Capital is looked for up to here; a ratio that holds longer has no limit that matters. */
const MOST_CAPITAL = 1e14

/** What was traded of each name, day after day, and the returns before impact. */
type Traded = Readonly<{
  days: readonly Float64Array[]
  beforeImpact: Float64Array
  greatestPosition: number
}>

type Demand = Readonly<{
  /** The annual net ratio that capital must not bring it below. */
  threshold: number
  periodsPerYear: number
  /** By session, the value traded of each name; NaN where the data have no volume. */
  values: readonly Float64Array[]
}>

/** A name of which the data have volume trades its median of the held-out sessions a day; any other what is assumed. */
export function capacitySection(
  panel: Panel,
  spec: PortfolioSpec,
  { threshold, periodsPerYear, values }: Demand,
): Measured<CapacityForm> {
  const { impact } = spec
  if (impact === null) return insufficient('the portfolio names no impact model, so capital has no price')
  const traded = tradesOf(panel, spec)
  const volumes = tradedADay(values, panel.returns[0]?.length ?? 0)
  const paidAt = payer(traded, impact, volumes)
  const sharpeAt = (capitalUsd: number): number => {
    const paid = paidAt(capitalUsd)
    return annualise(sharpeOf(traded.beforeImpact.map((net, day) => net - paid[day])), periodsPerYear)
  }
  const sharpeBeforeImpact = annualise(sharpeOf(traded.beforeImpact), periodsPerYear)
  if (!(sharpeBeforeImpact > 0)) return insufficient('there is no return before impact')
  const { model, advUsd, dailyVolatility, capitalUsd } = impact
  const shares = Float64Array.from(
    traded.days.flatMap((day) =>
      [...day.entries()].flatMap(([name, size]) => (size > 0 ? [size / (volumes[name] || advUsd)] : [])),
    ),
  )
  const participation = { mean: meanOf(shares), most: greatest(shares) }
  return measured({
    assumptions: { model, advUsd, dailyVolatility, capitalUsd },
    namesWithVolume: volumes.filter((volume) => volume > 0).length,
    sharpeBeforeImpact,
    curve: CAPITALS.map((capital) => ({
      capitalUsd: capital,
      sharpeAnnual: sharpeAt(capital),
      impactAnnual: meanOf(paidAt(capital)) * periodsPerYear,
      meanParticipation: participation.mean * capital,
      maxParticipation: participation.most * capital,
    })),
    atHalfSharpe: capitalAt(sharpeAt, sharpeBeforeImpact / 2),
    atThreshold: capitalAt(sharpeAt, threshold),
    atZero: capitalAt(sharpeAt, 0),
    daysToLiquidate: daysToLiquidate(
      Float64Array.of(traded.greatestPosition * capitalUsd),
      Float64Array.of(advUsd),
      LIQUIDATION_SHARE,
    )[0],
    liquidationShare: LIQUIDATION_SHARE,
  })
}

function tradesOf(panel: Panel, spec: PortfolioSpec): Traded {
  const { days, held, traded } = traced(panel, { ...spec, impact: null })
  return {
    days: traded,
    beforeImpact: Float64Array.from(days, ({ net }) => net),
    greatestPosition: held.reduce(
      (most, weights) => weights.reduce((max, weight) => Math.max(max, Math.abs(weight)), most),
      0,
    ),
  }
}

/**
 * What each day's trades pay at a capital: a term's factor times Σ size^(1 + power), and only the factor depends on the
 * capital, so that the sums over names are made once.
 */
function payer(
  { days }: Traded,
  impact: ImpactSpec,
  volumes: Float64Array,
): (capitalUsd: number) => Float64Array {
  /** A name that trades less than is assumed moves more, by the power of the law. */
  const scarcity = volumes.map((volume) => (volume > 0 ? impact.advUsd / volume : 1))
  const sums = impactTerms(impact).map(({ power }) =>
    Float64Array.from(days, (sizes) =>
      sizes.reduce((sum, size, name) => sum + size ** (1 + power) * scarcity[name] ** power, 0),
    ),
  )
  return (capitalUsd) => {
    const terms = impactTerms(impact, capitalUsd)
    return Float64Array.from(days, (_, day) =>
      terms.reduce((sum, { factor }, k) => sum + factor * sums[k][day], 0),
    )
  }
}

/** The median value that each name trades a day; 0 where the data do not say. */
function tradedADay(values: readonly Float64Array[], names: number): Float64Array {
  return Float64Array.from({ length: names }, (_, name) => {
    const known = Float64Array.from(values, (session) => session[name]).filter((value) => value > 0)
    return known.length === 0 ? 0 : medianOf(known)
  })
}

/** By bisection over the logarithm of capital: the ratio falls as capital grows. Null where it is not that high at all. */
function capitalAt(sharpeAt: (capitalUsd: number) => number, target: number): number | null {
  let [low, high] = [0, Math.log(MOST_CAPITAL)]
  if (!(sharpeAt(1) > target)) return null
  if (sharpeAt(MOST_CAPITAL) > target) return MOST_CAPITAL
  for (let step = 0; step < 40; step++) {
    const middle = (low + high) / 2
    if (sharpeAt(Math.exp(middle)) > target) low = middle
    else high = middle
  }
  return Math.exp(low)
}

const greatest = (series: Float64Array): number => series.reduce((most, value) => Math.max(most, value), 0)
