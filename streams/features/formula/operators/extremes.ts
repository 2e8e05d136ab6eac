/** Extremes over a window, and where they are. A missing value in the window makes the value missing. */
import type { Fill } from '../../along.ts'
import type { Operator } from '../expression.ts'
import { rolling } from './rolling.ts'
import { PLAIN } from './unit-rules.ts'

type Sign = 1 | -1

/** The place of the value that beats all others; the oldest of equals; -1 when one is missing. */
function placeOf(x: Float64Array, from: number, to: number, sign: Sign): number {
  let best = from
  for (let i = from; i < to; i++) {
    if (Number.isNaN(x[i])) return -1
    if (x[i] * sign > x[best] * sign) best = i
  }
  return best
}

/** What is said of a window whose extreme is in row `place`; `from` is its oldest row. */
type Said = (x: Float64Array, place: number, from: number) => number

const windowOf =
  (sign: Sign, said: Said) =>
  (x: Float64Array, from: number, to: number): number => {
    const place = placeOf(x, from, to, sign)
    return place < 0 ? Number.NaN : said(x, place, from)
  }

/** The rows that may still be an extreme stand in a queue, so that a window costs the same however long it is. */
const fillOf =
  (sign: Sign, said: Said, window: (x: Float64Array, from: number, to: number) => number): Fill =>
  ([x], out, { from, to }, [rows]) => {
    if (to - from < FEW) {
      for (let row = from; row < to; row++) out[row] = window(x, row + 1 - rows, row + 1)
      return
    }
    const queue = new Int32Array(to - from + rows)
    let [head, tail] = [0, 0]
    let lastMissing = -1
    for (let row = from + 1 - rows; row < to; row++) {
      const value = x[row] * sign
      if (!Number.isNaN(value)) {
        while (tail > head && x[queue[tail - 1]] * sign < value) tail--
        queue[tail++] = row
      } else lastMissing = row
      const first = row + 1 - rows
      while (tail > head && queue[head] < first) head++
      if (row >= from) out[row] = lastMissing >= first ? Number.NaN : said(x, queue[head], first)
    }
  }

/** For fewer rows than this a queue is not worth the start. */
const FEW = 8

const extreme = (sign: Sign, said: Said) => {
  const window = windowOf(sign, said)
  return { window, fill: fillOf(sign, said, window) }
}

const itself: Said = (x, place) => x[place]
/** As Qlib's IdxMax counts. */
const fromOldest: Said = (_, place, from) => place - from + 1

const PLACE = 'counted from 1 for the oldest row; of equals the oldest'

export const EXTREMES: readonly Operator[] = [
  ...rolling('ts_max', { formula: 'the greatest x', ...extreme(1, itself) }),
  ...rolling('ts_min', { formula: 'the least x', ...extreme(-1, itself) }),
  ...rolling('ts_argmax', {
    formula: `where the greatest x is, ${PLACE}`,
    unit: PLAIN,
    ...extreme(1, fromOldest),
  }),
  ...rolling('ts_argmin', {
    formula: `where the least x is, ${PLACE}`,
    unit: PLAIN,
    ...extreme(-1, fromOldest),
  }),
]
