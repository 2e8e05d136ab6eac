/** What the candidate earned over its held-out days, with errors that hold under autocorrelation. */
import { insufficient, lacking, type Measured, measured } from '../../../streams/statistics/measured.ts'
import { meanOf, momentsOf } from '../../../streams/statistics/moments.ts'
import { meanTest, neweyWestLags } from '../../../streams/statistics/newey-west.ts'
import { annualise, autocorrelations, loEta, sharpeOf } from '../../../streams/statistics/sharpe.ts'
import type { Days } from '../days.ts'
import { maxDrawdown } from '../drawdown.ts'
import type { PerformanceForm } from '../report-sections.ts'

/** `insufficient` for a history with a hole in it; a short one or a flat one is shown, with figures that do not exist. */
export function performance(days: Days): Measured<PerformanceForm> {
  const { moments, gross, cost, net, turnover, periodsPerYear } = days
  if (net.length === 0) return insufficient('there are no held-out days')
  const lack = lacking(net, 1)
  if (lack !== undefined) return lack
  const { mean, sd, skew, kurtosis } = momentsOf(net)
  const loLags = neweyWestLags(net.length)
  const test = meanTest(net)
  const sharpe = sharpeOf(net)
  return measured({
    days: net.length,
    periodsPerYear,
    from: moments[0],
    to: moments[moments.length - 1],
    sharpeDaily: sharpe,
    sharpeAnnual: annualise(sharpe, periodsPerYear),
    sharpeAnnualGross: annualise(sharpeOf(gross), periodsPerYear),
    sharpeAnnualLo: sharpe * loFactor(net, loLags, Math.round(periodsPerYear)),
    loLags,
    returnAnnual: mean * periodsPerYear,
    hac: { standardErrorAnnual: test.standardError * periodsPerYear, t: test.t, lags: test.lags },
    volatilityAnnual: sd * Math.sqrt(periodsPerYear),
    skew,
    kurtosis,
    costAnnual: meanOf(cost) * periodsPerYear,
    turnoverDaily: meanOf(turnover),
    maxDrawdown: maxDrawdown(net),
  })
}

/** Lo's η of a year from the first few autocorrelations: all of them, each with its own error, would be mostly noise. */
function loFactor(net: Float64Array, lags: number, periods: number): number {
  if (!(periods >= 1)) return Number.NaN
  const known = new Float64Array(periods - 1)
  known.set(autocorrelations(net, Math.min(lags, known.length)))
  return loEta(known, periods)
}
