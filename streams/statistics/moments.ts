/**
 * Mean, dispersion and shape of a series, exact enough that a constant has no dispersion at all. A missing value makes NaN of
 * each of them, and so does an infinite one; such a series does not vary (`isDegenerate`).
 */

/** Skew and kurtosis are biased (divided by n); kurtosis is not in excess, so a normal has 3. NaN where undefined. */
type Moments = Readonly<{ n: number; mean: number; sd: number; skew: number; kurtosis: number }>

/**
 * The mean, corrected once by the mean of the residuals: the plain sum leaves up to 1,600 ulp on a constant series, which
 * then looks as if it moved.
 */
export function meanOf(series: Float64Array): number {
  const n = series.length
  if (n === 0) return Number.NaN
  let sum = 0
  for (let i = 0; i < n; i++) sum += series[i]
  const first = sum / n
  let residue = 0
  for (let i = 0; i < n; i++) residue += series[i] - first
  return first + residue / n
}

/** The standard deviation with n − 1 below. NaN for fewer than two points. */
export function sdOf(series: Float64Array): number {
  return Math.sqrt(squaresAbout(series, meanOf(series)) / (series.length - 1))
}

export function momentsOf(series: Float64Array): Moments {
  const n = series.length
  const mean = meanOf(series)
  let second = 0
  let third = 0
  let fourth = 0
  for (let i = 0; i < n; i++) {
    const d = series[i] - mean
    second += d * d
    third += d * d * d
    fourth += d * d * d * d
  }
  const variance = second / n
  return {
    n,
    mean,
    sd: n < 2 ? Number.NaN : Math.sqrt(second / (n - 1)),
    skew: third / n / variance ** 1.5,
    kurtosis: fourth / n / variance ** 2,
  }
}

/** Between them a deviation has a fourth power, and so has its inverse. */
const [LEAST_DEVIATION, GREATEST_DEVIATION] = [1e-60, 1e60]

/**
 * True where a series does not vary beyond rounding: its deviation is not above 8 ε max|x|. After the corrected mean a
 * constant has a deviation of exactly 0, so the limit need not grow with n, and noise of 1e-12 about 1 still counts. A
 * deviation whose powers underflow or overflow counts as none: what is divided by them is no figure.
 */
export function isDegenerate(series: Float64Array, sd: number = sdOf(series)): boolean {
  let greatest = 0
  for (let i = 0; i < series.length; i++) greatest = Math.max(greatest, Math.abs(series[i]))
  return !(sd > Math.max(8 * Number.EPSILON * greatest, LEAST_DEVIATION) && sd < GREATEST_DEVIATION)
}

/** Σ (x − centre)², left to right. */
export function squaresAbout(series: Float64Array, centre: number): number {
  let sum = 0
  for (let i = 0; i < series.length; i++) sum += (series[i] - centre) ** 2
  return sum
}
