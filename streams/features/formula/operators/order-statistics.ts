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

/** Brings values into an order in which place `k` has the value that it has when all are sorted, the lesser before and the greater after. */
function select(x: Float64Array, length: number, k: number): void {
  let [low, high] = [0, length - 1]
  while (low < high) {
    const pivot = x[(low + high) >>> 1]
    let [i, j] = [low, high]
    while (i <= j) {
      while (x[i] < pivot) i++
      while (x[j] > pivot) j--
      if (i > j) break
      const swapped = x[i]
      x[i++] = x[j]
      x[j--] = swapped
    }
    if (k <= j) high = j
    else if (k >= i) low = i
    else return
  }
}

let scratch = new Float64Array(64)

/** The same of one window. */
function quantileIn(x: Float64Array, from: number, to: number, q: number): number {
  const rows = to - from
  if (scratch.length < rows) scratch = new Float64Array(2 * rows)
  for (let i = 0; i < rows; i++) {
    const value = x[from + i]
    if (Number.isNaN(value)) return Number.NaN
    scratch[i] = value
  }
  const place = q * (rows - 1)
  const below = Math.floor(place)
  select(scratch, rows, below)
  let next = below + 1 < rows ? scratch[below + 1] : scratch[below]
  for (let i = below + 2; i < rows; i++) if (scratch[i] < next) next = scratch[i]
  return scratch[below] + (next - scratch[below]) * (place - below)
}

const quantileWindow =
  (q: number | null): Window =>
  (x, from, to, _, [, given]) =>
    quantileIn(x, from, to, q ?? given)

/** Keeps one window sorted while it moves: which values it holds decides, not how it came there. */
const fillQuantiles =
  (q: number | null): Fill =>
  ([x], out, { from, to }, [rows, given]) => {
    if (to - from < rows / 4) {
      for (let row = from; row < to; row++) out[row] = quantileIn(x, row + 1 - rows, row + 1, q ?? given)
      return
    }
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
