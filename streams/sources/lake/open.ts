/** Opens a folder as a table: its Parquet files are read in the process that reads files. */
import { withReader } from '../reading-process.ts'
import { LIMITS } from '../room.ts'
import { CHANGE_COLUMNS, type Change, type ChangeAsked } from './change.ts'
import { deltaTable } from './delta.ts'
import { icebergTable } from './iceberg.ts'
import { type LakeTable, lakeKindOf, unreadable } from './table.ts'

const task = (table: string) => ({
  silentMillis: LIMITS.silentMillis,
  lost: (why: string) => unreadable(table, why),
})

/** Null where the folder is no table. @throws Refusal `lake.*` */
export async function openLake(folder: string): Promise<LakeTable | null> {
  const kind = lakeKindOf(folder)
  if (kind === null) return null
  if (kind === 'iceberg') return icebergTable(folder)
  return deltaTable(folder, (path) => withReader(task(folder), (ask) => ask('lakeCheckpoint', { path })))
}

/** @throws Refusal as `writeChange` */
export const changeOf = (asked: ChangeAsked): Promise<Change> =>
  withReader(task(asked.table), (ask) =>
    ask('lakeChange', { ...asked, columns: asked.columns.filter((name) => !CHANGE_COLUMNS.includes(name)) }),
  )
