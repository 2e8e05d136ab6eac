/** The two-sample Kolmogorov-Smirnov test against scipy's own tests. */
import { expect, test } from 'vitest'
import { kolmogorovAbove, kolmogorovSeries } from '../../streams/statistics/kolmogorov.ts'
import { type KsMethod, ksTest } from '../../streams/statistics/ks.ts'
import { nearRelative } from '../support/near.ts'

const grid = (from: number, to: number, count: number, shift = 0): Float64Array =>
  Float64Array.from({ length: count }, (_, i) => from + (i * (to - from)) / (count - 1) + shift)

const repeat = (...pairs: readonly (readonly [number, number])[]): Float64Array =>
  Float64Array.from(pairs.flatMap(([value, times]) => new Array<number>(times).fill(value)))

function check(x: Float64Array, y: Float64Array, expected: readonly [number, number], method?: KsMethod) {
  const result = ksTest(x, y, method)
  if (result.kind !== 'measured') throw new Error(result.reason)
  nearRelative(result.value.statistic, expected[0], 1e-14)
  nearRelative(result.value.pValue, expected[1], 1e-10)
}

const of = Float64Array.of.bind(Float64Array)
const ties = repeat([2, 3], [3, 4], [5, 5], [6, 4])

// scipy/stats/tests/test_stats.py, TestKSTwoSamples
test.each<[string, Float64Array, Float64Array, number, number]>([
  ['one against one', of(0), of(1), 1, 1],
  ['two against three', of(1.01, 2.01), of(1, 2, 3), 1 / 3, 1],
  ['two against three, below', of(0.99, 1.99), of(1, 2, 3), 2 / 3, 0.6],
  ['two against four', of(1.01, 2.01), of(1, 2, 3, 4), 0.5, 14 / 15],
  ['two against four, below', of(0.99, 1.99), of(1, 2, 3, 4), 0.75, 6 / 15],
  ['a hundred, shifted', grid(1, 100, 100), grid(1, 100, 100, 2.1), 0.03, 0.9999999999962055],
  ['100 against 110', grid(1, 100, 100), grid(1, 100, 110, 20.1), 232 / 1100, 0.015739183865607353],
  ['ties', ties, ties.map((x) => x + 1), 5 / 16, 0.4262934613454952],
  [
    'ties of unequal size',
    repeat([2, 3], [3, 4], [5, 10], [6, 4]),
    repeat([3, 10], [4, 2], [6, 10], [7, 4]),
    190 / 546,
    0.0919245790168125,
  ],
  ['five against five', of(1, 2, 3, 4, 5), of(3.5, 4.5, 5.5, 6.5, 7.5), 0.6, 0.35714285714285715],
])('%s', (_, x, y, statistic, pValue) => check(x, y, [statistic, pValue]))

const anderson = [
  of(38.7, 41.5, 43.8, 44.5, 45.5, 46, 47.7, 58),
  of(39.2, 39.3, 39.7, 41.4, 41.8, 42.9, 43.3, 45.8),
] as const

test('the method decides the verdict on a small sample, so it is part of the answer', () => {
  check(...anderson, [0.625, 0.08702408702408701], 'exact')
  check(...anderson, [0.625, 0.04931640625], 'asymptotic')
  check(grid(1, 100, 100), grid(1, 100, 110, 20.1), [232 / 1100, 0.016541419540219482], 'asymptotic')
  expect(ksTest(...anderson)).toMatchObject({ value: { method: 'exact' } })
})

test('the large-sample law is that of one sample at nm/(n+m), not the limiting series', () => {
  nearRelative(kolmogorovAbove(0.2, 60), 0.014023403960275127, 1e-11)
  nearRelative(kolmogorovSeries(0.2 * Math.sqrt(60)), 0.016459484923676552, 1e-12)
  nearRelative(kolmogorovSeries(0.5), 0.9639452436648751, 1e-13)
  nearRelative(kolmogorovSeries(1), 0.26999967167735456, 1e-13)
  nearRelative(kolmogorovSeries(1.3581), 0.04999963, 1e-7)
})

// scipy.stats.kstwo.sf, 1.17.1
test.each([
  [0.1, 10, 0.99963712, 1e-12],
  [0.03, 500, 0.7473166700457021, 1e-6],
  [0.02, 900, 0.8569981866245919, 1e-6],
  [0.06, 1000, 0.001428597887952891, 1e-6],
  [0.02, 5000, 0.03613941395325637, 1e-4],
])('one-sample law at d %d, n %d (scipy itself is approximate from n = 140)', (d, n, expected, tolerance) =>
  nearRelative(kolmogorovAbove(d, n), expected, tolerance),
)

test('10,000 against 110: a p-value of 6e-26 keeps its digits', () => {
  // scipy 1.17.1, method exact. Its own test prints 4.2e-15, which its absolute tolerance cannot tell from this.
  const x = grid(1, 200, 10_000, -1 / 10_000 / 110 / 4)
  check(x, grid(2, 100, 110), [55275 / 110_000, 6.263465662260858e-26])
})

test('identical samples, an empty one and one with a NaN', () => {
  expect(ksTest(of(1, 2, 3), of(1, 2, 3))).toMatchObject({ value: { statistic: 0, pValue: 1 } })
  expect(ksTest(of(), of(1))).toMatchObject({ kind: 'insufficient' })
  expect(ksTest(of(1, Number.NaN), of(1))).toMatchObject({ kind: 'insufficient' })
})
