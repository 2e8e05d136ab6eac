/** Makes operators over the last rows of an entity's history from a function of a window. */
import { alongEntity } from '../../along.ts'
import type { Operator } from '../expression.ts'
import { WINDOW, X, Y } from '../parameter.ts'

/** A window is `x[from]` (the oldest) to `x[to - 1]` (the row itself). */
type Window1 = (x: Float64Array, from: number, to: number) => number
type Window2 = (x: Float64Array, y: Float64Array, span: Readonly<{ from: number; to: number }>) => number

export const rolling = (name: string, window: Window1): Operator => ({
  name,
  takes: [X, WINDOW],
  notation: null,
  shape: alongEntity({
    holds: ([rows]) => [[0, rows - 1]],
    cell: ([x], row, [rows]) => window(x, row + 1 - rows, row + 1),
  }),
})

export const rolling2 = (name: string, window: Window2): Operator => ({
  name,
  takes: [X, Y, WINDOW],
  notation: null,
  shape: alongEntity({
    holds: ([rows]) => [[0, rows - 1]],
    cell: ([x, y], row, [rows]) => window(x, y, { from: row + 1 - rows, to: row + 1 }),
  }),
})
