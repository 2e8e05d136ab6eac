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
