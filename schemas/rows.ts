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
  /** 1 where the row is taken back: from its `knownAt` on there is no such row. Left out where no row is. */
  withdrawn?: Uint8Array
}>

/** The greatest number of rows in one chunk. */
export const SLICE_ROWS = 262_144
/** The greatest number of values in one chunk of a file that arrived, so that a wide table takes no more memory than a narrow one. */
const SLICE_VALUES = 2 ** 20

/** How many rows of so many columns are in one chunk of a file. */
export const sliceRowsOf = (columns: number): number =>
  Math.max(1, Math.min(SLICE_ROWS, Math.floor(SLICE_VALUES / (columns + 2))))

/** What a column holds that is no double: how a chunk stores it, and what `values` has in its place. */
export type ColumnKind = 'int64' | 'bool' | 'date' | 'category' | 'string'

/**
 * A column as formulas see it: doubles. An int64 is the nearest one, true is 1, a date counts days since 1970-01-01, a category and a
 * string are codes (`textCode`).
 */
export type Column = Readonly<{
  name: string
  values: Float64Array
  /** Left out for doubles. */
  kind?: ColumnKind
  /** The exact integers, where a double is not one of them; a missing one is 0 here and NaN in `values`. */
  integers?: BigInt64Array
  /** What the codes stand for; there may be more texts than the rows have. */
  texts?: ReadonlyMap<number, string>
}>

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
  columns: rows.columns.map((column) => withCells(column, (cells) => cells.subarray(from, to))),
  ...(rows.withdrawn && { withdrawn: rows.withdrawn.subarray(from, to) }),
})

type Cells = Float64Array | BigInt64Array

/** A column of the same kind with other cells of it. */
const withCells = ({ values, integers, ...column }: Column, cells: (of: Cells) => Cells): Column => ({
  ...column,
  values: cells(values) as Float64Array,
  ...(integers && { integers: cells(integers) as BigInt64Array }),
})

/** Some rows of a table, in their order; the table itself where they are all of them. */
export function rowsWhere(rows: Rows, isWanted: (row: number) => boolean): Rows {
  const which = new Uint32Array(rows.length)
  let length = 0
  for (let row = 0; row < rows.length; row++) if (isWanted(row)) which[length++] = row
  return length === rows.length ? rows : rowsAt(rows, which.subarray(0, length))
}

/** The rows at these places, in this order. */
export function rowsAt(rows: Rows, places: ArrayLike<number>): Rows {
  const { length } = places
  const picked = <T extends Cells | Uint32Array | Uint8Array>(values: T): T => {
    const some = new (values.constructor as new (length: number) => T)(length)
    for (let i = 0; i < length; i++) some[i] = values[places[i]]
    return some
  }
  return {
    length,
    entities: rows.entities,
    entity: picked(rows.entity),
    eventTime: picked(rows.eventTime),
    knownAt: picked(rows.knownAt),
    columns: rows.columns.map((column) => withCells(column, picked)),
    ...(rows.withdrawn && { withdrawn: picked(rows.withdrawn) }),
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
  const columns = (first?.columns ?? []).map(({ name, kind }, c): Column => {
    const parts = tables.map((rows) => rows.columns[c])
    return {
      name,
      values: joined((rows) => rows.columns[c].values),
      ...(kind && { kind }),
      ...(parts.some(({ integers }) => integers) && { integers: joinedIntegers(parts, length) }),
      ...(parts.some(({ texts }) => texts) && {
        texts: new Map(parts.flatMap(({ texts }) => [...(texts ?? [])])),
      }),
    }
  })
  return {
    length,
    entities,
    entity,
    eventTime: joined((rows) => rows.eventTime),
    knownAt: joined((rows) => rows.knownAt),
    columns,
    ...(tables.some(({ withdrawn }) => withdrawn) && { withdrawn: joinedFlags(tables, length) }),
  }
}

/** Of tables of which some have no exact integers: theirs are those of their doubles. */
function joinedIntegers(parts: readonly Column[], length: number): BigInt64Array {
  const whole = new BigInt64Array(length)
  let from = 0
  for (const { values, integers } of parts) {
    if (integers !== undefined) whole.set(integers, from)
    else
      for (const [row, value] of values.entries()) if (!Number.isNaN(value)) whole[from + row] = BigInt(value)
    from += values.length
  }
  return whole
}

function joinedFlags(tables: readonly Rows[], length: number): Uint8Array {
  const whole = new Uint8Array(length)
  let from = 0
  for (const { withdrawn, length } of tables) {
    if (withdrawn !== undefined) whole.set(withdrawn.subarray(0, length), from)
    from += length
  }
  return whole
}

/** What stands in a cell, whole: a text, an exact integer, a number; null where nothing does. */
export function cellOf({ values, integers, texts }: Column, row: number): string | bigint | number | null {
  const value = values[row]
  if (Number.isNaN(value)) return null
  return texts?.get(value) ?? integers?.[row] ?? value
}
