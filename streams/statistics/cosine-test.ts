/** A test of a mean that holds for slow series and for windows that overlap: a variance from few cosines, and Student's t. */
import { insufficient, type Measured, measured } from './measured.ts'
import { meanOf } from './moments.ts'

export type CosineTest = Readonly<{
  mean: number
  standardError: number
  /** Mean over error, as the normal deviate that is as improbable: a small t of few degrees of freedom is a smaller one. */
  t: number
  /** Degrees of freedom: cosines that the variance is the mean of. */
  freedom: number
}>

/** With fewer cosines than this the variance is not worth dividing by. */
const LEAST_FREEDOM = 4

/**
 * The equal-weighted cosine test (Lazarus, Lewis, Stock & Watson 2018, equations 10 and 11): the long-run variance is the mean
 * of the squares of Λ_j = √(2/T) Σ u_t cos(π j (t − ½)/T) for j = 1…ν, and the ratio has Student's t with ν degrees of freedom.
 * ν = ⌊0.4 T^⅔⌋ as they recommend, and at most T/(2h): means over h periods that overlap have no power left above that.
 * Newey & West's variance at h − 1 lags is a third too small for such means, whatever T is.
 * @param horizon the periods that each value spans
 */
export function cosineTest(series: Float64Array, horizon: number = 1): Measured<CosineTest> {
  const n = series.length
  const freedom = Math.min(Math.floor(0.4 * n ** (2 / 3)), Math.floor(n / (2 * horizon)))
  if (freedom < LEAST_FREEDOM)
    return insufficient(`${n} values that span ${horizon} periods each are too few for the error of a mean`)
  const mean = meanOf(series)
  let variance = 0
  for (let j = 1; j <= freedom; j++) {
    let sum = 0
    for (let t = 0; t < n; t++) sum += (series[t] - mean) * Math.cos((Math.PI * j * (t + 0.5)) / n)
    variance += ((2 / n) * sum * sum) / freedom
  }
  const standardError = Math.sqrt(variance / n)
  return measured({ mean, standardError, t: normalOfStudent(mean / standardError, freedom), freedom })
}

/**
 * Wallace (1959): the normal deviate with the tail of Student's t. Within .01 for a t up to 3 from 4 degrees of freedom on, closer
 * with more; for a greater t it is below the deviate, never above it.
 */
export const normalOfStudent = (t: number, freedom: number): number =>
  Math.sign(t) * ((8 * freedom + 1) / (8 * freedom + 3)) * Math.sqrt(freedom * Math.log1p((t * t) / freedom))
