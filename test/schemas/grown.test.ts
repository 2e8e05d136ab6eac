/** Columns of numbers that grow, and let their first numbers go. */
import { describe, expect, test } from 'vitest'
import { grown, slid } from '../../schemas/kernel/grown.ts'

describe('a column that lets its first numbers go', () => {
  test('has the others at its front, in their order', () => {
    const column = Float64Array.of(1, 2, 3, 4, 5, 0, 0)
    expect(Array.from(slid(column, 2, 5).subarray(0, 3))).toEqual([3, 4, 5])
  })

  test('is the same column, with room for what comes in', () => {
    const column = Int32Array.from({ length: 400 }, (_, i) => i)
    const kept = slid(column, 40, 360)
    expect(kept).toBe(column)
    expect(grown(kept, 360)).toBe(column)
  })

  test('gives room back that is more than what is left', () => {
    const column = Uint8Array.from({ length: 10_000 }, (_, i) => i % 251)
    const kept = slid(column, 9_900, 10_000)
    expect(kept.length).toBeLessThan(200)
    expect(kept.subarray(0, 100)).toEqual(column.subarray(9_900))
  })
})
