/** The special functions against reference values. */
import { expect, test } from 'vitest'
import {
  approximateMaximum,
  exactMaximum,
  expectedMaximum,
  varianceOfMaximum,
} from '../../streams/statistics/expected-maximum.ts'
import { chiSquaredAbove, chiSquaredQuantile, logGamma } from '../../streams/statistics/gamma.ts'
import { normalCdf, normalQuantile } from '../../streams/statistics/normal.ts'
import { minstd, normals, xoshiro128 } from '../../streams/statistics/random.ts'
import { studentAbove, studentQuantile } from '../../streams/statistics/student.ts'
import { near, nearRelative } from '../support/near.ts'

// scipy.stats.norm
test.each([
  [-8, 6.22096057427174e-16],
  [-3, 0.0013498980316300933],
  [0, 0.5],
  [0.5, 0.6914624612740131],
  [6, 0.9999999990134123],
])('the normal distribution function at %d', (x, expected) => nearRelative(normalCdf(x), expected, 1e-13))

// scipy.stats.norm
test.each([
  [1e-10, -6.361340902404056],
  [0.001, -3.090232306167813],
  [0.025, -1.9599639845400545],
  [0.99, 2.3263478740408408],
  [1 - 1 / (100 * Math.E), 2.6802104449668875],
])('the normal quantile of %d', (p, expected) => nearRelative(normalQuantile(p), expected, 1e-14))

test('quantile and distribution function undo each other over the whole range', () => {
  for (let x = -37; x < 0; x += 0.05) nearRelative(normalQuantile(normalCdf(x)), x, 1e-12)
  for (let x = 0.05; x < 5; x += 0.05) nearRelative(normalQuantile(normalCdf(x)), x, 1e-9)
})

test('the ends and the outside of the quantile', () => {
  expect(normalQuantile(0)).toBe(Number.NEGATIVE_INFINITY)
  expect(normalQuantile(1)).toBe(Number.POSITIVE_INFINITY)
  expect(normalQuantile(-0.1)).toBeNaN()
  expect(normalQuantile(1.1)).toBeNaN()
  expect(normalCdf(Number.NaN)).toBeNaN()
})

test('chi-squared: 9 degrees, 95 %; and two degrees, which is an exponential', () => {
  nearRelative(chiSquaredQuantile(0.05, 9), 16.918977604620448, 1e-13) // scipy.stats.chi2.isf
  nearRelative(chiSquaredAbove(7, 2), Math.exp(-3.5), 1e-13)
  nearRelative(chiSquaredAbove(1, 2), Math.exp(-0.5), 1e-13)
  nearRelative(logGamma(0.5), Math.log(Math.sqrt(Math.PI)), 1e-14)
  nearRelative(logGamma(21), Math.log(2432902008176640000), 1e-14)
})

// Approximation: False Strategy Theorem; exact: quadrature in scipy. N = 100 is also in pypbo's tests.
test.each([
  [2, 0.5197553442805939, 0.5641895835477566],
  [5, 1.1925940010147893, 1.1629644736405196],
  [10, 1.57459830134575, 1.538752730835173],
  [45, 2.2356401777664052, 2.2077195639984457],
  [46, 2.2441708308410093, 2.2163951680005054],
  [88, 2.485294787590927, 2.4615569174212153],
  [100, 2.5306028932016846, 2.507593636441689],
  [1000, 3.255121513652723, 3.2414357691334756],
])('the greatest of %d normals', (trials, approximation, exact) => {
  nearRelative(approximateMaximum(trials), approximation)
  nearRelative(exactMaximum(trials), exact)
})

test('the greatest of one is the mean, of two 1/√π, and below five it is always exact', () => {
  expect(expectedMaximum(1)).toBe(0)
  nearRelative(expectedMaximum(2), 1 / Math.sqrt(Math.PI))
  expect(Math.abs(exactMaximum(1))).toBeLessThan(1e-14)
  expect(expectedMaximum(5)).toBe(approximateMaximum(5))
})

// zoonek/2025-sharpe-ratio
test.each([
  [2, 0.6816901138162093],
  [5, 0.44753406902066173],
  [10, 0.34434382326069013],
  [100, 0.18440481358581184],
])('the variance of the greatest of %d normals', (trials, expected) =>
  nearRelative(varianceOfMaximum(trials), expected),
)

test('minstd with seed 42', () => {
  const uniform = minstd(42)
  const published = [
    0.00032870750889587566, 0.5245871020129822, 0.7354235321913956, 0.26330554078487006, 0.37622397131110724,
  ]
  for (const value of published) nearRelative(uniform(), value, 1e-15)
})

test('xoshiro128**: a seed fixes the draws, and a million of them are uniform and uncorrelated', () => {
  const [first, again, other] = [xoshiro128(7), xoshiro128(7), xoshiro128(8)]
  expect(Array.from({ length: 5 }, first)).toEqual(Array.from({ length: 5 }, again))
  expect(other()).not.toBe(xoshiro128(7)())
  const n = 1_000_000
  const draw = xoshiro128(2026)
  let [sum, squares, lagged, last] = [0, 0, 0, 0.5]
  for (let i = 0; i < n; i++) {
    const u = draw()
    sum += u
    squares += (u - 0.5) ** 2
    lagged += (u - 0.5) * (last - 0.5)
    last = u
  }
  // Four standard errors of each.
  expect(Math.abs(sum / n - 0.5)).toBeLessThan(4 * Math.sqrt(1 / 12 / n))
  expect(Math.abs(squares / n - 1 / 12)).toBeLessThan(4 * Math.sqrt(1 / 180 / n))
  expect(Math.abs(lagged / n)).toBeLessThan(4 * (1 / 12 / Math.sqrt(n)))
})

test('normal draws have mean 0 and deviation 1', () => {
  const draws = normals(xoshiro128(3), 100_000)
  near(draws.reduce((sum, z) => sum + z, 0) / draws.length, 0, 0.013)
  near(draws.reduce((sum, z) => sum + z * z, 0) / draws.length, 1, 0.018)
})

// scipy.stats.t.sf, 1.17.1
test.each([
  [2, 1, 0.14758361765043326],
  [2.5, 4.5, 0.029952843251100272],
  [4, 9, 0.0015552141551929272],
  [6, 19, 4.4896177362454195e-6],
  [0.3, 2.2, 0.39509058922893536],
  [-1.5, 7, 0.911350756505015],
  [40, 5, 9.205981085886477e-8],
])('Student: above %d with %d degrees', (t, degrees, above) => {
  nearRelative(studentAbove(t, degrees), above, 1e-12)
  if (t > 0) nearRelative(studentQuantile(above, degrees), t, 1e-11)
})

test('Student: what has no quantile is NaN, and so is a missing number', () => {
  // scipy.stats.t.ppf
  nearRelative(studentQuantile(1e-5, 6.3), 11.341542402697176, 1e-11)
  for (const above of [0, 0.5, 1, Number.NaN]) expect(studentQuantile(above, 5)).toBeNaN()
  expect(studentQuantile(0.1, Number.NaN)).toBeNaN()
  expect(studentAbove(Number.NaN, 5)).toBeNaN()
})
