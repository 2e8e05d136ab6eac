/** Linear models from sums that can be added and taken away: many fits on parts of one table cost about as much as one. */

import type { LinearModel } from '../inference/linear-file.ts'
import type { Design } from './centred.ts'
import type { Solver } from './linear.ts'

/** Where the sums are measured from: near the means, so that sums of squares keep their digits. */
type Origin = Readonly<{ x: Float64Array; y: number }>

/** Over some rows, of u = x − origin and v = y − origin: how many, Σ u, Σ v, Σ u v, and the upper half of Σ u uᵀ. */
export type RowSums = { rows: number; x: Float64Array; y: number; xy: Float64Array; xx: Float64Array }

/** The means of the given rows. */
export function originOf({ x, y, columns }: Design, rows: ArrayLike<number>): Origin {
  const origin = new Float64Array(columns)
  let meanY = 0
  for (let i = 0; i < rows.length; i++) {
    for (let c = 0; c < columns; c++) origin[c] += x[rows[i] * columns + c] / rows.length
    meanY += y[rows[i]] / rows.length
  }
  return { x: origin, y: meanY }
}

export const noRows = (columns: number): RowSums => ({
  rows: 0,
  x: new Float64Array(columns),
  y: 0,
  xy: new Float64Array(columns),
  xx: new Float64Array(columns * columns),
})

/** Adds the given rows of a design. */
export function addRows(
  sums: RowSums,
  { x, y, columns }: Design,
  { rows, origin }: Readonly<{ rows: ArrayLike<number>; origin: Origin }>,
): void {
  const u = new Float64Array(columns)
  for (let i = 0; i < rows.length; i++) {
    const at = rows[i] * columns
    const v = y[rows[i]] - origin.y
    for (let c = 0; c < columns; c++) u[c] = x[at + c] - origin.x[c]
    for (let c = 0; c < columns; c++) {
      sums.x[c] += u[c]
      sums.xy[c] += u[c] * v
      for (let k = c; k < columns; k++) sums.xx[c * columns + k] += u[c] * u[k]
    }
    sums.y += v
  }
  sums.rows += rows.length
}

/** Adds `other` so many times: 1 to take it in, −1 to take it away. */
export function addSums(sums: RowSums, other: RowSums, times: 1 | -1): void {
  sums.rows += times * other.rows
  sums.y += times * other.y
  for (let c = 0; c < sums.x.length; c++) {
    sums.x[c] += times * other.x[c]
    sums.xy[c] += times * other.xy[c]
  }
  for (let k = 0; k < sums.xx.length; k++) sums.xx[k] += times * other.xx[k]
}

/** The same model as a fit on those rows by themselves, but for rounding. */
export function solveSums({ rows, x, y, xy, xx }: RowSums, origin: Origin, solve: Solver): LinearModel {
  const columns = x.length
  const gram = new Float64Array(columns * columns)
  for (let c = 0; c < columns; c++)
    for (let k = c; k < columns; k++) gram[c * columns + k] = xx[c * columns + k] - (x[c] * x[k]) / rows
  return solve({
    ...{ rows, gram },
    moment: xy.map((value, c) => value - (x[c] * y) / rows),
    meanX: origin.x.map((value, c) => value + x[c] / rows),
    meanY: origin.y + y / rows,
  })
}
