/** Ranks, quantiles and counts over a window. */
import { firstAtLeast } from '../../../../schemas/kernel/search.ts'
import type { Fill } from '../../along.ts'
import type { Operator } from '../expression.ts'
import { scalar } from '../parameter.ts'
import { rolling, type Window } from './rolling.ts'
import { PLAIN } from './unit-rules.ts'

/** Between the two values around the place `q (n - 1)` of the sorted ones, in proportion. */
function quantileOf(sorted: Float64Array, rows: number, q: number): number {
  const place = q * (rows - 1)
  const below = Math.floor(place)
  const above = Math.min(below + 1, rows - 1)
  return sorted[below] + (sorted[above] - sorted[below]) * (place - below)
}

const quantileWindow =
  (q: number | null): Window =>
  (x, from, to, _, [, given]) => {
    const sorted = x.slice(from, to).sort()
    // Missing values sort to the end.
    return Number.isNaN(sorted[to - from - 1]) ? Number.NaN : quantileOf(sorted, to - from, q ?? given)
  }

/** Keeps one window sorted while it moves: which values it holds decides, not how it came there. */
const fillQuantiles =
  (q: number | null): Fill =>
  ([x], out, { from, to }, [rows, given]) => {
    const sorted = new Float64Array(rows)
    let length = 0
    for (let row = from + 1 - rows; row < to; row++) {
      const gone = row - rows
      if (gone >= from + 1 - rows && !Number.isNaN(x[gone])) {
        const at = firstAtLeast(sorted, x[gone], length)
        sorted.copyWithin(at, at + 1, length--)
      }
      if (!Number.isNaN(x[row])) {
        const at = firstAtLeast(sorted, x[row], length)
        sorted.copyWithin(at + 1, at, length++)
        sorted[at] = x[row]
      }
      if (row >= from) out[row] = length < rows ? Number.NaN : quantileOf(sorted, rows, q ?? given)
    }
  }

const quantile = (q: number | null) => ({ window: quantileWindow(q), fill: fillQuantiles(q) })

const Q = scalar('q', { wants: 'a number from 0 to 1', isIn: (value) => value >= 0 && value <= 1 })

export const ORDER_STATISTICS: readonly Operator[] = [
  ...rolling('ts_rank', {
    formula: 'the rank of the newest x among all, from 1, ties averaged, divided by n',
    unit: PLAIN,
    window: (x, from, to) => {
      const last = x[to - 1]
      let less = 0
      let equal = 0
      let more = 0
      for (let i = from; i < to; i++) {
        less += x[i] < last ? 1 : 0
        equal += x[i] === last ? 1 : 0
        more += x[i] > last ? 1 : 0
      }
      const rows = to - from
      return less + equal + more < rows ? Number.NaN : (less + (equal + 1) / 2) / rows
    },
  }),
  ...rolling('ts_quantile', {
    more: [Q],
    formula: 'the value at place q (n - 1) of the sorted ones, from 0, in proportion between its neighbors',
    ...quantile(null),
  }),
  ...rolling('ts_median', { formula: 'ts_quantile(x, window, 0.5)', ...quantile(0.5) }),
  ...rolling('ts_count', {
    formula: 'how many x are not missing',
    missing: 'missing values are what it does not count',
    unit: PLAIN,
    window: (x, from, to) => {
      let present = 0
      for (let i = from; i < to; i++) if (!Number.isNaN(x[i])) present++
      return present
    },
  }),
]
