/** Tails of the negative binomial beside the regularised incomplete beta function of mpmath 1.3 (40 digits), and the CUSUM by hand. */
import { expect, test } from 'vitest'
import { logMass, momentsOf, riseCusum, surprise } from '../../streams/statistics/negative-binomial.ts'
import { nearRelative } from '../support/near.ts'

// P(X ≥ x) = I_{m / (k + m)}(x, k): -log10(betainc(x, k, 0, m / (k + m), regularized=True)).
test.each([
  [200, 6, 0.6, 8.963784549802334],
  [200, 20, 0.6, 3.0713606173854036],
  [1, 6, 0.6, 0.11760477278884805],
  [20, 6, 0.6, 1.1657214583359794],
  [45, 6, 0.6, 2.3125671016339733],
  [100, 2.5, 4, 36.87420131798344],
  [7, 7, 1e6, 0.259409624086688],
  [30, 0.25, 0.05, 4.384742727422823],
  [3, 10, 2, 0.06145247908719324],
])('the surprise of %d and more, of mean %d and dispersion %d', (x, mean, k, expected) =>
  nearRelative(surprise(x, { mean, k }), expected, 1e-8),
)

test('the masses are those of a distribution, and the tail is what is left of it', () => {
  const of = { mean: 6, k: 0.6 }
  let left = 1
  for (let x = 0; x < 40; x++) {
    nearRelative(10 ** -surprise(x, of), left, 1e-9)
    left -= Math.exp(logMass(x, of))
  }
})

test('the ends', () => {
  const of = { mean: 6, k: 0.6 }
  expect([surprise(0, of), surprise(-1, of), surprise(Number.NaN, of)]).toEqual([0, 0, Number.NaN])
  expect(surprise(1, { mean: 0, k: 1 })).toBe(Number.POSITIVE_INFINITY)
})

test('moments: k = mean² / (variance - mean), Poisson where nothing more scatters, and nothing of one count', () => {
  // Squares of the distances from 6: 36 + 36 + 36 + 0 + 16 + 196 = 320, over 5.
  expect(momentsOf([0, 0, 0, 6, 10, 20])).toMatchObject({ mean: 6, variance: 64, k: 36 / 58 })
  expect(momentsOf([5, 5, 5]).k).toBe(1e6)
  expect(momentsOf([5]).k).toBe(Number.NaN)
})

test('the CUSUM rises by the log likelihood ratio of a week, and never falls below 0', () => {
  const of = { mean: 6, k: 0.6 }
  const ratio = (x: number) => logMass(x, { mean: 18, k: 0.6 }) - logMass(x, of)
  const [first, second, third] = riseCusum([30, 30, 0], of, 3)
  nearRelative(first, ratio(30), 1e-9)
  nearRelative(second, 2 * ratio(30), 1e-9)
  nearRelative(third, 2 * ratio(30) + ratio(0), 1e-9)
  expect(riseCusum([0, 0], of, 3)).toEqual([0, 0])
})
