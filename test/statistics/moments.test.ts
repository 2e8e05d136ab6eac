/** Moments, the Sharpe ratio and the error of a mean. */
import { describe, expect, test } from 'vitest'
import { isDegenerate, meanOf, momentsOf, sdOf } from '../../streams/statistics/moments.ts'
import { longRunVariance, meanTest, neweyWestLags } from '../../streams/statistics/newey-west.ts'
import { minstd, normals, xoshiro128 } from '../../streams/statistics/random.ts'
import { annualise, autocorrelations, loEta, sharpeOf } from '../../streams/statistics/sharpe.ts'
import { nearRelative } from '../support/near.ts'
import { R10 } from '../support/returns.ts'

test('ten returns: mean, deviation, skew, kurtosis, Sharpe ratio (numpy, scipy)', () => {
  const moments = momentsOf(R10)
  nearRelative(moments.mean, 0.0049)
  nearRelative(moments.sd, 0.013819872969347035)
  nearRelative(moments.skew, 0.29972906709792635)
  nearRelative(moments.kurtosis, 2.2976300777724106)
  nearRelative(sharpeOf(R10), 0.3545618697703207)
  nearRelative(annualise(sharpeOf(R10)), 5.628495190790033)
})

// empyrical/tests/test_stats.py, Sharpe of percent returns (its first two entries are NaN, 1 or whole series).
test.each([
  [[1, 2, 1, 1, 1, 1, 1, 1, 1], 52.915026221291804],
  [[0, -6, -7, -1, -9, -2, -6, -8, -5], -24.406808633910085],
  [[1, 10, -4, 2, 3, 2, 1, -10], 1.7238613961706866],
  // The same less a benchmark of 1, 0, 1, 0 …
  [[0, 10, -5, 2, 2, 2, 0, -10], 0.34111411441060574],
])('annual Sharpe ratio of %j percent', (percent, expected) =>
  nearRelative(annualise(sharpeOf(Float64Array.from(percent, (x) => x / 100))), expected),
)

describe('no dispersion', () => {
  // ffn/tests/test_core.py, test_calc_deflated_sharpe_ratio_zero_dispersion: a naive mean gives a Sharpe ratio of 4.6e15.
  const lengths = [3, 10, 250, 5000]
  test.each([1e-7, 1e-4, 0.001, 0.01, 1, 100])('a constant %d has no Sharpe ratio', (value) => {
    for (const n of lengths) {
      const series = new Float64Array(n).fill(value)
      expect(sdOf(series)).toBe(0)
      expect(sharpeOf(series)).toBeNaN()
      expect(sharpeOf(series.map((x) => -x))).toBeNaN()
    }
  })

  test('no constant does, at any length: a plain sum leaves up to 1,634 ulp of it as a deviation', () => {
    const values = [1e-9, 1e-7, 1e-4, 0.001, 0.003, 0.01, 0.1, 1 / 3, 1, Math.PI, 100, 12345.678]
    for (const value of values)
      for (const n of [2, 7, 63, 252, 1000, 2520, 7777, 20_000])
        expect(sharpeOf(new Float64Array(n).fill(value)), `${n} of ${value}`).toBeNaN()
  })

  test.each([
    ['noise of 1e-8 about 0', 0, 1e-8],
    ['noise of 1e-12 about 1', 1, 1e-12],
  ])('%s still has one', (_, level, scale) => {
    for (const n of lengths) {
      const series = normals(xoshiro128(n), n).map((z) => level + scale * z)
      expect(isDegenerate(series)).toBe(false)
      expect(Number.isFinite(sharpeOf(series))).toBe(true)
    }
  })

  test('empty, single and missing values are undefined, not zero and not infinite', () => {
    expect(meanOf(new Float64Array())).toBeNaN()
    expect(sharpeOf(Float64Array.of(0.01))).toBeNaN()
    expect(sharpeOf(Float64Array.of(0.01, Number.NaN, 0.02))).toBeNaN()
  })
})

// statsmodels OLS with cov_type HAC, use_correction=False.
test.each([
  [0, 0.004145961890804111, 1.1818728992344023],
  [1, 0.0036005416259224116, 1.3609063605103255],
  [2, 0.002823130649946379, 1.7356617909599994],
  [3, 0.00268337474088134, 1.8260587779068906],
])('Newey-West error of the mean with %d lags', (lags, error, t) => {
  const result = meanTest(R10, lags)
  nearRelative(result.standardError, error, 1e-13)
  nearRelative(result.t, t, 1e-13)
})

test('the factor that statsmodels puts before it with use_correction=True', () => {
  nearRelative(meanTest(R10, 2).standardError * Math.sqrt(10 / 9), 0.002975840995354024, 1e-13)
})

test('the usual bandwidth', () => {
  expect([10, 60, 100, 250, 252, 1000, 2520, 8000].map(neweyWestLags)).toEqual([2, 3, 4, 4, 4, 6, 8, 10])
  expect(longRunVariance(Float64Array.of(1, 2), 9)).toBeGreaterThan(0)
})

test('annualising under serial correlation (Lo 2002): peers stop a lag short or take |ρ|', () => {
  nearRelative(loEta(new Float64Array(20), 21), Math.sqrt(21))
  // By hand, q = 3: 3 / √(3 + 2 (2 ρ₁ + ρ₂)); a loop that ends at q − 2 would lose ρ₂.
  nearRelative(loEta(Float64Array.of(-0.2, 0.1), 3), 3 / Math.sqrt(3 + 2 * (2 * -0.2 + 0.1)))
  expect(loEta(Float64Array.of(-0.2, 0), 3)).toBeGreaterThan(Math.sqrt(3))
})

test('autocorrelation of an AR(1) decays by its coefficient', () => {
  const noise = normals(minstd(42), 20_000)
  const series = new Float64Array(noise.length)
  for (let i = 0; i < noise.length; i++) series[i] = noise[i] + (i > 0 ? 0.5 * series[i - 1] : 0)
  const [first, second] = autocorrelations(series, 2)
  expect(Math.abs(first - 0.5)).toBeLessThan(0.03)
  expect(Math.abs(second - 0.25)).toBeLessThan(0.03)
})
