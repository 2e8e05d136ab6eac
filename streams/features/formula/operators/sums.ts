/**
 * Sums over windows, each made anew and from left to right, so that a value depends on its window alone. Four windows that end one row
 * after the other are added up side by side: each has its own sum in its own order, and none waits for another.
 */
import type { Fill } from '../../along.ts'

export function sum(x: Float64Array, from: number, to: number): number {
  let total = 0
  for (let i = from; i < to; i++) total += x[i]
  return total
}

/** A window's mean, as its first value and the mean of what the values exceed it by. */
export function centreOf(x: Float64Array, from: number, to: number): number {
  const first = x[from]
  let total = 0
  for (let i = from; i < to; i++) total += x[i] - first
  return first + total / (to - from)
}

/** The sum of the squares of what values exceed a centre by. */
export function squares(x: Float64Array, from: number, to: number, centre: number): number {
  let total = 0
  for (let i = from; i < to; i++) {
    const deviation = x[i] - centre
    total += deviation * deviation
  }
  return total
}

/** `of(total, rows)` of the sum of each window. */
export const fillSums =
  (of: (total: number, rows: number) => number): Fill =>
  (inputs, out, { from, to }, numbers) => {
    const x = inputs[0]
    const rows = numbers[0]
    let row = from
    for (; row + 4 <= to; row += 4) {
      const first = row + 1 - rows
      let a = 0
      let b = 0
      let c = 0
      let d = 0
      for (let i = first; i <= row; i++) {
        a += x[i]
        b += x[i + 1]
        c += x[i + 2]
        d += x[i + 3]
      }
      out[row] = of(a, rows)
      out[row + 1] = of(b, rows)
      out[row + 2] = of(c, rows)
      out[row + 3] = of(d, rows)
    }
    for (; row < to; row++) out[row] = of(sum(x, row + 1 - rows, row + 1), rows)
  }

/** The centre of each window; see `centreOf`. */
export function fillCentres(
  x: Float64Array,
  out: Float64Array,
  { from, to }: Parameters<Fill>[2],
  rows: number,
): void {
  let row = from
  for (; row + 4 <= to; row += 4) {
    const first = row + 1 - rows
    const w = x[first]
    const y = x[first + 1]
    const z = x[first + 2]
    const v = x[first + 3]
    let a = 0
    let b = 0
    let c = 0
    let d = 0
    for (let i = first; i <= row; i++) {
      a += x[i] - w
      b += x[i + 1] - y
      c += x[i + 2] - z
      d += x[i + 3] - v
    }
    out[row] = w + a / rows
    out[row + 1] = y + b / rows
    out[row + 2] = z + c / rows
    out[row + 3] = v + d / rows
  }
  for (; row < to; row++) out[row] = centreOf(x, row + 1 - rows, row + 1)
}

/** The squares of each window about its centre, which `out` holds before. */
export function fillSquares(
  x: Float64Array,
  out: Float64Array,
  { from, to }: Parameters<Fill>[2],
  rows: number,
): void {
  let row = from
  for (; row + 4 <= to; row += 4) {
    const w = out[row]
    const y = out[row + 1]
    const z = out[row + 2]
    const v = out[row + 3]
    let a = 0
    let b = 0
    let c = 0
    let d = 0
    for (let i = row + 1 - rows; i <= row; i++) {
      const p = x[i] - w
      const q = x[i + 1] - y
      const r = x[i + 2] - z
      const s = x[i + 3] - v
      a += p * p
      b += q * q
      c += r * r
      d += s * s
    }
    out[row] = a
    out[row + 1] = b
    out[row + 2] = c
    out[row + 3] = d
  }
  for (; row < to; row++) out[row] = squares(x, row + 1 - rows, row + 1, out[row])
}
