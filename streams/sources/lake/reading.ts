/** The table that is read: it lives in the process that reads files, and is asked for one version after the other. */
import { bucketFiles } from './bucket-files.ts'
import { type Catalog, metadataFrom } from './catalog.ts'
import { deltaTable } from './delta.ts'
import { folderFiles } from './folder-files.ts'
import { icebergTable } from './iceberg.ts'
import { metadataIn } from './iceberg-metadata.ts'
import { type LakeFiles, type LakePlace, unreadable } from './place.ts'
import { type LakeFacts, type LakeTable, type LakeVersion, lakeKindOf } from './table.ts'

let table: LakeTable | null = null
let versions: AsyncGenerator<LakeVersion> | null = null

/** How long a bucket that is away is waited for. */
const PATIENCE = { waitMillis: 30_000, onWaiting: () => undefined }

/** @param alive is called while a bucket is asked */
export async function filesIn(place: LakePlace, alive: () => void): Promise<LakeFiles> {
  if (place.bucket === undefined) return folderFiles(place)
  // Only whoever has a bucket waits for its client to be loaded.
  const { bucketObjects } = await import('../../log/chunks/s3/objects.ts')
  return bucketFiles(place, place.bucket, bucketObjects(place.bucket, PATIENCE, alive))
}

/**
 * @param asked.catalog says which metadata of an Iceberg table are in force
 * @param alive says that the work goes on: with each file of the table's log
 */
export async function openTable(
  { place, catalog }: Readonly<{ place: LakePlace; catalog?: Catalog | undefined }>,
  alive: () => void,
): Promise<LakeFacts> {
  const files = await filesIn(place, alive)
  const kind = await lakeKindOf(files)
  if (kind === null) throw unreadable(place, 'there is no _delta_log and no metadata of Iceberg in it')
  if (catalog !== undefined && kind !== 'iceberg')
    throw unreadable(place, 'it is a Delta Lake table, and such a catalog has none')
  table = await (kind === 'delta' ? deltaTable(files, alive) : iceberg())
  versions = null
  const { versions: _, lost: __, ...facts } = table
  return facts

  async function iceberg(): Promise<LakeTable> {
    const about = await (catalog === undefined ? metadataIn(files) : metadataFrom(catalog, alive))
    return icebergTable(files, about, alive)
  }
}

const opened = (): LakeTable => {
  if (table === null) throw new Error('no table was opened')
  return table
}

/** Those that `nextVersion` answers from now on: as `LakeTable.versions`. */
export function beginVersions(since: string | null): void {
  versions = opened().versions(since)
}

/** Null behind the last one. */
export async function nextVersion(): Promise<LakeVersion | null> {
  if (versions === null) throw new Error('no versions were begun')
  const { value, done } = await versions.next()
  return done === true ? null : value
}

/** As `LakeTable.lost`. */
export const lostOf = (paths: readonly string[]): Promise<string | null> => opened().lost(paths)
