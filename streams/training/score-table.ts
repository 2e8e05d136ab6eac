/** Held-out scores as they are stored: what the training set says of names and times is not said again for each of many. */
import { columnOf, type Rows, SLICE_ROWS } from '../../schemas/rows.ts'
import type { Layout } from './held-out.ts'
import { panelOf } from './panel.ts'
import { pick } from './sample.ts'

const SCORE = 'score'
/** Bytes of a score in a table: itself, a name's place and two times. */
const [BYTES_ALONE, BYTES_IN_TABLE] = [8, 28]

const columnName = (entity: string): string => `${SCORE} ${entity}`

/**
 * Up to `tableRows` scores are a table, a row for each tested row. More of them are a panel where that is smaller: a row for each
 * session, when it was decided, and a column for each name, NaN where it was not scored.
 * @param scores one for each tested row of the layout
 */
export function scoreTable(rows: Rows, layout: Layout, scores: Float64Array, tableRows = SLICE_ROWS): Rows {
  const { rows: tested, moments } = layout
  const cells = moments.length * rows.entities.length
  if (tested.length <= tableRows || cells * BYTES_ALONE >= tested.length * BYTES_IN_TABLE)
    return {
      length: tested.length,
      entities: rows.entities,
      entity: tested.map((row) => rows.entity[row]),
      eventTime: pick(rows.eventTime, tested),
      knownAt: pick(rows.knownAt, tested),
      columns: [{ name: SCORE, values: scores }],
    }
  const panel = panelOf(rows, layout, scores)
  return {
    length: moments.length,
    entities: ['sessions'],
    entity: new Uint32Array(moments.length),
    eventTime: moments,
    knownAt: moments,
    columns: rows.entities.map((entity, place) => ({
      name: columnName(entity),
      values: Float64Array.from(panel, (session) => session[place]),
    })),
  }
}

/**
 * Scores that were stored, as a panel: an array for each session of the layout, and in it a place for each name.
 * @returns null where they do not cover the tests of the training set
 */
export function scorePanel(rows: Rows, layout: Layout, stored: Rows): readonly Float64Array[] | null {
  const values = columnOf(stored, SCORE)
  if (values !== undefined) {
    const tested = pick(rows.knownAt, layout.rows)
    return same(stored.knownAt, tested) ? panelOf(rows, layout, values) : null
  }
  if (!same(stored.knownAt, layout.moments)) return null
  const named = new Map(stored.columns.map(({ name, values }) => [name, values]))
  const columns = rows.entities.map((entity) => named.get(columnName(entity)))
  const panel = Array.from(layout.moments, () => new Float64Array(columns.length))
  for (const [place, column] of columns.entries()) {
    if (column === undefined) return null
    for (const [session, scores] of panel.entries()) scores[place] = column[session]
  }
  return panel
}

const same = (a: Float64Array, b: Float64Array): boolean =>
  a.length === b.length && a.every((value, at) => value === b[at])
