/** Errors of a mean that hold under autocorrelation: Newey & West (1987), Bartlett weights. NaN where a value is missing. */
import { meanOf } from './moments.ts'

export type MeanTest = Readonly<{ mean: number; standardError: number; t: number; lags: number }>

/** The usual bandwidth ⌊4 (n/100)^(2/9)⌋ of Newey & West (1994). */
export const neweyWestLags = (n: number): number => Math.floor(4 * (n / 100) ** (2 / 9))

/** γ₀ + 2 Σ_{k≤L} (1 − k/(L+1)) γ_k with γ_k = (1/n) Σ e_t e_{t−k}: the variance of the mean, times n. */
export function longRunVariance(series: Float64Array, lags: number): number {
  const mean = meanOf(series)
  const n = series.length
  let total = 0
  for (let k = 0; k <= Math.min(lags, n - 1); k++) {
    let covariance = 0
    for (let t = k; t < n; t++) covariance += (series[t] - mean) * (series[t - k] - mean)
    total += (k === 0 ? 1 : 2 * (1 - k / (lags + 1))) * covariance
  }
  return total / n
}

/**
 * The mean, its error and its t (NaN, or infinite, for a series that does not vary). No small-sample factor is applied, as in
 * statsmodels' HAC with use_correction=False.
 * @param lags 0 leaves White's error. For labels that overlap no number of lags is enough: see `cosineTest`
 */
export function meanTest(series: Float64Array, lags: number = neweyWestLags(series.length)): MeanTest {
  const mean = meanOf(series)
  const standardError = Math.sqrt(longRunVariance(series, lags) / series.length)
  return { mean, standardError, t: mean / standardError, lags }
}
