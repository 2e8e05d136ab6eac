/** What the candidate earned over its held-out days, with errors that hold under autocorrelation. */
import { insufficient, lacking, type Measured, measured } from '../../../streams/statistics/measured.ts'
import { meanOf, momentsOf } from '../../../streams/statistics/moments.ts'
import { meanTest, neweyWestLags } from '../../../streams/statistics/newey-west.ts'
import {
  annualise,
  autocorrelations,
  loEta,
  sharpeOf,
  TRADING_DAYS,
} from '../../../streams/statistics/sharpe.ts'
import type { Days } from '../days.ts'
import { maxDrawdown } from '../drawdown.ts'
import type { PerformanceForm } from '../report-sections.ts'

/** `insufficient` for a history with a hole in it; a short one or a flat one is shown, with figures that do not exist. */
export function performance({ moments, gross, cost, net, turnover }: Days): Measured<PerformanceForm> {
  if (net.length === 0) return insufficient('there are no held-out days')
  const lack = lacking(net, 1)
  if (lack !== undefined) return lack
  const { mean, sd, skew, kurtosis } = momentsOf(net)
  const loLags = neweyWestLags(net.length)
  const test = meanTest(net)
  const sharpe = sharpeOf(net)
  return measured({
    days: net.length,
    from: moments[0],
    to: moments[moments.length - 1],
    sharpeDaily: sharpe,
    sharpeAnnual: annualise(sharpe),
    sharpeAnnualGross: annualise(sharpeOf(gross)),
    sharpeAnnualLo: sharpe * loFactor(net, loLags),
    loLags,
    returnAnnual: mean * TRADING_DAYS,
    hac: { standardErrorAnnual: test.standardError * TRADING_DAYS, t: test.t, lags: test.lags },
    volatilityAnnual: sd * Math.sqrt(TRADING_DAYS),
    skew,
    kurtosis,
    costAnnual: meanOf(cost) * TRADING_DAYS,
    turnoverDaily: meanOf(turnover),
    maxDrawdown: maxDrawdown(net),
  })
}

/** Lo's η(252) from the first few autocorrelations: 251 of them, each with its own error, would be mostly noise. */
function loFactor(net: Float64Array, lags: number): number {
  const known = new Float64Array(TRADING_DAYS - 1)
  known.set(autocorrelations(net, Math.min(lags, known.length)))
  return loEta(known, TRADING_DAYS)
}
