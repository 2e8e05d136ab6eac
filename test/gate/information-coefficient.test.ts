/** The information coefficient and quantiles, on alphalens's own cases. */
import { expect, test } from 'vitest'
import {
  informationCoefficient,
  informationCoefficients,
  informationDecay,
  quantileReturns,
  quantilesOf,
  quantileTurnover,
} from '../../commands/gate/information-coefficient.ts'
import { normals, xoshiro128 } from '../../streams/statistics/random.ts'
import { known } from '../support/known.ts'
import { nearRelative } from '../support/near.ts'

const of = Float64Array.of.bind(Float64Array)

test('coefficients by date (alphalens tests/test_performance.py)', () => {
  const scores = [of(1, 2, 3, 4), of(4, 3, 2, 1)]
  expect([...informationCoefficients(scores, [of(4, 3, 2, 1), of(1, 2, 3, 4)])]).toEqual([-1, -1])
  expect([...informationCoefficients(scores, [of(1, 2, 3, 4), of(4, 3, 2, 1)])]).toEqual([1, 1])
})

test('ties share ranks (scipy); names without a return are no zeros; two names or one score are undefined', () => {
  const scores = of(1, 2, 3, 4, 5, 6, 7, 8)
  const forward = of(0.01, -0.02, 0.03, 0.02, 0.05, 0.04, 0.01, 0.06)
  nearRelative(informationCoefficients([scores], [forward])[0], 0.6227656561948945, 1e-13)
  const gap = of(Number.NaN, ...scores)
  nearRelative(informationCoefficients([gap], [of(9, ...forward)])[0], 0.6227656561948945, 1e-13)
  expect(informationCoefficients([of(1, 2, Number.NaN)], [of(1, 2, 3)])[0]).toBeNaN()
  expect(informationCoefficients([of(5, 5, 5, 5)], [of(1, 2, 3, 4)])[0]).toBeNaN()
})

const [dates, names] = [400, 30]
const shocks = Array.from({ length: dates + 10 }, (_, day) => normals(xoshiro128(day), names))
const scores = Array.from({ length: dates }, (_, day) => normals(xoshiro128(10_000 + day), names))

/** Returns over `horizon` days, of which the first is led by the score. */
const forward = (horizon: number) =>
  scores.map((row, day) => {
    const sum = row.map((score) => 0.3 * score)
    for (let h = 0; h < horizon; h++) for (let k = 0; k < names; k++) sum[k] += shocks[day + h][k]
    return sum
  })

test('a score that leads one day decays over longer horizons, with errors that know of the overlap', () => {
  const decay = informationDecay(
    scores,
    [1, 5, 10].map((horizon) => ({ horizon, forward: forward(horizon) })),
  ).map(known)
  expect(decay[0].mean).toBeGreaterThan(decay[1].mean)
  expect(decay[1].mean).toBeGreaterThan(decay[2].mean)
  expect(decay.map(({ freedom }) => freedom)).toEqual([21, 21, 20])
  expect(decay[0]).toMatchObject({ dates, undefinedDates: 0 })
  // A normal deviate: 21 degrees of freedom are paid for.
  expect(decay[0].t).toBeGreaterThan(8)
  expect(decay[0].hitRate).toBeGreaterThan(0.85)
})

test('quantiles earn in order, and random scores trade most of a quantile', () => {
  const { means, spread } = known(quantileReturns(scores, forward(1)))
  expect([...means]).toEqual([...means].sort((a, b) => a - b))
  nearRelative(spread.mean, means[4] - means[0], 1e-12)
  const turnover = quantileTurnover(scores, { quantile: 4 })
  expect(turnover[0]).toBeNaN()
  const mean = turnover.subarray(1).reduce((sum, x) => sum + x, 0) / (dates - 1)
  expect(mean).toBeGreaterThan(0.75)
  expect(mean).toBeLessThan(0.85)
})

test('turnover by hand; equal scores share a quantile', () => {
  const rows = [of(1, 2, 3, 4), of(1, 2, 4, 3), of(4, 3, 2, 1), of(1, 2, 3, Number.NaN)]
  expect([...quantileTurnover(rows, { quantile: 1, quantiles: 2 })]).toEqual([Number.NaN, 0, 1, 0.5])
  expect([...quantilesOf(of(1, 1, 1, 9), 2)]).toEqual([0, 0, 0, 1])
  expect([...quantilesOf(of(3, Number.NaN, 1), 2)]).toEqual([1, -1, 0])
})

test('scores of few values fill few quantiles: the lowest that has names and the highest are compared', () => {
  const three = scores.map((row) => row.map((score) => (score > 1 ? 1 : score < -1 ? -1 : 0)))
  const { means, spread, dates: counted } = known(quantileReturns(three, forward(1)))
  expect(counted).toBeGreaterThan(dates - 5)
  expect(means[4]).toBeGreaterThan(means[0] + 0.5)
  expect(spread.t).toBeGreaterThan(8)
  // By hand: one name below, two alike, two above; then the whole in one quantile, which counts for nothing.
  const rows = Array.from({ length: 100 }, (_, day) => (day % 2 ? of(-1, 0, 0, 1, 1) : of(0, 0, 0, 0, 0)))
  const gains = rows.map(() => of(-3, 1, 2, 4, 8))
  const hand = known(quantileReturns(rows, gains, { quantiles: 5 }))
  expect(hand.dates).toBe(50)
  expect([...hand.means]).toEqual([-3, Number.NaN, 1.5, Number.NaN, 6])
  expect(hand.spread.mean).toBe(9)
  const moved = [of(-1, 0, 0, 1, 1), of(0, -1, 0, 1, 1), of(0, 0, 0, 0, 0)]
  expect([...quantileTurnover(moved, { quantile: 'lowest' })]).toEqual([Number.NaN, 1, 0.8])
  expect([...quantileTurnover(moved, { quantile: 'highest' })]).toEqual([Number.NaN, 0, 0.6])
})

test('few dates cannot be judged', () => {
  const few = scores.slice(0, 20)
  expect(informationCoefficient(few, forward(1).slice(0, 20)).kind).toBe('insufficient')
  expect(quantileReturns(few, forward(1).slice(0, 20)).kind).toBe('insufficient')
})
