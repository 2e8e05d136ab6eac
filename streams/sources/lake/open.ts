/** Opens a place as a table: its log and its Parquet files are read in the process that reads files. */
import type { ChildProcess } from 'node:child_process'
import { type Ask, withReader } from '../reading-process.ts'
import { LIMITS } from '../room.ts'
import type { Catalog } from './catalog.ts'
import { CHANGE_COLUMNS, type Change, type ChangeAsked } from './change-terms.ts'
import { folderFiles } from './folder-files.ts'
import { type LakePlace, unreadable } from './place.ts'
import { type LakeTable, type LakeVersion, lakeKindOf } from './table.ts'

const task = (place: LakePlace, start?: () => ChildProcess) => ({
  silentMillis: LIMITS.silentMillis,
  lost: (why: string) => unreadable(place, why),
  start,
})

/**
 * Has a table for as long as `use` takes; null where a folder is none.
 * @param options.catalog says which metadata of an Iceberg table are in force
 * @param options.start makes the process that reads its log, instead of the one that waits for files
 * @throws Refusal `lake.*`, and what `use` throws
 */
export async function withLake<T>(
  place: LakePlace,
  use: (table: LakeTable | null) => Promise<T>,
  { catalog, start }: Readonly<{ catalog?: Catalog | undefined; start?: () => ChildProcess }> = {},
): Promise<T> {
  if (place.bucket === undefined && (await lakeKindOf(folderFiles(place))) === null) {
    if (catalog !== undefined) throw unreadable(place, 'it is no folder of an Iceberg table')
    return use(null)
  }
  return withReader(task(place, start), async (ask) => {
    const facts = await ask('lakeTable', { place, catalog })
    return use({
      ...facts,
      versions: (since) => versionsOf(ask, since),
      lost: (paths) => ask('lakeLost', { paths }),
    })
  })
}

async function* versionsOf(ask: Ask, since: string | null): AsyncGenerator<LakeVersion> {
  await ask('lakeVersions', { since })
  for (;;) {
    const version = await ask('lakeVersion', {})
    if (version === null) return
    yield version
  }
}

/** @throws Refusal as `writeChange` */
export const changeOf = (asked: ChangeAsked): Promise<Change> =>
  withReader(task(asked.place), (ask) =>
    ask('lakeChange', { ...asked, columns: asked.columns.filter((name) => !CHANGE_COLUMNS.includes(name)) }),
  )
