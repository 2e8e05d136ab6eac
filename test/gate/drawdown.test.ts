/** Drawdowns, and the bootstrap under them. */
import { describe, expect, test } from 'vitest'
import { drawdownDistribution, maxDrawdown } from '../../commands/gate/drawdown.ts'
import { optimalBlockLength } from '../../streams/statistics/block-length.ts'
import { type Blocks, doubled, resampleInto, stationaryBlocks } from '../../streams/statistics/bootstrap.ts'
import { minstd, normals, xoshiro128 } from '../../streams/statistics/random.ts'
import { blocksOfCoins, tossBlocks } from '../support/coins.ts'
import { known } from '../support/known.ts'
import { near, nearRelative } from '../support/near.ts'
import { R10 } from '../support/returns.ts'
import { parseTable, readUs20, returnsOf } from '../support/us20.ts'
import { readVector } from '../support/vectors.ts'

// empyrical/tests/test_stats.py, in percent
test.each([
  [[0, -6, -7, -1, -9, -2, -6, -8, -5], -0.3659073],
  [[-2, -6, -7, -1, -9, -2, -6, -8, -5], -0.378589157],
  [[1, 10, -4, 2, 3, 2, 1, -10], -0.1],
  [[10, -10, 10], -0.1],
  [[1, 2, 1], 0],
])('worst drawdown of %j', (percent, expected) =>
  expect(maxDrawdown(Float64Array.from(percent, (x) => x / 100))).toBeCloseTo(expected, 8),
)

test('a loss on the first day counts; nothing and missing values have none', () => {
  expect(maxDrawdown(Float64Array.of(-0.2, 0.1))).toBeCloseTo(-0.2, 15)
  nearRelative(maxDrawdown(R10), -0.019974250000000082)
  expect(maxDrawdown(Float64Array.of())).toBeNaN()
  expect(maxDrawdown(Float64Array.of(0.1, Number.NaN, -0.5))).toBeNaN()
})

/** The resample of a series. */
function resampleOf(series: Float64Array, blocks: Blocks): Float64Array {
  const target = new Float64Array(series.length)
  resampleInto(target, doubled(series), blocks)
  return target
}

const places = (n: number): Float64Array => Float64Array.from({ length: n }, (_, i) => i)

test('rows of a resample from given draws (arch: bootstrap/_samplers_python.py)', () => {
  const starts = Uint32Array.of(3, 0, 4, 1, 2, 2, 5, 0)
  const coins = Float64Array.of(0.9, 0.1, 0.7, 0.5, 0.95, 0.05, 0.8, 0.6)
  expect([...resampleOf(places(8), blocksOfCoins(starts, coins, 4))]).toEqual([3, 0, 1, 2, 3, 2, 3, 4])
})

test('five resamples of ten returns, minstd seed 2024 (numpy)', () => {
  const uniform = minstd(2024)
  const published = [
    [[0, 2, 3, 4, 3, 1, 2, 3, 8, 8], -0.023885443675000007],
    [[9, 0, 0, 2, 3, 4, 5, 6, 7, 8], -0.0199742500000003],
    [[0, 1, 6, 7, 6, 1, 2, 3, 9, 0], -0.015],
    [[0, 1, 2, 3, 9, 8, 9, 0, 2, 3], -0.015],
    [[5, 6, 7, 8, 9, 1, 1, 2, 9, 0], -0.015],
  ] as const
  for (const [rows, worst] of published) {
    const blocks = tossBlocks(10, 3, uniform)
    expect([...resampleOf(places(10), blocks)]).toEqual(rows)
    near(maxDrawdown(resampleOf(R10, blocks)), worst, 1e-14)
  }
})

test('blocks drawn whole have the mean length asked for, and cover each row alike', () => {
  const [n, blockLength] = [500, 12]
  const draw = stationaryBlocks({ uniform: xoshiro128(3), from: n, rows: n, meanLength: blockLength })
  const visits = new Float64Array(n)
  let joins = 0
  for (let path = 0; path < 2000; path++) {
    const drawn = resampleOf(places(n), draw())
    for (let i = 0; i < n; i++) {
      visits[drawn[i]]++
      if (i > 0 && drawn[i] !== (drawn[i - 1] + 1) % n) joins++
    }
  }
  // A block ends with chance 1/12 after each row; one row in 500 goes on by accident.
  near(joins / (2000 * (n - 1)), 1 / blockLength, 0.002)
  expect(Math.min(...visits)).toBeGreaterThan(1500)
  expect(Math.max(...visits)).toBeLessThan(2500)
})

