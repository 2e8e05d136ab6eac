/** The table that is read: it lives in the process that reads files, and is asked for one version after the other. */

import { type Catalog, metadataFrom } from './catalog.ts'
import { deltaTable } from './delta.ts'
import { icebergTable } from './iceberg.ts'
import { type LakeFacts, type LakeTable, type LakeVersion, lakeKindOf, unreadable } from './table.ts'

let table: LakeTable | null = null
let versions: AsyncGenerator<LakeVersion> | null = null

/**
 * @param asked.catalog says which metadata of an Iceberg table are in force
 * @param alive says that the work goes on: with each file of the table's log
 */
export async function openTable(
  { folder, catalog }: Readonly<{ folder: string; catalog?: Catalog | undefined }>,
  alive: () => void,
): Promise<LakeFacts> {
  const kind = lakeKindOf(folder)
  if (kind === null) throw unreadable(folder, 'it is no table any more')
  if (catalog !== undefined && kind !== 'iceberg')
    throw unreadable(folder, 'it is a Delta Lake table, and such a catalog has none')
  const about = catalog === undefined ? undefined : await metadataFrom(catalog, alive)
  table = await (kind === 'iceberg' ? icebergTable(folder, alive, about) : deltaTable(folder, alive))
  versions = null
  const { versions: _, ...facts } = table
  return facts
}

/** Those that `nextVersion` answers from now on: as `LakeTable.versions`. */
export function beginVersions(since: string | null): void {
  if (table === null) throw new Error('no table was opened')
  versions = table.versions(since)
}

/** Null behind the last one. */
export async function nextVersion(): Promise<LakeVersion | null> {
  if (versions === null) throw new Error('no versions were begun')
  const { value, done } = await versions.next()
  return done === true ? null : value
}
