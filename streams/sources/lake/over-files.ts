/** DuckDB over files of a table, for as long as their size allows. */
import { statSync } from 'node:fs'
import { Refusal } from '../../../schemas/kernel/fault.ts'
import { type DuckDBConnection, withDuckDb } from '../duckdb.ts'
import { LIMITS } from '../room.ts'
import { unreadable } from './table.ts'

const BEAT_MILLIS = 250

/** @throws Refusal `lake.unreadable` */
export async function overFiles<T>(
  {
    table,
    reads,
    writes = [],
    alive,
  }: Readonly<{ table: string; reads: readonly string[]; writes?: readonly string[]; alive: () => void }>,
  work: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  const beat = setInterval(alive, BEAT_MILLIS)
  try {
    const bytes = reads.reduce((sum, path) => sum + statSync(path).size, 0)
    const limitMillis = LIMITS.queryMillis + (LIMITS.queryMillisPerMegabyte * bytes) / 1e6
    setTimeout(() => clearInterval(beat), limitMillis).unref()
    const [path = '', ...others] = [...reads, ...writes]
    return await withDuckDb({ path, others, limitMillis }, work)
  } catch (error) {
    if (error instanceof Refusal) throw error
    const [why = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
    throw unreadable(table, why)
  } finally {
    clearInterval(beat)
  }
}
