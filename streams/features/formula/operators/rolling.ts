/** Makes operators over the last rows of an entity's history, by rows and by time, from a function of a window. */
import { alongEntity, type Fill } from '../../along.ts'
import { alongTime } from '../../along-time.ts'
import type { Operator, Parameter, UnitRule } from '../expression.ts'
import { SPAN, WINDOW, X, Y } from '../parameter.ts'
import { FIRST } from './unit-rules.ts'

/** A window is `x[from]` (the oldest) to `x[to - 1]` (the row itself). `y` is the second input, `numbers` what was written out. */
export type Window = (
  x: Float64Array,
  from: number,
  to: number,
  y: Float64Array,
  numbers: readonly number[],
) => number

type Of = Readonly<{
  inputs?: 1 | 2
  /** Numbers that follow the window. */
  more?: readonly Parameter[]
  formula: string
  missing?: string
  unit?: UnitRule
  window: Window
  /** The same for many rows at once; it must give the same bits. */
  fill?: Fill
}>

const EACH = 'missing where a row of the window is missing'

/** One operator with a window of rows, and one of time, under one name. */
export const rolling = (name: string, of: Of): readonly Operator[] => {
  const { inputs = 1, more = [], formula, missing = EACH, unit = FIRST, window } = of
  const series = inputs === 2 ? [X, Y] : [X]
  const about = {
    formula,
    window: 'the last window rows, its own among them; by time, those after t - window',
    missing,
  }
  const fill: Fill =
    of.fill ??
    (([x, y = x], out, { from, to }, numbers) => {
      const rows = numbers[0]
      for (let row = from; row < to; row++) out[row] = window(x, row + 1 - rows, row + 1, y, numbers)
    })
  const rest = { name, isGrouped: false, notation: null, unit, about }
  return [
    {
      ...rest,
      takes: [...series, WINDOW, ...more],
      shape: alongEntity({ holds: ([rows]) => [[0, rows - 1]], fill }),
    },
    {
      ...rest,
      takes: [...series, SPAN, ...more],
      shape: alongTime('window', ([x, y = x], from, to, numbers) => window(x, from, to, y, numbers)),
    },
  ]
}
