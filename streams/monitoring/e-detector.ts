/** A lasting change of a daily figure for the worse, which may be looked for every day: so many false alarms a year, and no more. */
import { insufficient, type Measured, measured } from '../statistics/measured.ts'
import { meanOf, sdOf } from '../statistics/moments.ts'
import { longRunVariance, neweyWestLags } from '../statistics/newey-west.ts'
import { normalQuantile } from '../statistics/normal.ts'
import { highDeviation } from './e-process.ts'

/** Fewer looks at the past do not tell what is usual. */
export const LEAST_LOOKS = 60
/** The chance that the past's mean is worse than what a figure is held to, over all trials that it was chosen from. */
const REFERENCE_ALPHA = 0.025
/** Each is sharpest for a change of about so many deviations; which one will come, nobody knows. */
const BETS: readonly number[] = [0.05, 0.1, 0.2, 0.4]
/** A change is over when the evidence of the bet that found it has fallen to this part of what makes an alarm. */
const OVER = 0.1
/** A deviation that small beside a figure is none: squares beyond it have no finite sum. */
const GREATEST = 1e100
/** Serial correlation above it is a walk, of which no mean can be told. */
const MOST_CORRELATION = 0.99

export type Side = 'below' | 'above'

/** What a figure is held to, told by its past and frozen. */
export type Held = Readonly<{
  side: Side
  /** The mean of the past, and the mean that is held against: the past's, less what it may err by. */
  usual: number
  mean: number
  deviation: number
  /** By so much sums of looks vary more than sums of independent ones; at least 1. */
  dependence: number
}>

export type Detector = Readonly<{
  /** Evidence of a change, one for each bet. */
  evidence: readonly number[]
  /** The bet that won most when it became an alarm, while it is one. */
  won: number | null
}>

export const NO_CHANGE: Detector = { evidence: BETS.map(() => 0), won: null }

/**
 * The past's mean is an estimate, and of the best of many trials it is too good: it is lowered by its error (Newey & West 1987, or that
 * of an AR(1) where that is larger: Andrews 1991, section 6) times the normal quantile of 2.5 % over the trials (Bonferroni).
 * @param margin a change by less is none
 * @returns `insufficient` below 60 finite values, for a past that does not vary, and for one that walks
 */
export function heldTo(
  past: Float64Array,
  { side, trials = 1, margin = 0 }: Readonly<{ side: Side; trials?: number; margin?: number }>,
): Measured<Held> {
  const values = past.filter((value) => Math.abs(value) < GREATEST)
  if (values.length < LEAST_LOOKS)
    return insufficient(`${values.length} sessions tell what is usual, at least ${LEAST_LOOKS} are needed`)
  const variance = sdOf(values) ** 2
  if (!(variance > 0)) return insufficient('the past does not vary')
  const dependence = dependenceOf(values, variance)
  if (dependence === null) return insufficient('the past walks: it has no level to be held to')
  const error = Math.sqrt((dependence * variance) / values.length)
  const reach = -normalQuantile(REFERENCE_ALPHA / Math.max(1, trials)) * error + margin
  const usual = meanOf(values)
  const mean = side === 'below' ? usual - reach : usual + reach
  return measured({ side, usual, mean, deviation: highDeviation(values), dependence })
}

function dependenceOf(values: Float64Array, variance: number): number | null {
  const lagged = longRunVariance(values, neweyWestLags(values.length)) / variance
  const mean = meanOf(values)
  let covariance = 0
  for (let t = 1; t < values.length; t++) covariance += (values[t] - mean) * (values[t - 1] - mean)
  const rho = covariance / (variance * (values.length - 1))
  if (rho > MOST_CORRELATION) return null
  return Math.max(1, lagged, (1 + rho) / (1 - rho))
}

/** ln of the bet's factor: λξ/√d − λ²(ξ² + 2)/6, whose exponential is a supermartingale factor where Eξ ≤ 0 and Eξ² ≤ 1 (Delyon 2009). */
function logFactor(value: number, { side, mean, deviation, dependence }: Held, bet: number): number {
  const xi = (side === 'below' ? mean - value : value - mean) / deviation
  return Math.abs(xi) < GREATEST ? (bet * xi) / Math.sqrt(dependence) - (bet * bet * (xi * xi + 2)) / 6 : 0
}

/**
 * The Shiryaev-Roberts e-detector M_n = L_n (M_{n−1} + 1) of Shin, Ramdas & Rinaldo (2023, definition 2.6), averaged over bets (their
 * section 4). M_n − n is a supermartingale with nothing changed, so that begun anew after each alarm it gives at most
 * `level` alarms a look in the mean: exactly that over any span, for any law of independent looks, and about that for looks that hang together. The
 * evidence is kept below a limit, so that it falls when what changed is as it was.
 * @param level false alarms a look that are accepted: an alarm is at 1/level
 */
export function detect(detector: Detector, value: number, held: Held, level: number): Detector {
  if (!Number.isFinite(value)) return detector
  const limit = 1 / level
  const { won } = detector
  const most = won === null ? limit * BETS.length : limit
  const evidence = detector.evidence.map((before, at) =>
    Math.min(most, Math.exp(logFactor(value, held, BETS[at])) * (before + 1)),
  )
  if (won !== null) return evidence[won] < OVER * limit ? NO_CHANGE : { evidence, won }
  const isAlarm = evidenceOf({ evidence }) >= limit
  return { evidence, won: isAlarm ? evidence.indexOf(Math.max(...evidence)) : null }
}

export const isAlarm = ({ won }: Detector): boolean => won !== null

export const evidenceOf = ({ evidence }: Pick<Detector, 'evidence'>): number =>
  meanOf(Float64Array.from(evidence))

/** Where a change to the worse begins most likely: the place from which on the mean is the most errors from what is held to (Hinkley 1970). */
export function changeFrom(values: readonly number[], { side, mean }: Held): number {
  let [sum, count, most, from] = [0, 0, 0, Math.max(0, values.length - 1)]
  for (let at = values.length - 1; at >= 0; at--) {
    if (!Number.isFinite(values[at])) continue
    sum += side === 'below' ? mean - values[at] : values[at] - mean
    count++
    if (sum / Math.sqrt(count) > most) [most, from] = [sum / Math.sqrt(count), at]
  }
  return from
}
