/** A file comes over in slices of a bounded size, however wide it is. */
import { expect, test } from 'vitest'
import { SLICE_ROWS, sliceRowsOf } from '../../schemas/rows.ts'

const MEBIBYTES = 2 ** 20

test('a slice has at most its rows, and at most 8 MiB of values', () => {
  for (const columns of [1, 2, 5, 30, 500, 5_000]) {
    const rows = sliceRowsOf(columns)
    expect(rows).toBeLessThanOrEqual(SLICE_ROWS)
    expect(rows * (columns + 2) * 8, `${columns} columns`).toBeLessThanOrEqual(8 * MEBIBYTES)
  }
  expect(sliceRowsOf(1)).toBe(SLICE_ROWS)
  expect(sliceRowsOf(10_000_000)).toBe(1)
})
