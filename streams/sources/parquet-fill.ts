/** Moves DuckDB's vectors into staged rows. */
import type { DuckDBDataChunk } from '@duckdb/node-api'
import { assert } from '../../schemas/kernel/assert.ts'
import { doublesOf, integersOf } from './duckdb.ts'
import type { Numbers } from './number-text.ts'
import type { Staging } from './staging.ts'

interface Chunks {
  fetchChunk(): Promise<DuckDBDataChunk | null>
}

/** A column of values: what the query gives, and what it means. */
export type ValueColumn = Readonly<{ as: 'double' | 'text' | 'digits' | 'time'; numbers: Numbers }>

/** From codes of the query to codes of the staging. */
type Codes = Readonly<{
  rows: Staging
  time: Uint32Array
  known: Uint32Array | null
  columns: readonly ValueColumn[]
}>

function valuesOf(chunk: DuckDBDataChunk, place: number, { as, numbers }: ValueColumn): Float64Array {
  if (as === 'text') return Float64Array.from(chunk.getColumnValues(place), (value) => numbers.of(value))
  if (as === 'digits')
    return Float64Array.from(chunk.getColumnValues(place), (value) =>
      value === null ? Number.NaN : numbers.ofDigits(String(value)),
    )
  if (as === 'time')
    return Float64Array.from(chunk.getColumnValues(place), (value) =>
      value === null ? Number.NaN : numbers.ofStoredTime(String(value)),
    )
  return doublesOf(chunk, place).map(numbers.ofDouble)
}

async function* nonEmpty(chunks: Chunks): AsyncGenerator<DuckDBDataChunk> {
  for (let chunk = await chunks.fetchChunk(); chunk !== null; chunk = await chunks.fetchChunk()) {
    if (chunk.rowCount === 0) return
    yield chunk
  }
}

/** Columns: row number, time, known (if declared), entity, values. A row goes to its number, in whatever order it comes. */
export async function fillLong(
  chunks: Chunks,
  codes: Codes & Readonly<{ total: number; entity: Uint32Array }>,
): Promise<void> {
  const { rows } = codes
  rows.extend(codes.total)
  let filled = 0
  const first = codes.known === null ? 3 : 4
  for await (const chunk of nonEmpty(chunks)) {
    const numbers = integersOf(chunk, 0)
    filled += numbers.length
    const times = integersOf(chunk, 1)
    const knowns = codes.known === null ? null : integersOf(chunk, 2)
    const entities = integersOf(chunk, first - 1)
    for (let index = 0; index < numbers.length; index++) {
      const at = numbers[index]
      rows.line[at] = at + 1
      rows.time[at] = codes.time[times[index]]
      rows.entity[at] = codes.entity[entities[index]]
    }
    if (knowns !== null && codes.known !== null) {
      for (let index = 0; index < numbers.length; index++) {
        rows.known[numbers[index]] = codes.known[knowns[index]]
      }
    }
    for (const [column, target] of rows.values.entries()) {
      const values = valuesOf(chunk, first + column, codes.columns[column])
      for (let index = 0; index < numbers.length; index++) {
        target[numbers[index]] = values[index]
      }
    }
  }
  assert(filled === codes.total, `the query gave ${filled} of ${codes.total} rows`)
  rows.settleFrom(0)
}

/** Columns: row number, time, known (if declared), one value per entity; the rows in order of the file. */
export async function fillWide(
  chunks: Chunks,
  codes: Codes & Readonly<{ entities: readonly string[] }>,
): Promise<void> {
  const { rows } = codes
  const named = codes.entities.map((name) => rows.names.codeOf(name))
  const first = codes.known === null ? 2 : 3
  for await (const chunk of nonEmpty(chunks)) {
    const numbers = integersOf(chunk, 0)
    const times = integersOf(chunk, 1)
    const knowns = codes.known === null ? null : integersOf(chunk, 2)
    const values = named.map((_, entity) => valuesOf(chunk, first + entity, codes.columns[entity]))
    for (let index = 0; index < numbers.length; index++) {
      const line = numbers[index] + 1
      const time = codes.time[times[index]]
      const unread = rows.times.read[time]?.fault ?? 0
      if (unread !== 0) rows.reject(line, unread)
      else {
        for (let entity = 0; entity < values.length; entity++) {
          const value = values[entity][index]
          if (Number.isNaN(value)) continue
          const at = rows.add(line, named[entity], 0)
          rows.time[at] = time
          if (knowns !== null && codes.known !== null) rows.known[at] = codes.known[knowns[index]]
          const target = rows.values[0]
          target[at] = value
          rows.settle(at)
        }
      }
    }
  }
}
