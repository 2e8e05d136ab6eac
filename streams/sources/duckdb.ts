/** DuckDB in memory, for the length of one piece of work: the only place that opens it. */
import { resolve } from 'node:path'
import {
  type DuckDBConnection,
  type DuckDBDataChunk,
  DuckDBDoubleVector,
  DuckDBInstance,
  DuckDBUIntegerVector,
} from '@duckdb/node-api'
import { assert } from '../../schemas/kernel/assert.ts'
import { literal, placeOf } from './duckdb-text.ts'

export type { DuckDBConnection }

/** What DuckDB may take for one file; nothing is written to disk. */
const MEMORY_LIMIT = '2GB'

/**
 * Runs `work` on a fresh connection whose zone is UTC, whatever the machine's, and closes it. It reads `path`, and `others`, and nothing
 * else, fetches no extension, and ends after `limitMillis` with an error.
 */
export async function withDuckDb<T>(
  {
    path,
    others = [],
    limitMillis,
  }: Readonly<{ path: string; others?: readonly string[]; limitMillis: number }>,
  work: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  const allowed = [path, ...others].flatMap((one) => [literal(resolve(one)), placeOf(one)]).join(', ')
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' })
  try {
    const connection = await instance.connect()
    const end = setTimeout(() => connection.interrupt(), limitMillis)
    try {
      await connection.run(`SET TimeZone = 'UTC'; SET preserve_insertion_order = true;
        SET memory_limit = '${MEMORY_LIMIT}'; SET temp_directory = '';
        SET autoinstall_known_extensions = false; SET autoload_known_extensions = false;
        SET allowed_paths = [${allowed}]; SET enable_external_access = false; SET lock_configuration = true`)
      return await work(connection)
    } finally {
      clearTimeout(end)
      connection.closeSync()
    }
  } finally {
    instance.closeSync()
  }
}

/** A column of texts, null being empty; piece by piece, so that other work has its turn between. */
export async function textColumn(connection: DuckDBConnection, sql: string): Promise<readonly string[]> {
  const texts: string[] = []
  const result = await connection.stream(sql)
  for (
    let chunk = await result.fetchChunk();
    chunk !== null && chunk.rowCount > 0;
    chunk = await result.fetchChunk()
  )
    for (const value of chunk.getColumnValues(0)) texts.push(value === null ? '' : String(value))
  return texts
}

/**
 * The numbers of a column that has no nulls, as they lie in DuckDB's vector: reading them one by one through the
 * public accessor takes several times as long. The assertion stops a version that keeps them elsewhere.
 */
export function integersOf(chunk: DuckDBDataChunk, column: number): Uint32Array {
  const vector = chunk.getColumnVector(column)
  const items: unknown = vector instanceof DuckDBUIntegerVector ? Reflect.get(vector, 'items') : null
  assert(items instanceof Uint32Array, `column ${column} is cast to UINTEGER`)
  return items
}

export function doublesOf(chunk: DuckDBDataChunk, column: number): Float64Array {
  const vector = chunk.getColumnVector(column)
  const items: unknown = vector instanceof DuckDBDoubleVector ? Reflect.get(vector, 'items') : null
  assert(items instanceof Float64Array, `column ${column} is cast to DOUBLE`)
  return items
}
