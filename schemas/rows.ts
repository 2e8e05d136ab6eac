/** A table of facts about entities, in columns. It is what a chunk holds and what features are computed from. */

/**
 * Rows of facts. `entity`, `eventTime`, `knownAt` and each column have `length` entries; times are microseconds. A value
 * that is missing is NaN in memory and null in Arrow.
 */
export type Rows = Readonly<{
  length: number
  /** The names of the entities, each once, in code-unit order. */
  entities: readonly string[]
  /** For each row, the place of its entity in `entities`. */
  entity: Uint32Array
  eventTime: Float64Array
  knownAt: Float64Array
  columns: readonly Column[]
}>

/** The greatest number of rows in one chunk. */
export const SLICE_ROWS = 262_144
/** The greatest number of values in one chunk of a file that arrived, so that a wide table takes no more memory than a narrow one. */
const SLICE_VALUES = 2 ** 20

/** How many rows of so many columns are in one chunk of a file. */
export const sliceRowsOf = (columns: number): number =>
  Math.max(1, Math.min(SLICE_ROWS, Math.floor(SLICE_VALUES / (columns + 2))))

export type Column = Readonly<{ name: string; values: Float64Array }>

/** The values of a column by its name, or undefined. */
export const columnOf = (rows: Rows, name: string): Float64Array | undefined =>
  rows.columns.find((column) => column.name === name)?.values

/** The rows `from` to `to` (exclusive), sharing memory with the whole. */
export const sliceRows = (rows: Rows, from: number, to: number): Rows => ({
  length: Math.min(to, rows.length) - from,
  entities: rows.entities,
  entity: rows.entity.subarray(from, to),
  eventTime: rows.eventTime.subarray(from, to),
  knownAt: rows.knownAt.subarray(from, to),
  columns: rows.columns.map(({ name, values }) => ({ name, values: values.subarray(from, to) })),
})

/** Some rows of a table, in their order; the table itself where they are all of them. */
export function rowsWhere(rows: Rows, isWanted: (row: number) => boolean): Rows {
  const which = new Uint32Array(rows.length)
  let length = 0
  for (let row = 0; row < rows.length; row++) if (isWanted(row)) which[length++] = row
  return length === rows.length ? rows : rowsAt(rows, which.subarray(0, length))
}

/** The rows of these numbers, in their order. */
export function rowsAt(rows: Rows, which: Uint32Array): Rows {
  const { length } = which
  const picked = <T extends Float64Array | Uint32Array>(values: T): T => {
    const some = new (values.constructor as new (length: number) => T)(length)
    for (let i = 0; i < length; i++) some[i] = values[which[i]]
    return some
  }
  return {
    length,
    entities: rows.entities,
    entity: picked(rows.entity),
    eventTime: picked(rows.eventTime),
    knownAt: picked(rows.knownAt),
    columns: rows.columns.map(({ name, values }) => ({ name, values: picked(values) })),
  }
}

/** Tables with the same columns as one, one after the other. */
export function joinRows(tables: readonly Rows[]): Rows {
  const [first] = tables
  if (first !== undefined && tables.length === 1) return first
  const entities = [...new Set(tables.flatMap((rows) => rows.entities))].sort()
  const placeOf = new Map(entities.map((entity, place) => [entity, place]))
  const length = tables.reduce((sum, rows) => sum + rows.length, 0)
  const entity = new Uint32Array(length)
  let at = 0
  for (const rows of tables) {
    const places = rows.entities.map((name) => placeOf.get(name) ?? 0)
    for (let row = 0; row < rows.length; row++) entity[at++] = places[rows.entity[row]]
  }
  const joined = (pick: (rows: Rows) => Float64Array): Float64Array => {
    const whole = new Float64Array(length)
    let from = 0
    for (const rows of tables) {
      whole.set(pick(rows), from)
      from += rows.length
    }
    return whole
  }
  const columns = (first?.columns ?? []).map(({ name }, c) => ({
    name,
    values: joined((rows) => rows.columns[c].values),
  }))
  return {
    length,
    entities,
    entity,
    eventTime: joined((rows) => rows.eventTime),
    knownAt: joined((rows) => rows.knownAt),
    columns,
  }
}
