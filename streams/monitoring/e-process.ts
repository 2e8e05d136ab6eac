/** Evidence that a live model does worse than its backtest, which may be looked at every day without a false-alarm price. */
import { meanOf, sdOf } from '../statistics/moments.ts'
import { millsRatio, normalCdf } from '../statistics/normal.ts'
import { quantileOf } from '../statistics/quantile.ts'
import { TRADING_DAYS } from '../statistics/sharpe.ts'

/** Alarm at 1/α: with nothing wrong it is reached, ever, with a chance of at most α (Ville's inequality). */
export const ALPHA = 0.05

const ROLLING_DAYS = 63
const HIGH_DEVIATION = 0.9
/** Where the mixture leads in the limit of small numbers: Φ(x) exp(x²/2) goes over to the Mills ratio. */
const FAR_BELOW = -5
/** Above this the number is as good as infinite, and an event must hold a finite one. */
const MOST_LOG = 700

export type Evidence = Readonly<{
  /** What the model is held to, frozen when it was promoted. */
  mean: number
  deviation: number
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
 * Starts the watch of a model from its held-out backtest. The deviation is the 90 % quantile of 63-day ones: the test holds
 * for any law of the returns as long as their conditional second moment stays below it, so a calm average would turn a
 * rise of volatility into an alarm.
 * @param varianceOptimum the days after which it is sharpest
 */
export function beginEvidence(backtest: Float64Array, varianceOptimum: number = TRADING_DAYS): Evidence {
  const rolling = Float64Array.from({ length: Math.max(0, backtest.length - ROLLING_DAYS + 1) }, (_, i) =>
    sdOf(backtest.subarray(i, i + ROLLING_DAYS)),
  )
  const deviation =
    rolling.length === 0 ? sdOf(backtest) : Math.max(sdOf(backtest), quantileOf(rolling, HIGH_DEVIATION))
  return evidenceAgainst(meanOf(backtest), deviation, varianceOptimum)
}

/** Evidence, none yet, against a mean and a deviation that are known. */
export const evidenceAgainst = (
  mean: number,
  deviation: number,
  varianceOptimum: number = TRADING_DAYS,
): Evidence => ({
  mean,
  deviation,
  rho: mixtureRho(varianceOptimum),
  sum: 0,
  variance: 0,
  days: 0,
  eValue: 1,
  greatest: 1,
  alarm: false,
})

/**
 * Adds one live return: z = (r − mean)/deviation, S = −Σ z, V = Σ (z² + 2)/3 (Delyon 2009). A return that is missing, or a
 * backtest without a deviation, leaves the evidence as it was.
 */
export function observe(evidence: Evidence, value: number): Evidence {
  const z = (value - evidence.mean) / evidence.deviation
  if (!Number.isFinite(z)) return evidence
  const sum = evidence.sum - z
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
    alarm: greatest >= 1 / ALPHA,
  }
}
