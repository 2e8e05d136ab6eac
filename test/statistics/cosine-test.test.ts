/** The test of a mean for slow series: numbers of numpy and scipy, and its size where Newey and West's is wrong. */
import { expect, test } from 'vitest'
import { cosineTest, normalOfStudent } from '../../streams/statistics/cosine-test.ts'
import { meanTest, neweyWestLags } from '../../streams/statistics/newey-west.ts'
import { normals, type Uniform, xoshiro128 } from '../../streams/statistics/random.ts'
import { spearman } from '../../streams/statistics/ranks.ts'
import { known } from '../support/known.ts'
import { near, nearRelative } from '../support/near.ts'

const series = Float64Array.from(
  { length: 200 },
  (_, i) => Math.sin(i + 1) + 0.5 * Math.cos(0.3 * (i + 1) ** 2) + 0.1,
)

// numpy from the definition; t by scipy's norm.isf(t.sf(4.508275176574999, 13)) and norm.isf(t.sf(5.154950403656288, 4)).
test.each([
  [1, 13, 0.028753653236275916, 3.4369448365840256],
  [5, 13, 0.028753653236275916, 3.4369448365840256],
  [21, 4, 0.025146581629379973, 2.7103403056864024],
])('values that span %d periods', (horizon, freedom, error, t) => {
  const found = known(cosineTest(series, horizon))
  expect(found.freedom).toBe(freedom)
  nearRelative(found.mean, 0.1296293811209481, 1e-12)
  nearRelative(found.standardError, error, 1e-10)
  near(found.t, t, 0.025)
  expect(found.t).toBeLessThan(t)
})

// scipy: norm.isf(t.sf(t, freedom)).
test.each([
  [1, 4, 0.8892],
  [2, 4, 1.5713],
  [3, 8, 2.3852],
  [2, 20, 1.8862],
  [3, 20, 2.6933],
  [5, 60, 4.553],
])("Student's %d with %d degrees of freedom as a normal deviate", (t, freedom, deviate) => {
  near(normalOfStudent(t, freedom), deviate, 0.003)
  expect(normalOfStudent(-t, freedom)).toBe(-normalOfStudent(t, freedom))
})

test('too few windows for an error', () => {
  expect(cosineTest(series, 26).kind).toBe('insufficient')
  expect(cosineTest(series, 25).kind).toBe('measured')
})

const NAMES = 6

/** Coefficients of scores that persist with returns over `horizon` days that they have nothing to do with, over `days`. */
function worthless(
  uniform: Uniform,
  days: number,
  { phi, horizon }: { phi: number; horizon: number },
): Float64Array {
  const draws = (count: number) => Array.from({ length: count }, () => normals(uniform, NAMES))
  const scores = draws(days)
  for (let day = 1; day < days; day++)
    scores[day] = scores[day].map((z, k) => phi * scores[day - 1][k] + Math.sqrt(1 - phi * phi) * z)
  const returns = draws(days + horizon)
  const sums = new Float64Array(NAMES)
  for (let day = 0; day < horizon; day++) for (let k = 0; k < NAMES; k++) sums[k] += returns[day][k]
  return Float64Array.from(scores, (row, day) => {
    const found = spearman(row, sums)
    for (let k = 0; k < NAMES; k++) sums[k] += returns[day + horizon][k] - returns[day][k]
    return found
  })
}

/**
 * Shares of |t| > 1.96 over 200 histories of ten years with 20 names, by numpy, beside Newey and West at horizon - 1 lags:
 * phi .9: .035 and .050 at 5 days, .040 and .080 at 21, .060 and .070 at 63; phi .99: .075 and .100, .035 and .075, .045 and .110.
 */
test('the size is about the nominal one for scores that persist and windows that overlap', () => {
  const [days, runs] = [2520, 120]
  for (const [phi, horizon] of [
    [0.9, 21],
    [0.99, 63],
  ]) {
    const uniform = xoshiro128(horizon)
    let [own, neweyWest] = [0, 0]
    for (let run = 0; run < runs; run++) {
      const coefficients = worthless(uniform, days, { phi, horizon })
      if (Math.abs(known(cosineTest(coefficients, horizon)).t) > 1.96) own++
      const lags = Math.max(neweyWestLags(days), horizon - 1)
      if (Math.abs(meanTest(coefficients, lags).t) > 1.96) neweyWest++
    }
    // 5 of 100, and twice the error of such a count.
    expect(own / runs).toBeLessThan(0.09)
    expect(own).toBeLessThanOrEqual(neweyWest)
  }
})
