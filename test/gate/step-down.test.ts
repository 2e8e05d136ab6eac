/** A p-value for each strategy with the family-wise error controlled: numpy's and arch's numbers, size, and what may not help. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type StepDown, stepDown } from '../../commands/gate/step-down.ts'
import { normalCdf } from '../../streams/statistics/normal.ts'
import { normals, xoshiro128 } from '../../streams/statistics/random.ts'
import { names, strategies } from '../support/fifty-strategies.ts'
import { known } from '../support/known.ts'
import { near, nearRelative } from '../support/near.ts'

type Columns = readonly Float64Array[]
const noise = (seed: number, n = 250) => normals(xoshiro128(seed), n).map((z) => 0.01 * z)
const shifted = (column: Float64Array, by: number) => column.map((value) => value + by)
const down = (
  columns: Columns,
  more: { draws?: number; uncounted?: number; seed?: number } = {},
): StepDown => {
  const { draws = 400, uncounted = 0, seed = 1 } = more
  return known(stepDown(columns, { uniform: xoshiro128(seed), blockLength: 2, draws, uncounted }))
}

describe('fifty strategies of which 01, 17 and 34 have skill, blocks of 2', () => {
  const { ratios, pValues, compared } = down(strategies, { draws: 20_000 })
  const of = (series: Float64Array, name: string) => series[names.indexOf(name)]

  // numpy 2, stationary bootstrap row by row, 20,000 draws, each divided by the error of its own blocks' sums.
  test.each([
    ['strategy_17', 3.90287456, 0.0045],
    ['strategy_01', 2.57640402, 0.2084],
    ['strategy_34', 2.39412092, 0.2933],
    ['strategy_19', 1.93113537, 0.5808],
  ])('%s', (name, ratio, p) => {
    near(of(ratios, name), ratio, 1e-7)
    near(of(pValues, name), p, 0.012)
  })

  // arch 8, StepM(0, -returns, block_size=2, reps=10000): [17] at size .05, [1, 17, 19, 34] at size .5.
  test('arch finds the same ones', () => {
    expect(compared).toBe(50)
    expect(names.filter((_, k) => pValues[k] <= 0.05)).toEqual(['strategy_17'])
    expect(names.filter((_, k) => pValues[k] <= 0.35)).toEqual(['strategy_01', 'strategy_17', 'strategy_34'])
  })
})

test('with nothing there, one family in twenty has a p-value of .05 or less for any of its strategies', () => {
  const least = Array.from({ length: 200 }, (_, run) => {
    const common = noise(1e6 + run)
    const columns = Array.from({ length: 20 }, (_, k) => noise(100 * run + k).map((x, t) => x + common[t]))
    return Math.min(...down(columns, { draws: 200, seed: run }).pValues)
  })
  const rejected = least.filter((p) => p <= 0.05).length
  expect(rejected).toBeLessThan(20)
  expect(least.filter((p) => p <= 0.5).length).toBeGreaterThan(70)
})

test('a worthless one is not carried by skill beside it, and one with skill is not hidden by a better one', () => {
  const skilled = [shifted(noise(1), 0.004), shifted(noise(2), 0.0035)]
  const { pValues } = down([...skilled, ...Array.from({ length: 20 }, (_, k) => noise(10 + k))])
  expect(Math.max(pValues[0], pValues[1])).toBeLessThan(0.01)
  expect(Math.min(...pValues.subarray(2))).toBeGreaterThan(0.05)
})

test('all lose: none is better than nothing; and the hopeless do not hide a good one', () => {
  const losing = Array.from({ length: 60 }, (_, k) => shifted(noise(200 + k), -0.01))
  expect(new Set(down(losing).pValues)).toEqual(new Set([1]))
  const good = shifted(noise(2), 0.0014)
  const [beside, alone] = [down([good, ...losing]), down([good])]
  near(beside.pValues[0], alone.pValues[0], 0.03)
})

test('trials without returns count whole, each as one of its own', () => {
  const good = shifted(noise(3), 0.0018)
  const [alone, counted] = [down([good]), down([good], { uncounted: 200 })]
  // 1 - (1 - p) Φ(t)^200, by independence.
  nearRelative(counted.pValues[0], 1 - (1 - alone.pValues[0]) * normalCdf(alone.ratios[0]) ** 200, 1e-12)
  const still = Array.from({ length: 200 }, () => new Float64Array(250))
  expect(down([good, ...still])).toMatchObject({ compared: 1, uncounted: 200 })
  expect(down([good, ...still]).pValues[0]).toBe(counted.pValues[0])
})

test('a strategy with holes is judged over the days that it has', () => {
  const whole = shifted(noise(4, 500), 0.002)
  const holed = whole.map((value, day) => (day < 250 ? Number.NaN : value))
  const { ratios } = down([holed, noise(5, 500)])
  const half = down([whole.slice(250)])
  near(ratios[0], half.ratios[0], 0.15)
  const few = whole.map((value, day) => (day < 480 ? Number.NaN : value))
  expect(down([few, noise(5, 500)])).toMatchObject({ compared: 1, uncounted: 1 })
})

test('p-values rise as ratios fall, and the order of the strategies changes nothing but by the draws', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 2, max: 8 }), (seed, count) => {
      const columns = Array.from({ length: count }, (_, k) => shifted(noise(seed + k, 60), 0.0005 * k))
      const { ratios, pValues } = down(columns, { draws: 50 })
      const order = [...ratios.keys()].sort((a, b) => ratios[b] - ratios[a])
      for (const [rank, k] of order.entries())
        if (rank > 0) expect(pValues[k]).toBeGreaterThanOrEqual(pValues[order[rank - 1]])
      const turned = down([...columns].reverse(), { draws: 50 })
      expect([...turned.pValues].reverse()).toEqual([...pValues])
    }),
    { numRuns: 20 },
  )
})

test('nothing to compare', () => {
  const options = { uniform: xoshiro128(1), blockLength: 1 }
  expect(stepDown([], options).kind).toBe('insufficient')
  expect(stepDown([new Float64Array(250)], options).kind).toBe('insufficient')
})
