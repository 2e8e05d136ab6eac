/** Tables of a lakehouse: Parquet files, and a log that says which of them each version has. */
import type { Micros } from '../../../schemas/kernel/time.ts'
import { type LakeFiles, type LakePlace, unreadable } from './place.ts'

export type LakeColumn = Readonly<{
  name: string
  /** As the table's own schema writes it. */
  type: string
  /** What its data files know the column by: a name, or the number of a field. */
  stored: string | number
}>

/** A file that says which rows of a data file are there no more: by their places in it, or by their values. */
export type LakeDelete = Readonly<{ path: string }> &
  Readonly<
    | { kind: 'position' /** What it calls the data file. */; of: string }
    | { kind: 'equality' /** What data files know the columns by. */; fields: readonly number[] }
  >

export type LakeFile = Readonly<{
  path: string
  deletes: readonly LakeDelete[]
  /** Columns that the table's log tells of all rows of the file, by what the file would know them by. */
  partition: Readonly<Record<string, string | null>>
}>

export type LakeVersion = Readonly<{
  version: string
  committedAt: Micros
  columns: readonly LakeColumn[]
  files: readonly LakeFile[]
}>

export type LakeFacts = Readonly<{
  kind: 'delta' | 'iceberg'
  place: LakePlace
  /** The table's own identity, wherever it lies. */
  id: string
  /** Those of its newest schema: older files are read by it. */
  columns: readonly LakeColumn[]
}>

export type LakeTable = LakeFacts &
  Readonly<{
    /**
     * Its versions in the order of their commits, as far back as the log goes; from one of them on (inclusive) where it is named.
     * They are gone through once at a time: those that are asked for anew take the place of those before.
     * @throws Refusal `lake.*`
     */
    versions: (since: string | null) => AsyncGenerator<LakeVersion>
    /** The first of these files that is not there. @throws Refusal `lake.*` */
    lost: (paths: readonly string[]) => Promise<string | null>
  }>

/** The files that a version is read from: its data, and what takes rows of them back. */
export const pathsOf = (files: readonly LakeFile[]): readonly string[] =>
  files.flatMap(({ path, deletes }) => [path, ...deletes.map((one) => one.path)])

/** What kind of table lies in a place; null where it is none. */
export async function lakeKindOf(files: LakeFiles): Promise<LakeFacts['kind'] | null> {
  if ((await files.names('_delta_log')) !== null) return 'delta'
  const names = await files.names('metadata')
  return names?.some((name) => METADATA.test(name)) ? 'iceberg' : null
}

/** How Iceberg names a table's metadata: by the number of their version. */
export const METADATA = /^v?(\d+)(?:-[^.]+)?\.metadata\.json$/

/**
 * The versions from the first one on whose files are all there: a table's log outlives the files of its earlier versions.
 * @param passedOver is told each version before it
 * @throws Refusal `lake.unreadable` where none has all of its files
 */
export async function* fromFirstWhole(
  table: LakeTable,
  passedOver: (version: string) => void = () => {},
): AsyncGenerator<LakeVersion> {
  let lost: string | null = null
  let isWhole = false
  for await (const version of table.versions(null)) {
    if (!isWhole) lost = await table.lost(pathsOf(version.files))
    isWhole ||= lost === null
    if (isWhole) yield version
    else passedOver(version.version)
  }
  if (!isWhole && lost !== null) throw unreadable(table.place, `${lost} is not there`)
}
