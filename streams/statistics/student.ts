/** Student's t distribution, its degrees of freedom whole or not. NaN for NaN. */
import { logGamma } from './gamma.ts'

/** P(T > t). */
export function studentAbove(t: number, degrees: number): number {
  const tail = 0.5 * lowerBeta(degrees / (degrees + t * t), degrees / 2, 0.5)
  return t < 0 ? 1 - tail : tail
}

/** The t that is exceeded with the chance `above`, from 0 to ½ exclusive; by bisection. */
export function studentQuantile(above: number, degrees: number): number {
  if (!(above > 0 && above < 0.5 && degrees > 0)) return Number.NaN
  let [low, high] = [0, 1]
  while (studentAbove(high, degrees) > above && high < Number.MAX_VALUE / 2) high *= 2
  for (;;) {
    const middle = (low + high) / 2
    if (middle === low || middle === high) return middle
    if (studentAbove(middle, degrees) > above) low = middle
    else high = middle
  }
}

const MOST_TERMS = 10_000
const TINY = 1e-300

/** The regularised incomplete beta function I_x(a, b), by Lentz's continued fraction on the side where it is quick. */
function lowerBeta(x: number, a: number, b: number): number {
  if (!(x > 0)) return Number.isNaN(x) ? Number.NaN : 0
  if (x >= 1) return 1
  if (x > (a + 1) / (a + b + 2)) return 1 - lowerBeta(1 - x, b, a)
  const front =
    Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x)) / a
  let [c, d] = [1, 1 / awayFromZero(1 - ((a + b) * x) / (a + 1))]
  let fraction = d
  for (let m = 1; m < MOST_TERMS; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    let step = 1
    for (const term of [even, odd]) {
      d = 1 / awayFromZero(1 + term * d)
      c = awayFromZero(1 + term / c)
      step = c * d
      fraction *= step
    }
    if (!(Math.abs(step - 1) > 1e-16)) break
  }
  return front * fraction
}

const awayFromZero = (value: number): number => (Math.abs(value) < TINY ? TINY : value)
