/** The gamma function's logarithm, the regularised incomplete gamma functions, and the chi-squared distribution. */
import { normalCdf } from './normal.ts'

const LANCZOS_G = 607 / 128
const LANCZOS = [
  0.9999999999999971, 57.15623566586292, -59.59796035547549, 14.136097974741746, -0.4919138160976202,
  0.00003399464998481189, 0.00004652362892704858, -0.00009837447530487956, 0.0001580887032249125,
  -0.00021026444172410488, 0.00021743961811521265, -0.0001643181065367639, 0.00008441822398385275,
  -0.000026190838401581408, 0.0000036899182659531625,
]

/** ln Γ(x) for x > 0 (NaN for NaN, as in all of this file), by Lanczos's approximation with Godfrey's coefficients (g = 607/128, n = 15). */
export function logGamma(x: number): number {
  let sum = LANCZOS[0]
  for (let k = 1; k < LANCZOS.length; k++) sum += LANCZOS[k] / (x + k - 1)
  const t = x + LANCZOS_G - 0.5
  return (x - 0.5) * Math.log(t) - t + Math.log(Math.sqrt(2 * Math.PI) * sum)
}

/** ln of "n over k". */
export const logChoose = (n: number, k: number): number =>
  logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1)

/** From here on the series takes too long, and the normal law of the cube root (Wilson & Hilferty 1931) is good to 1e-8. */
const LARGE = 1e8

/** Q(a, x) = Γ(a, x) / Γ(a): a series below a + 1, Lentz's continued fraction above it. */
export function upperGamma(a: number, x: number): number {
  if (x <= 0) return 1
  if (a >= LARGE) return normalCdf((1 - 1 / (9 * a) - Math.cbrt(x / a)) * 3 * Math.sqrt(a))
  const scale = Math.exp(a * Math.log(x) - x - logGamma(a))
  if (x < a + 1) {
    let term = 1 / a
    let sum = term
    for (let k = 1; term > sum * 1e-17; k++) {
      term *= x / (a + k)
      sum += term
    }
    return 1 - sum * scale
  }
  let b = x + 1 - a
  let c = 1e300
  let d = 1 / b
  let fraction = d
  for (let k = 1; k < 10_000; k++) {
    b += 2
    d = 1 / (k * (a - k) * d + b)
    c = b + (k * (a - k)) / c
    fraction *= c * d
    if (Math.abs(c * d - 1) < 1e-16) break
  }
  return scale * fraction
}

/** The chance that a chi-squared variable is above x. */
export const chiSquaredAbove = (x: number, degrees: number): number => upperGamma(degrees / 2, x / 2)

/** The x that a chi-squared variable exceeds with the chance `above`, by bisection to the last bit; NaN where either is NaN. */
export function chiSquaredQuantile(above: number, degrees: number): number {
  if (Number.isNaN(above + degrees)) return Number.NaN
  let low = 0
  let high = degrees + 10
  while (chiSquaredAbove(high, degrees) > above) high *= 2
  for (;;) {
    const middle = (low + high) / 2
    if (middle === low || middle === high) return middle
    if (chiSquaredAbove(middle, degrees) > above) low = middle
    else high = middle
  }
}