describe('block length (arch/tests/bootstrap/test_block_length.py and its port with minstd)', () => {
  const noise = normals(minstd(42), 1000)

  test('independent noise: below 1, and so clipped', () => {
    const { raw, stationary } = optimalBlockLength(noise)
    nearRelative(raw.stationary, 0.24573473275844906, 1e-11)
    nearRelative(raw.circular, 0.2812960484786335, 1e-11)
    expect(stationary).toBe(1)
  })

  test('AR(1) with .5', () => {
    const series = Float64Array.from(noise)
    for (let i = 1; i < series.length; i++) series[i] = 0.5 * series[i - 1] + noise[i]
    const found = optimalBlockLength(series)
    nearRelative(found.stationary, 11.770055947185156, 1e-11)
    nearRelative(found.circular, 13.473350678392395, 1e-11)
    expect(found.lags).toBe(8)
  })

  test('waves hit the cap; a constant has length 1 and says so', () => {
    const waves = Float64Array.from({ length: 200 }, (_, k) => {
      const i = k + 1
      return Math.sin(i) + 0.5 * Math.cos(0.3 * i * i)
    })
    expect(optimalBlockLength(waves)).toMatchObject({ stationary: 43, circular: 43 })
    expect(optimalBlockLength(new Float64Array(100).fill(3))).toMatchObject({ stationary: 1, constant: true })
  })

  // Kenneth French's monthly Mkt-RF, 1926-07 to 2018-11, as the package arch ships it; the figures are arch's.
  test('the market less the riskless rate, 1,109 months', () => {
    const french = parseTable(readVector('fama-french-monthly.csv'))
    const market = french.columns.get('Mkt-RF') ?? new Float64Array()
    const found = optimalBlockLength(market)
    expect(market).toHaveLength(1109)
    near(found.stationary, 2.4558561661, 1e-10)
    near(found.circular, 2.811253531, 1e-10)
  })
})

describe('index returns', () => {
  const table = readUs20('sp500_index')
  const returns = returnsOf(table.columns.get('SP500') ?? new Float64Array())

  test('block lengths of returns and of their size, 1990-2022 (arch)', () => {
    const found = optimalBlockLength(returns)
    expect(found.stationary).toBeCloseTo(8.1958, 4)
    expect(found.circular).toBeCloseTo(9.3819, 4)
    const size = optimalBlockLength(returns.map(Math.abs))
    expect(size.stationary).toBeCloseTo(193.1, 1)
    expect(size.circular).toBeCloseTo(221.0, 1)
  })

  test('2013-2022: the tail is deeper than what happened', () => {
    const decade = returns.filter((_, i) => table.dates[i + 1] >= '2013')
    const found = known(
      drawdownDistribution(decade, { uniform: xoshiro128(1), paths: 4000, blockLength: 20 }),
    )
    expect(found.realised).toBeCloseTo(-0.3392, 4)
    // 1,000 draws elsewhere gave -.478 for blocks (their own error is .011) and -.508 for independent days.
    near(found.p05, -0.478, 0.025)
    const days = known(drawdownDistribution(decade, { uniform: xoshiro128(2), paths: 4000, blockLength: 1 }))
    near(days.p05, -0.508, 0.02)
  })
})

test('a path that repeats one rise has no drawdown; the same seed gives the same distribution', () => {
  const rise = known(
    drawdownDistribution(new Float64Array(50).fill(0.01), { uniform: xoshiro128(1), paths: 50 }),
  )
  expect(rise.p01).toBe(0)
  const noise = normals(xoshiro128(9), 300).map((z) => 0.01 * z)
  const run = () => known(drawdownDistribution(noise, { uniform: xoshiro128(5), paths: 200 })).drawdowns
  expect(run()).toEqual(run())
})

test('missing, too few and impossible returns cannot be judged', () => {
  const uniform = xoshiro128(1)
  expect(drawdownDistribution(R10, { uniform }).kind).toBe('insufficient')
  expect(drawdownDistribution(new Float64Array(40).fill(Number.NaN), { uniform }).kind).toBe('insufficient')
  expect(drawdownDistribution(new Float64Array(40).fill(-1.5), { uniform }).kind).toBe('insufficient')
})
