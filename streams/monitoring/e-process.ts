/** Evidence that a live model does worse than its backtest, which may be looked at every day without a false-alarm price. */
import { meanOf, sdOf } from '../statistics/moments.ts'
import { longRunVariance, neweyWestLags } from '../statistics/newey-west.ts'
import { millsRatio, normalCdf, normalQuantile } from '../statistics/normal.ts'
import { quantileOf } from '../statistics/quantile.ts'
import { TRADING_DAYS } from '../statistics/sharpe.ts'

/**
 * With nothing wrong there is an alarm, ever, with a chance of at most this. Half of it is spent on the backtest's mean, which is
 * an estimate and was chosen; the other half on the live days, so that the alarm is at 1/(α/2) (Ville's inequality).
 */
export const ALPHA = 0.05
export const ALARM_AT = 2 / ALPHA

const ROLLING_DAYS = 63
const HIGH_DEVIATION = 0.9
/** Where the mixture leads in the limit of small numbers: Φ(x) exp(x²/2) goes over to the Mills ratio. */
const FAR_BELOW = -5
/** Above this the number is as good as infinite, and an event must hold a finite one. */
const MOST_LOG = 700
/** A deviation that small beside a return is none: squares beyond it have no finite sum. */
const GREATEST_Z = 1e100

export type Evidence = Readonly<{
  /** What the model is held to, frozen when it was promoted: a lower bound of the backtest's mean, a high deviation. */
  mean: number
  deviation: number
  /** The long-run variance over the variance, at least 1: by so much sums of days vary more than independent days do. */
  dependence: number
  /** Where the mixture is tuned: the running variance at which it is sharpest. */
  rho: number
  sum: number
  variance: number
  days: number
  eValue: number
  /** The greatest so far: an alarm once given stands. */
  greatest: number
  alarm: boolean
}>

/**
 * ρ = v / (2 ln(1/2α) + ln(1 + 2 ln(1/2α))), the tuning of the one-sided normal mixture to be sharpest at the running
 * variance v: Howard, Ramdas, McAuliffe & Sekhon (2021).
 */
export function mixtureRho(varianceOptimum: number, alpha: number = ALPHA): number {
  const half = 2 * Math.log(1 / (2 * alpha))
  return varianceOptimum / (half + Math.log(1 + half))
}

/** ln of √(4ρ/(V+ρ)) exp(S²/(2(V+ρ))) Φ(S/√(V+ρ)). */
export function logMixture(sum: number, variance: number, rho: number): number {
  const x = sum / Math.sqrt(variance + rho)
  const scale = 0.5 * Math.log((4 * rho) / (variance + rho))
  return x < FAR_BELOW
    ? scale + Math.log(millsRatio(-x) / Math.sqrt(2 * Math.PI))
    : scale + 0.5 * x * x + Math.log(normalCdf(x))
}

/**
 * The mean that a model is held to: the backtest's, less its error (Newey & West 1987, never below that of independent days) by
 * the normal quantile of α/2 over the number of trials. Bonferroni's bound holds for each of the trials at once, so for the best
 * of them too, however it was chosen.
 * @param trials that it was chosen from, itself included
 */
export function heldMean(backtest: Float64Array, trials: number): number {
  const error = Math.sqrt((dependenceOf(backtest) * varianceOf(backtest)) / backtest.length)
  return meanOf(backtest) + normalQuantile(ALPHA / 2 / Math.max(1, trials)) * error
}

/**
 * Starts the watch of a model from its held-out backtest, which is held to `heldMean`. The deviation is the 90 % quantile of
 * 63-day ones: the test holds for any law of the returns as long as their conditional second moment stays below it, so a calm
 * average would turn a rise of volatility into an alarm. For independent days the test is valid at `ALPHA`; for correlated ones
 * the deviation of sums is taken from the backtest, and it is so approximately. A missing return in the backtest, or a backtest
 * that does not vary, leaves nothing to hold to: the evidence stays at 1.
 * @param varianceOptimum the days after which it is sharpest
 */
export function beginEvidence(
  backtest: Float64Array,
  { trials, varianceOptimum = TRADING_DAYS }: Readonly<{ trials: number; varianceOptimum?: number }>,
): Evidence {
  const deviation = highDeviation(backtest)
  const rho = mixtureRho(varianceOptimum, ALPHA / 2)
  return {
    ...evidenceAgainst(heldMean(backtest, trials), deviation, rho),
    dependence: dependenceOf(backtest),
  }
}

/** The 90 % quantile of 63-day deviations, at least that of all days. */
export function highDeviation(backtest: Float64Array): number {
  const rolling = Float64Array.from({ length: Math.max(0, backtest.length - ROLLING_DAYS + 1) }, (_, i) =>
    sdOf(backtest.subarray(i, i + ROLLING_DAYS)),
  )
  return rolling.length === 0 ? sdOf(backtest) : Math.max(sdOf(backtest), quantileOf(rolling, HIGH_DEVIATION))
}

const varianceOf = (backtest: Float64Array): number => sdOf(backtest) ** 2

/** At least 1, also where it cannot be told. */
function dependenceOf(backtest: Float64Array): number {
  const longRun = longRunVariance(backtest, neweyWestLags(backtest.length))
  const ratio = longRun / varianceOf(backtest)
  return ratio > 1 && Number.isFinite(ratio) ? ratio : 1
}

/** Evidence, none yet, against a mean and a deviation that are known, of independent days. */
export const evidenceAgainst = (
  mean: number,
  deviation: number,
  rho: number = mixtureRho(TRADING_DAYS),
): Evidence => ({
  mean,
  deviation,
  dependence: 1,
  rho,
  sum: 0,
  variance: 0,
  days: 0,
  eValue: 1,
  greatest: 1,
  alarm: false,
})

/**
 * Adds one live return: z = (r − mean)/deviation, S = −Σ z/√dependence, V = Σ (z² + 2)/3 (Delyon 2009). A return that is missing
 * or infinite, or a backtest without a deviation, leaves the evidence as it was.
 */
export function observe(evidence: Evidence, value: number): Evidence {
  const z = (value - evidence.mean) / evidence.deviation
  if (!(Math.abs(z) < GREATEST_Z)) return evidence
  const sum = evidence.sum - z / Math.sqrt(evidence.dependence)
  const variance = evidence.variance + (z * z + 2) / 3
  const eValue = Math.exp(Math.min(MOST_LOG, logMixture(sum, variance, evidence.rho)))
  const greatest = Math.max(evidence.greatest, eValue)
  return {
    ...evidence,
    sum,
    variance,
    days: evidence.days + 1,
    eValue,
    greatest,
    alarm: greatest >= ALARM_AT,
  }
}

/** Below this many deviations no mixture comes near `ALARM_AT`: it is at most 2 exp(x²/2), of which ln(ALARM_AT) needs x > 2.44. */
const NO_ALARM_BELOW = 2.4

/** Whether `observe`, day after day, comes to an alarm on these returns. */
export function alarmsOn(returns: Float64Array, from: Evidence): boolean {
  if (from.alarm) return true
  const { mean, deviation, rho } = from
  const root = Math.sqrt(from.dependence)
  let { sum, variance } = from
  for (let day = 0; day < returns.length; day++) {
    const z = (returns[day] - mean) / deviation
    if (!(Math.abs(z) < GREATEST_Z)) continue
    sum -= z / root
    variance += (z * z + 2) / 3
    if (sum < NO_ALARM_BELOW * Math.sqrt(variance + rho)) continue
    if (Math.exp(Math.min(MOST_LOG, logMixture(sum, variance, rho))) >= ALARM_AT) return true
  }
  return false
}
