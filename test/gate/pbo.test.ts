/** Backtest overfitting on worked examples. */
import { describe, expect, test } from 'vitest'
import { backtestOverfitting } from '../../commands/gate/pbo.ts'
import { minstd, normals, xoshiro128 } from '../../streams/statistics/random.ts'
import { known } from '../support/known.ts'
import { nearRelative } from '../support/near.ts'

/** Columns of a table that is written by rows. */
const columnsOf = (values: ArrayLike<number>, width: number): Float64Array[] =>
  Array.from({ length: width }, (_, k) =>
    Float64Array.from({ length: values.length / width }, (__, row) => values[row * width + k]),
  )

// Eight rows of three strategies, worked by hand with numpy.
const TOY = columnsOf(
  [
    [0.02, -0.01, 0],
    [0.01, -0.02, 0.01],
    [-0.01, 0.02, 0],
    [-0.02, 0.01, 0.01],
    [0.03, 0, -0.01],
    [0.02, 0.01, 0],
    [-0.01, -0.01, 0.02],
    [-0.03, 0, 0.01],
  ].flat(),
  3,
)

describe('eight rows, three strategies, four blocks', () => {
  const pbo = known(backtestOverfitting(TOY, { blocks: 4, minimumRows: 8 }))

  test('choices, ratios and ranks of the six splits', () => {
    expect([...pbo.chosen]).toEqual([2, 0, 2, 1, 2, 2])
    const inSample = [
      0.8660254037844386, 2.4494897427831783, 1.224744871391589, 0.3872983346207417, 1.224744871391589,
      1.224744871391589,
    ]
    const sorted = (values: Iterable<number>) => [...values].sort((a, b) => a - b)
    for (const [i, value] of sorted(pbo.inSample).entries()) nearRelative(value, sorted(inSample)[i], 1e-12)
    const ranks = [...pbo.logits].map((logit) => Math.round(4 / (1 + Math.exp(-logit))))
    expect(ranks).toEqual([3, 1, 1, 1, 2, 3])
  })

  test('the middle of three is a logit of 0 and counts: 4/6 (rank/N would give 3/6)', () => {
    expect(pbo.probability).toBe(4 / 6)
    expect(pbo.lossProbability).toBe(2 / 6)
    nearRelative(pbo.degradation.slope, -1.3280706206178987)
    nearRelative(pbo.degradation.intercept, 1.3330007203026262)
    nearRelative(pbo.meanLogit, -0.18310204811135164)
  })
})

describe('noise: 160 rows of ten, minstd seed 7', () => {
  const noise = columnsOf(
    normals(minstd(7), 1600).map((z) => z * 0.01),
    10,
  )

  test('the best of noise is overfit', () => {
    const eight = known(backtestOverfitting(noise, { blocks: 8 }))
    nearRelative(eight.probability, 0.7428571428571429)
    nearRelative(eight.lossProbability, 0.6857142857142857)
    nearRelative(eight.degradation.slope, -0.5766035771423885)
    const sixteen = known(backtestOverfitting(noise))
    nearRelative(sixteen.probability, 0.8787101787101788)
    expect(sixteen.splits).toBe(12_870)
  })

  test('one strategy with skill is chosen and stays the best', () => {
    const skilled = noise.map((column, k) => (k === 0 ? column.map((r) => r + 0.004) : column))
    const pbo = known(backtestOverfitting(skilled, { blocks: 8 }))
    nearRelative(pbo.probability, 0.014285714285714285)
    nearRelative(pbo.meanLogit, 2.2367969474799287)
  })

  test('great skill dominates the average strategy; noise does not', () => {
    const great = noise.map((column, k) => (k === 0 ? column.map((r) => r + 0.01) : column))
    expect(known(backtestOverfitting(great, { blocks: 8 })).dominance).toEqual({ first: true, second: true })
    expect(known(backtestOverfitting(noise, { blocks: 8 })).dominance.first).toBe(false)
  })

  test('rows that do not fill a block are dropped from the start', () => {
    const longer = noise.map((column) => Float64Array.of(9, -9, 9, ...column))
    const pbo = known(backtestOverfitting(longer, { blocks: 8 }))
    expect(pbo.rowsDropped).toBe(3)
    nearRelative(pbo.degradation.slope, -0.5766035771423885)
  })

  test('a constant is left out and named; a copy is a tie that goes to the lower place', () => {
    const constant = known(backtestOverfitting([new Float64Array(160).fill(0.001), ...noise], { blocks: 8 }))
    expect(constant.excluded).toEqual([0])
    expect(constant.chosen).not.toContain(0)
    nearRelative(constant.probability, 0.7428571428571429)
    const copied = known(backtestOverfitting([...noise, noise[0]], { blocks: 8 }))
    expect(copied.chosen).not.toContain(10)
    const ofFirst = [...copied.chosen].filter((place) => place === 0).length
    expect(ofFirst).toBeGreaterThan(0)
    expect(copied.ties).toBe(ofFirst)
  })
})

test('a strategy that stood still for half of history ranks below all others there, with no ratio of 1e15', () => {
  const idle = normals(xoshiro128(4), 160).map((z, i) => (i < 80 ? 0.001 : 0.01 * z))
  const others = [5, 6, 7].map((seed) => normals(xoshiro128(seed), 160).map((z) => 0.01 * z))
  const pbo = known(backtestOverfitting([idle, ...others], { blocks: 4 }))
  expect(Math.max(...pbo.inSample)).toBeLessThan(2)
  expect(pbo.chosen[0]).not.toBe(0)
})

test('a missing value, one strategy and a short history cannot be judged', () => {
  const column = normals(xoshiro128(1), 200)
  const missing = column.map((x, i) => (i === 5 ? Number.NaN : x))
  expect(backtestOverfitting([column, missing]).kind).toBe('insufficient')
  expect(backtestOverfitting([column]).kind).toBe('insufficient')
  expect(backtestOverfitting([column.subarray(0, 20), column.subarray(20, 40)]).kind).toBe('insufficient')
  expect(backtestOverfitting([column, column.subarray(1)]).kind).toBe('insufficient')
})
