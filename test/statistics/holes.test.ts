/** Every statistic answers on any data, holes and all, and by the rule that it states. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mergesOf } from '../../commands/gate/agglomerate.ts'
import { drawdowns, maxDrawdown } from '../../commands/gate/drawdown.ts'
import { optimalBlockLength } from '../../streams/statistics/block-length.ts'
import { stationaryBlocks } from '../../streams/statistics/bootstrap.ts'
import { correlationMatrix } from '../../streams/statistics/correlations.ts'
import { expectedMaximum } from '../../streams/statistics/expected-maximum.ts'
import { chiSquaredAbove, chiSquaredQuantile, upperGamma } from '../../streams/statistics/gamma.ts'
import { kolmogorovAbove } from '../../streams/statistics/kolmogorov.ts'
import { ksDistance, ksTest } from '../../streams/statistics/ks.ts'
import {
  conditionNumber,
  firstCombination,
  inverseGram,
  leastSquares,
  leastSquaresOf,
  symmetricEigenvalues,
} from '../../streams/statistics/linear.ts'
import { lacking } from '../../streams/statistics/measured.ts'
import { isDegenerate, meanOf, momentsOf, sdOf } from '../../streams/statistics/moments.ts'
import { longRunVariance, meanTest } from '../../streams/statistics/newey-west.ts'
import { normalCdf, normalQuantile } from '../../streams/statistics/normal.ts'
import { psiOf, psiReference, psiTest } from '../../streams/statistics/psi.ts'
import { binCounts, edgesOf, nextUp } from '../../streams/statistics/psi-bins.ts'
import { medianOf, quantileOf, sorted } from '../../streams/statistics/quantile.ts'
import { xoshiro128 } from '../../streams/statistics/random.ts'
import { averageRanks, correlation, spearman } from '../../streams/statistics/ranks.ts'
import { autocorrelations, loEta, sharpeOf } from '../../streams/statistics/sharpe.ts'
import { anyPair, anySeries, cell, hasHole } from '../support/holes.ts'

const RUNS = { numRuns: 300 }
const present = (series: Float64Array) => series.filter((value) => !Number.isNaN(value))

test('mean, deviation, shape, Sharpe ratio and errors of a series with a hole are none', () => {
  fc.assert(
    fc.property(anySeries(), (series) => {
      const { sd, skew, kurtosis } = momentsOf(series)
      const ofHoles = [
        meanOf(series),
        sdOf(series),
        sd,
        skew,
        kurtosis,
        sharpeOf(series),
        longRunVariance(series, 3),
      ]
      const { mean, standardError, t } = meanTest(series)
      if (series.some(Number.isNaN)) {
        for (const value of [...ofHoles.slice(1), mean, standardError, t]) expect(value).toBeNaN()
        expect(meanOf(series)).toBeNaN()
      }
      if (hasHole(series)) {
        expect(isDegenerate(series)).toBe(true)
        expect(sharpeOf(series)).toBeNaN()
        expect(lacking(series, 0)?.kind).toBe('insufficient')
      }
      expect(Math.abs(sharpeOf(series))).not.toBe(Number.POSITIVE_INFINITY)
      for (const one of autocorrelations(series, 2)) if (hasHole(series)) expect(one).toBeNaN()
      expect(typeof loEta(series, Math.min(2, series.length))).toBe('number')
    }),
    RUNS,
  )
})

test('a block length is at least 1 and finite, whatever the series', () => {
  fc.assert(
    fc.property(anySeries(), (series) => {
      const { stationary, circular, raw } = optimalBlockLength(series)
      for (const length of [stationary, circular]) {
        expect(length).toBeGreaterThanOrEqual(1)
        expect(length).toBeLessThanOrEqual(Math.max(1, series.length))
      }
      expect(Number.isFinite(raw.stationary + raw.circular)).toBe(true)
      if (hasHole(series)) expect(stationary).toBe(1)
      const rows = series.length
      if (rows === 0) return
      const draw = stationaryBlocks({ uniform: xoshiro128(1), from: rows, rows, meanLength: stationary })
      const { lengths, count } = draw()
      expect(lengths.subarray(0, count).reduce((sum, length) => sum + length, 0)).toBe(rows)
    }),
    RUNS,
  )
  const empty = { uniform: xoshiro128(1), from: 0, rows: 3, meanLength: 2 }
  expect(() => stationaryBlocks(empty)).toThrow('at least one row')
  expect(() => stationaryBlocks({ ...empty, from: 3, meanLength: Number.POSITIVE_INFINITY })).toThrow(
    'finite',
  )
})

test('distributions of NaN are NaN, and every call returns', () => {
  const numbers = fc.oneof(cell, fc.double())
  fc.assert(
    fc.property(numbers, numbers, (x, y) => {
      for (const value of [normalCdf(x), normalQuantile(x), expectedMaximum(x)])
        if (Number.isNaN(x)) expect(value).toBeNaN()
      expect(typeof upperGamma(Math.abs(y), x)).toBe('number')
      expect(typeof chiSquaredAbove(x, y)).toBe('number')
      expect(kolmogorovAbove(Number.NaN, 50)).toBeNaN()
      if (x >= 0 && x <= 1) expect(chiSquaredQuantile(x, 9)).toBeGreaterThanOrEqual(0)
    }),
    RUNS,
  )
  expect(chiSquaredQuantile(Number.NaN, 9)).toBeNaN()
  expect(chiSquaredQuantile(0.05, Number.NaN)).toBeNaN()
})

test('the Kolmogorov-Smirnov distance leaves out what is missing, and is the greatest gap of the two distributions', () => {
  const share = (series: Float64Array, upTo: number) =>
    series.filter((value) => value <= upTo).length / series.length
  fc.assert(
    fc.property(anySeries(40), anySeries(40), (x, y) => {
      const [a, b] = [present(x), present(y)]
      const distance = ksDistance(sorted(a), y)
      const places = a.length === 0 || b.length === 0 ? [] : [...a, ...b]
      const greatest = Math.max(0, ...places.map((at) => Math.abs(share(a, at) - share(b, at))))
      expect(distance).toBeCloseTo(greatest, 12)
      expect(ksTest(x, y).kind).toBe(lacking(x, 1) || lacking(y, 1) ? 'insufficient' : 'measured')
    }),
    RUNS,
  )
})

test('the stability index counts every value once, and is never missing', () => {
  fc.assert(
    fc.property(anySeries(), anySeries(), (reference, current) => {
      const edges = edgesOf(sorted(present(reference)), 10)
      expect([...edges].every((edge, k) => k === 0 || edge > edges[k - 1])).toBe(true)
      const [expected, found] = [binCounts(edges, reference), binCounts(edges, current)]
      expect(found.reduce((sum, count) => sum + count, 0)).toBe(current.length)
      expect(found[found.length - 1]).toBe(current.length - present(current).length)
      expect(psiOf(expected, found)).toBeGreaterThanOrEqual(0)
      expect(psiOf(expected, found)).toBeLessThan(100)
      const frozen = psiReference(reference)
      expect(frozen.kind).toBe(present(reference).length < 10 ? 'insufficient' : 'measured')
    }),
    RUNS,
  )
  fc.assert(
    fc.property(anySeries(), anySeries(), (reference, current) => {
      const frozen = psiReference(reference)
      if (frozen.kind === 'insufficient') return
      const found = psiTest(frozen.value, current, xoshiro128(1))
      if (found.kind === 'measured') {
        expect(found.value.psi + found.value.null99).toBeLessThan(1e3)
        expect(found.value.pValue).toBeGreaterThanOrEqual(0)
      } else expect(current).toHaveLength(0)
    }),
    { numRuns: 10 },
  )
})

test('a number has one next above it', () => {
  expect(nextUp(1)).toBe(1 + Number.EPSILON)
  expect(nextUp(-1)).toBe(-1 + Number.EPSILON / 2)
  expect(nextUp(0)).toBe(Number.MIN_VALUE)
  expect(nextUp(-Number.MIN_VALUE)).toBe(-0)
  expect(nextUp(Number.MAX_VALUE)).toBe(Number.POSITIVE_INFINITY)
  expect(nextUp(Number.NEGATIVE_INFINITY)).toBe(-Number.MAX_VALUE)
})

test('quantiles lie among the values, infinities too', () => {
  fc.assert(
    fc.property(anySeries(), fc.double({ min: 0, max: 1, noNaN: true }), (series, probability) => {
      const values = present(series)
      const found = quantileOf(values, probability)
      if (values.length === 0) {
        expect(found).toBeNaN()
        return
      }
      expect(found).toBeGreaterThanOrEqual(values.reduce((a, b) => Math.min(a, b)))
      expect(found).toBeLessThanOrEqual(values.reduce((a, b) => Math.max(a, b)))
      expect(Number.isNaN(medianOf(values))).toBe(false)
    }),
    RUNS,
  )
})

test('what is missing has no rank, and the others are ranked without it, in short series and in long ones', () => {
  fc.assert(
    fc.property(anySeries(150), (series) => {
      const ranks = averageRanks(series)
      const values = present(series)
      for (const [i, value] of series.entries()) {
        const below = values.filter((other) => other < value).length
        const equal = values.filter((other) => other === value).length
        expect(ranks[i]).toBe(Number.isNaN(value) ? Number.NaN : below + (equal + 1) / 2)
      }
    }),
    RUNS,
  )
})

test('correlations with a hole are none, and the rest lie between -1 and 1', () => {
  fc.assert(
    fc.property(anyPair(80), ([x, y]) => {
      for (const [found, hole] of [
        [correlation(x, y), hasHole(x) || hasHole(y)],
        [spearman(x, y), x.some(Number.isNaN) || y.some(Number.isNaN)],
        [correlationMatrix([x, y])[0][1], hasHole(x) || hasHole(y)],
      ] as const) {
        if (hole) expect(found).toBeNaN()
        else if (!Number.isNaN(found)) expect(Math.abs(found)).toBeLessThanOrEqual(1 + 1e-9)
      }
    }),
    RUNS,
  )
})

test('linear algebra answers on anything, with NaN where a value is missing', () => {
  fc.assert(
    fc.property(anyPair(20), anySeries(20), ([x, y], z) => {
      const columns = [x, y]
      const [holes, empty] = [hasHole(x) || hasHole(y), x.length === 0]
      expect(typeof firstCombination(columns)).toBe('number')
      const found = [conditionNumber(columns), ...inverseGram(columns).flatMap((row) => [...row])]
      if (holes || empty) for (const value of found) expect(value).toBeNaN()
      const right = Float64Array.from(x, (_, i) => z[i] ?? 0)
      const solved = leastSquares(columns, right)
      expect(solved).toHaveLength(2)
      if (holes || empty || hasHole(right)) expect([...solved]).toEqual([Number.NaN, Number.NaN])
      expect(leastSquaresOf(columns)(right)).toHaveLength(2)
      const [a, b, c] = [x[0] ?? 0, x[1] ?? 0, y[0] ?? 0]
      expect(symmetricEigenvalues([Float64Array.of(a, b), Float64Array.of(b, c)])).toHaveLength(2)
      expect(
        mergesOf([Float64Array.of(0, a, b), Float64Array.of(a, 0, c), Float64Array.of(b, c, 0)]),
      ).toHaveLength(2)
    }),
    RUNS,
  )
})

test('a drawdown of returns with a hole is none; one of a total loss is everything', () => {
  fc.assert(
    fc.property(anySeries(), (series) => {
      expect(drawdowns(series)).toHaveLength(series.length)
      if (series.some(Number.isNaN)) expect(maxDrawdown(series)).toBeNaN()
    }),
    RUNS,
  )
  expect(maxDrawdown(Float64Array.of(0.1, -1, 0.5))).toBe(-1)
})
