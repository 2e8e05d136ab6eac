/** The distribution of Kolmogorov's D for one sample of n: the reference of the two-sample test's large-sample p-value. */
import { logChoose } from './gamma.ts'

/** From here on the series with Vrbik's correction is closer than the matrix is quick. */
const LARGE = 1000

/**
 * P(D_n ≥ d), two-sided. In the far tail (n d² > 4) and from d = ½ it is twice the one-sided chance (Smirnov 1944; Birnbaum
 * and Tingey 1951); in the body 1 − F by the matrix of Marsaglia, Tsang & Wang (2003); above n = 1000 the series of
 * Kolmogorov with the correction of Vrbik (2018). NaN for NaN.
 */
export function kolmogorovAbove(d: number, n: number): number {
  if (Number.isNaN(d + n)) return Number.NaN
  if (d >= 1) return 0
  if (d <= 0.5 / n) return 1
  if (d >= 0.5 || n * d * d > 4) return Math.min(1, 2 * oneSidedAbove(d, n))
  if (n > LARGE) {
    const z = Math.sqrt(n) * d
    return kolmogorovSeries(z + 1 / (6 * Math.sqrt(n)) + (z - 1) / (4 * n))
  }
  return 1 - matrixBelow(d, n)
}

/** Q(z) = 2 Σ (−1)^(k−1) exp(−2 k² z²): the limit of P(√n D_n > z). */
export function kolmogorovSeries(z: number): number {
  if (z < 0.2) return 1
  let sum = 0
  for (let k = 1; k < 200; k++) {
    const term = Math.exp(-2 * k * k * z * z)
    sum += k % 2 === 1 ? term : -term
    if (term < 1e-18) break
  }
  return Math.min(1, 2 * sum)
}

/** P(D⁺_n ≥ d) = d Σ_j C(n, j) (d + j/n)^(j−1) (1 − d − j/n)^(n−j), all of whose terms are positive. */
function oneSidedAbove(d: number, n: number): number {
  let sum = 0
  for (let j = 0; j <= Math.floor(n * (1 - d)); j++) {
    const rest = 1 - d - j / n
    const tail = rest > 0 ? (n - j) * Math.log(rest) : n === j ? 0 : Number.NEGATIVE_INFINITY
    sum += Math.exp(logChoose(n, j) + (j - 1) * Math.log(d + j / n) + tail)
  }
  return d * sum
}

/** P(D_n < d): an entry of the n-th power of a matrix of size 2k − 1, times n!/nⁿ. */
function matrixBelow(d: number, n: number): number {
  const k = Math.floor(n * d) + 1
  const size = 2 * k - 1
  const h = k - n * d
  const power = new Float64Array(size * size)
  for (let i = 0; i < size; i++)
    for (let j = 0; j <= Math.min(i + 1, size - 1); j++) {
      let entry = 1
      if (j === 0) entry -= h ** (i + 1)
      if (i === size - 1) entry -= h ** (size - j)
      if (i === size - 1 && j === 0) entry += 2 * h > 1 ? (2 * h - 1) ** size : 0
      for (let g = 2; g <= i - j + 1; g++) entry /= g
      power[i * size + j] = entry
    }
  // One row of the product is enough: the row vector e_k is multiplied n times, scaled as it shrinks by i/n each.
  let row = new Float64Array(size)
  row[k - 1] = 1
  for (let step = 1; step <= n; step++) {
    const next = new Float64Array(size)
    for (let i = 0; i < size; i++) {
      const weight = (row[i] * step) / n
      if (weight === 0) continue
      for (let j = 0; j <= Math.min(i + 1, size - 1); j++) next[j] += weight * power[i * size + j]
    }
    row = next
  }
  return row[k - 1]
}
