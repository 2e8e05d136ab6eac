/** DuckDB over files of a table, for as long as their size allows. */
import { realpathSync, statSync } from 'node:fs'
import { sep } from 'node:path'
import { Refusal } from '../../../schemas/kernel/fault.ts'
import { type DuckDBConnection, withDuckDb } from '../duckdb.ts'
import { LIMITS } from '../room.ts'
import { type LakePlace, unreadable } from './place.ts'

const BEAT_MILLIS = 250

/** @throws Refusal `lake.unreadable`, also for what is no file of the table's own: a pipe, a device, a link out of its folder */
export async function overFiles<T>(
  {
    place,
    reads,
    writes = [],
    alive,
  }: Readonly<{
    place: LakePlace
    reads: readonly string[]
    writes?: readonly string[]
    alive: () => void
  }>,
  work: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  const beat = setInterval(alive, BEAT_MILLIS)
  try {
    const bytes = reads.reduce((sum, path) => sum + sizeOf(place, path), 0)
    const limitMillis = LIMITS.queryMillis + (LIMITS.queryMillisPerMegabyte * bytes) / 1e6
    setTimeout(() => clearInterval(beat), limitMillis).unref()
    const [path = '', ...others] = [...reads, ...writes]
    return await withDuckDb({ path, others, limitMillis }, work)
  } catch (error) {
    if (error instanceof Refusal) throw error
    const [why = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
    throw unreadable(place, why)
  } finally {
    clearInterval(beat)
  }
}

function sizeOf(place: LakePlace, path: string): number {
  const real = realpathSync(path)
  const found = statSync(real)
  if (!found.isFile() || !real.startsWith(realpathSync(place.folder) + sep))
    throw unreadable(place, `${path} is no file of its own`)
  return found.size
}
