/** Rows of a training set as a panel: a line for each session and in it a place for each entity. */
import type { Rows } from '../../schemas/rows.ts'
import { linesOf } from '../portfolio/lines.ts'
import { column, SESSION } from './sample.ts'

/** Some rows of a table, the place of each one's session, and the sessions: ascending, with their decision moments. */
export type Grid = Readonly<{
  rows: Uint32Array
  day: Uint32Array
  sessions: Float64Array
  moments: Float64Array
}>

export function gridOf(table: Rows, rows: Uint32Array): Grid {
  const all = column(table, SESSION)
  // Rows of one session stand together.
  const begins = (at: number): boolean => at === 0 || all[rows[at]] !== all[rows[at - 1]]
  const found = new Set<number>()
  for (let at = 0; at < rows.length; at++) if (begins(at)) found.add(all[rows[at]])
  const sessions = Float64Array.from(found).sort()
  const dayOf = new Map(Array.from(sessions, (session, day) => [session, day]))
  const day = new Uint32Array(rows.length)
  const moments = new Float64Array(sessions.length)
  for (let at = 0; at < rows.length; at++) {
    day[at] = begins(at) ? (dayOf.get(all[rows[at]]) ?? 0) : day[at - 1]
    moments[day[at]] = table.knownAt[rows[at]]
  }
  return { rows, day, sessions, moments }
}

/** One array a session, NaN for an entity without a row; `values` are one for each row of the grid. */
export function panelOf(table: Rows, grid: Grid, values: Float64Array): readonly Float64Array[] {
  const width = table.entities.length
  const cells = new Float64Array(width * grid.sessions.length).fill(Number.NaN)
  for (let at = 0; at < values.length; at++)
    cells[grid.day[at] * width + table.entity[grid.rows[at]]] = values[at]
  return linesOf(cells, grid.sessions.length)
}

/** Calendar days from each session to the one before it; the first has none before it and counts 0. */
export const daysBetween = ({ sessions }: Pick<Grid, 'sessions'>): Float64Array =>
  sessions.map((session, day) => (day === 0 ? 0 : session - sessions[day - 1]))
