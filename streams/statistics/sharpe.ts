/** The Sharpe ratio, per period. All inference uses it so; annualising is for people to read. */
import { isDegenerate, meanOf, sdOf } from './moments.ts'

export const TRADING_DAYS = 252

/**
 * Mean over standard deviation (n − 1 below) of returns that are simple, per period, net of costs and in excess of the
 * riskless rate of the period. NaN where the returns do not vary, or are fewer than two, or hold a NaN.
 */
export function sharpeOf(returns: Float64Array): number {
  const sd = sdOf(returns)
  return isDegenerate(returns, sd) ? Number.NaN : meanOf(returns) / sd
}

export const annualise = (sharpePerPeriod: number, periodsPerYear: number = TRADING_DAYS): number =>
  sharpePerPeriod * Math.sqrt(periodsPerYear)

/** ρ₁…ρ_L: autocovariances about the mean, divided by the variance, both with n below. NaN where it does not vary or misses a value. */
export function autocorrelations(series: Float64Array, lags: number): Float64Array {
  const mean = meanOf(series)
  const covariance = (lag: number): number => {
    let sum = 0
    for (let i = lag; i < series.length; i++) sum += (series[i] - mean) * (series[i - lag] - mean)
    return sum
  }
  const variance = covariance(0)
  return Float64Array.from({ length: lags }, (_, k) => covariance(k + 1) / variance)
}

/**
 * What a per-period Sharpe ratio is multiplied by to speak of q periods, with serial correlation: Lo (2002), equation 20,
 * η(q) = q / √(q + 2 Σ_{k<q} (q − k) ρ_k). √q where the returns are independent. NaN where a correlation is missing, or they leave no variance.
 * @param autocorrelation ρ₁…ρ_{q−1}
 */
export function loEta(autocorrelation: Float64Array, q: number): number {
  let sum = q
  for (let k = 1; k < q; k++) sum += 2 * (q - k) * autocorrelation[k - 1]
  return q / Math.sqrt(sum)
}
