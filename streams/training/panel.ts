/** Rows of a table as a panel: a line for each day and in it a place for each entity. */
import type { Rows } from '../../schemas/rows.ts'
import { pick } from './sample.ts'

/** Some rows of a table, the day of each, and the moment (`knownAt`) of each day, ascending. */
export type Grid = Readonly<{ rows: Uint32Array; day: Uint32Array; moments: Float64Array }>

export function gridOf(table: Rows, rows: Uint32Array): Grid {
  const moments = Float64Array.from(new Set(pick(table.knownAt, rows))).sort()
  const dayOf = new Map(Array.from(moments, (moment, day) => [moment, day]))
  return { rows, day: Uint32Array.from(rows, (row) => dayOf.get(table.knownAt[row]) ?? 0), moments }
}

/** One array a day, NaN for an entity without a row; `values` are one for each row of the grid. */
export function panelOf(table: Rows, grid: Grid, values: Float64Array): readonly Float64Array[] {
  const width = table.entities.length
  const panel = Array.from(grid.moments, () => new Float64Array(width).fill(Number.NaN))
  for (let at = 0; at < values.length; at++) panel[grid.day[at]][table.entity[grid.rows[at]]] = values[at]
  return panel
}
