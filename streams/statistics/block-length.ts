/** The automatic block length for the bootstrap of a dependent series. */
import { meanOf, squaresAbout } from './moments.ts'

type BlockLength = Readonly<{
  /** Mean block length for the stationary bootstrap and for the circular one: at least 1, at most the cap. */
  stationary: number
  circular: number
  /** As the formula gives them, below 1 where the series is close to independent. */
  raw: Readonly<{ stationary: number; circular: number }>
  /** M, the lags of the flat-top window. */
  lags: number
  /** True for a series that does not vary, is missing a value, or whose variance overflows: its length is 1. */
  constant: boolean
}>

/**
 * Patton, Politis & White (2009), the correction of Politis & White (2004). m̂ is the first lag that starts a run of
 * K_n = max(5, ⌊log₁₀ n⌋) insignificant autocorrelations, as in Patton's own code; M = 2 m̂; the window is flat to M/2. Where
 * a value is missing or infinite, or there are fewer than two, nothing is known and the length is 1.
 */
export function optimalBlockLength(series: Float64Array): BlockLength {
  const n = series.length
  const mean = meanOf(series)
  const run = Math.max(5, Math.floor(Math.log10(n)))
  const mostLags = Math.min(n - 1, Math.ceil(Math.sqrt(n)) + run)
  const covariance = Float64Array.from({ length: mostLags + 1 }, (_, lag) => cross(series, mean, lag) / n)
  if (!(covariance[0] > 0 && Number.isFinite(covariance[0])))
    return { stationary: 1, circular: 1, raw: { stationary: 1, circular: 1 }, lags: 0, constant: true }

  const limit = 2 * Math.sqrt(Math.log10(n) / n)
  const significant = (lag: number): boolean => {
    // The sums of squares below the fraction leave out one lag more than the numerator, as in Patton's code.
    const head = squaresAbout(series.subarray(0, n - lag - 1), mean)
    const tail = squaresAbout(series.subarray(lag + 1), mean)
    return Math.abs(n * covariance[lag]) / (Math.sqrt(head) * Math.sqrt(tail)) >= limit
  }
  let quiet = 0
  let first = mostLags
  for (let lag = 1; lag < mostLags; lag++) {
    quiet = significant(lag) ? 0 : quiet + 1
    if (quiet === run) {
      first = lag - run + 1
      break
    }
  }
  const lags = Math.min(2 * Math.max(first, 1), mostLags)
  let [slope, variance] = [0, covariance[0]]
  for (let k = 1; k <= lags; k++) {
    const weight = Math.min(1, 2 * (1 - k / lags))
    slope += 2 * weight * k * covariance[k]
    variance += 2 * weight * covariance[k]
  }
  const cap = Math.ceil(Math.min(3 * Math.sqrt(n), n / 3))
  const length = (factor: number): number => {
    const found = Math.cbrt((2 / factor) * (slope / variance) ** 2 * n)
    // No slope over no variance.
    return Number.isNaN(found) ? 0 : Math.min(found, cap)
  }
  const raw = { stationary: length(2), circular: length(4 / 3) }
  return {
    stationary: Math.max(1, raw.stationary),
    circular: Math.max(1, raw.circular),
    raw,
    lags,
    constant: false,
  }
}

function cross(series: Float64Array, mean: number, lag: number): number {
  let sum = 0
  for (let i = lag; i < series.length; i++) sum += (series[i] - mean) * (series[i - lag] - mean)
  return sum
}
