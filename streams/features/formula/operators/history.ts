/** Operators on single rows back in an entity's history. */
import { alongEntity } from '../../along.ts'
import type { Operator } from '../expression.ts'
import { WINDOW, X } from '../parameter.ts'

export const HISTORY: readonly Operator[] = [
  {
    name: 'delay',
    takes: [X, WINDOW],
    notation: null,
    shape: alongEntity({
      holds: ([rows]) => [[rows, rows]],
      cell: ([x], row, [rows]) => x[row - rows],
    }),
  },
  {
    name: 'delta',
    takes: [X, WINDOW],
    notation: null,
    shape: alongEntity({
      holds: ([rows]) => [
        [0, 0],
        [rows, rows],
      ],
      cell: ([x], row, [rows]) => x[row] - x[row - rows],
    }),
  },
]
