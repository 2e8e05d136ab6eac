/** Operators on single rows back in an entity's history. */
import { alongEntity } from '../../along.ts'
import { alongTime } from '../../along-time.ts'
import type { Operator } from '../expression.ts'
import { SPAN, WINDOW, X } from '../parameter.ts'
import { FIRST } from './unit-rules.ts'

const both = (
  name: string,
  about: Operator['about'],
  shapes: readonly [rows: Operator['shape'], time: Operator['shape']],
) =>
  [WINDOW, SPAN].map(
    (window, place): Operator => ({
      name,
      takes: [X, window],
      isGrouped: false,
      takesGroups: name === 'delay',
      notation: null,
      shape: shapes[place],
      unit: FIRST,
      about,
    }),
  )

export const HISTORY: readonly Operator[] = [
  ...both(
    'delay',
    {
      formula: 'x, window rows before',
      window: 'the row that is window rows before its own; by time, the newest one at or before t - window',
      missing: 'missing where there is no such row; other rows are not looked at',
    },
    [
      alongEntity({
        holds: ([rows]) => [[rows, rows]],
        fill: ([x], out, { from, to }, [rows]) => {
          for (let row = from; row < to; row++) out[row] = x[row - rows]
        },
      }),
      alongTime('start', ([x], from) => x[from - 1]),
    ],
  ),
  ...both(
    'delta',
    {
      formula: 'x - delay(x, window)',
      window: 'its own row, and the one that delay reads',
      missing: 'missing where either is; other rows are not looked at',
    },
    [
      alongEntity({
        holds: ([rows]) => [
          [0, 0],
          [rows, rows],
        ],
        fill: ([x], out, { from, to }, [rows]) => {
          for (let row = from; row < to; row++) out[row] = x[row] - x[row - rows]
        },
      }),
      alongTime('start and own', ([x], from, to) => x[to - 1] - x[from - 1]),
    ],
  ),
]
