/**
 * The negative binomial distribution of counts that scatter more than Poisson's: mean m and dispersion k, variance m + m²/k. Its tail in
 * logarithms, so that what hardly ever happens has a number; and a one-sided CUSUM of it.
 */
import { logGamma } from './gamma.ts'

export type NegativeBinomial = Readonly<{ mean: number; k: number }>

/** Beyond it the distribution is Poisson's in all digits that count here. */
const MOST_K = 1e6
/** Counts that scatter more than this say nothing of their shape. */
const LEAST_K = 0.05

/**
 * By moments: k = mean² / (variance − mean), of at least two counts; the greatest k where they scatter no more than Poisson's.
 * @returns NaN for both of fewer counts
 */
export function momentsOf(counts: readonly number[]): NegativeBinomial & Readonly<{ variance: number }> {
  const n = counts.length
  if (n < 2) return { mean: Number.NaN, variance: Number.NaN, k: Number.NaN }
  const mean = counts.reduce((sum, count) => sum + count, 0) / n
  const variance = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / (n - 1)
  const k = variance > mean ? mean ** 2 / (variance - mean) : MOST_K
  return { mean, variance, k: Math.min(Math.max(k, LEAST_K), MOST_K) }
}

/** ln P(X = x). */
export function logMass(x: number, { mean, k }: NegativeBinomial): number {
  return logGamma(k + x) - logGamma(k) - logGamma(x + 1) - k * Math.log1p(mean / k) - x * Math.log1p(k / mean)
}

/** A series whose terms shrink by less than this is as good as summed. */
const ENOUGH = 1e-17
const MOST_TERMS = 1_000_000

/** −log10 P(X ≥ x) for a whole x: 4 is once in ten thousand. 0 for x of 0 and less; infinite where the mean is 0. */
export function surprise(x: number, of: NegativeBinomial): number {
  if (!(x > 0)) return Number.isNaN(x) ? Number.NaN : 0
  const { mean, k } = of
  if (mean === 0) return Number.POSITIVE_INFINITY
  const shrink = mean / (k + mean)
  // P(X ≥ x) = P(X = x) (1 + r(x) + r(x) r(x+1) + ...), where r(j) = (k + j) / (j + 1) · m / (k + m).
  let [sum, term] = [1, 1]
  for (let j = x; j < x + MOST_TERMS; j++) {
    term *= ((k + j) / (j + 1)) * shrink
    sum += term
    if (term < sum * ENOUGH) break
  }
  return Math.max(0, -(logMass(x, of) + Math.log(sum)) / Math.LN10)
}

/**
 * Page's CUSUM for a rise of the mean to `ratio` times what it was, the dispersion staying: S = max(0, S + ln(f1(x) / f0(x))) over the
 * counts in order. Höhle and Paul, "Count data regression charts for the monitoring of surveillance time series" (2008), section 2.
 * @returns S after each count
 */
export function riseCusum(
  counts: readonly number[],
  { mean, k }: NegativeBinomial,
  ratio: number,
): readonly number[] {
  const raised = mean * ratio
  const perCount = Math.log((raised * (k + mean)) / (mean * (k + raised)))
  const constant = k * Math.log((k + mean) / (k + raised))
  let sum = 0
  return counts.map((count) => {
    sum = Math.max(0, sum + count * perCount + constant)
    return sum
  })
}
