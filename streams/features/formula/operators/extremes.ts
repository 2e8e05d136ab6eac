/** Extremes and ranks over a window. A missing value in the window makes the value missing. */
import type { Operator } from '../expression.ts'
import { rolling } from './rolling.ts'

/** The place of the value that beats all others; the oldest of equals; -1 when one is missing. */
function placeOf(x: Float64Array, from: number, to: number, sign: 1 | -1): number {
  let best = from
  for (let i = from; i < to; i++) {
    if (Number.isNaN(x[i])) return -1
    if (x[i] * sign > x[best] * sign) best = i
  }
  return best
}

const extreme =
  (sign: 1 | -1) =>
  (x: Float64Array, from: number, to: number): number =>
    x[placeOf(x, from, to, sign)]

/** Counted from 1 for the oldest row, as Qlib's IdxMax does. */
const extremePlace =
  (sign: 1 | -1) =>
  (x: Float64Array, from: number, to: number): number => {
    const place = placeOf(x, from, to, sign)
    return place < 0 ? Number.NaN : place - from + 1
  }

export const EXTREMES: readonly Operator[] = [
  rolling('ts_max', extreme(1)),
  rolling('ts_min', extreme(-1)),
  rolling('ts_argmax', extremePlace(1)),
  rolling('ts_argmin', extremePlace(-1)),
  rolling('ts_rank', (x, from, to) => {
    const last = x[to - 1]
    let less = 0
    let equal = 0
    for (let i = from; i < to; i++) {
      if (Number.isNaN(x[i])) return Number.NaN
      if (x[i] < last) less++
      else if (x[i] === last) equal++
    }
    return (less + (equal + 1) / 2) / (to - from)
  }),
]
