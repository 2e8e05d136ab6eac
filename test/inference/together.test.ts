/** Runs that requests share: who gets which scores, who is alone, and which models do not allow it. */
import { expect, test } from 'vitest'
import { measured } from '../../serving/inference/measured.ts'
import { together } from '../../serving/inference/together.ts'

const COLUMNS = 2
const sum = (row: Float64Array) => row.reduce((a, b) => a + b, 0)
const rowsOf = (features: Float64Array) =>
  Array.from({ length: features.length / COLUMNS }, (_, i) =>
    features.subarray(i * COLUMNS, (i + 1) * COLUMNS),
  )

function counted() {
  const runs: number[] = []
  const predict = async (features: Float64Array) => {
    runs.push(features.length / COLUMNS)
    return Float64Array.from(rowsOf(features), sum)
  }
  return { runs, predict }
}

test('what comes in one turn is one run, and each caller has the scores of his rows', async () => {
  const { runs, predict } = counted()
  const shared = together(predict, COLUMNS, 1_000)
  const asked = [
    [1, 2],
    [3, 4, 5, 6],
    [7, 8],
  ]
  const scores = await Promise.all(asked.map((features) => shared(Float64Array.from(features))))
  expect(scores.map((one) => [...one])).toEqual([[3], [7, 11], [15]])
  expect(runs).toEqual([4])
  expect([...(await shared(Float64Array.of(1, 1)))]).toEqual([2])
  expect(runs).toEqual([4, 1])
})

test('no run has more values than it may, and who brings many runs alone', async () => {
  const { runs, predict } = counted()
  const shared = together(predict, COLUMNS, 6)
  await Promise.all([2, 2, 2, 6, 2].map((length) => shared(new Float64Array(length))))
  expect(runs.toSorted()).toEqual([1, 3, 3])
})

test('who shares a run that fails is told so', async () => {
  const shared = together(async () => Promise.reject(new Error('broken')), COLUMNS, 100)
  const told = await Promise.allSettled([shared(new Float64Array(2)), shared(new Float64Array(2))])
  expect(told.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
})

test('a model whose last bits depend on the rows beside them is found out', async () => {
  const of = (sums: (row: Float64Array, place: number, rows: number) => number) =>
    measured(async (features) => {
      const rows = features.length / 3
      return Float64Array.from({ length: rows }, (_, i) => sums(features.subarray(3 * i, 3 * i + 3), i, rows))
    }, 3)
  expect(await of(sum)).toMatchObject({ isRowwise: true })
  // Blocks of four rows are summed from the other end, as kernels may.
  const blocked = await of((row, i, rows) => sum(i < rows - (rows % 4) ? row.toReversed() : row))
  expect(blocked).toMatchObject({ isRowwise: false })
})
