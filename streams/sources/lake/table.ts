/** Tables of a lakehouse: a folder of Parquet files, and a log that says which of them each version has. */
import { existsSync, readdirSync } from 'node:fs'
import { basename, join, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Refusal, refuse } from '../../../schemas/kernel/fault.ts'
import type { Micros } from '../../../schemas/kernel/time.ts'
import { readRegular } from '../../log/regular.ts'

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
  folder: string
  /** The table's own identity, whatever its folder is called. */
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
  }>

/** The files that a version is read from: its data, and what takes rows of them back. */
export const pathsOf = (files: readonly LakeFile[]): readonly string[] =>
  files.flatMap(({ path, deletes }) => [path, ...deletes.map((one) => one.path)])

/** What kind of table a folder is; null where it is none. */
export function lakeKindOf(folder: string): LakeFacts['kind'] | null {
  if (existsSync(join(folder, '_delta_log'))) return 'delta'
  const place = join(folder, 'metadata')
  return existsSync(place) && readdirSync(place).some((name) => METADATA.test(name)) ? 'iceberg' : null
}

/** How Iceberg names a table's metadata: by the number of their version. */
export const METADATA = /^v?(\d+)(?:-[^.]+)?\.metadata\.json$/

export const unreadable = (folder: string, why: string): Refusal =>
  refuse('lake.unreadable', { table: folder, why })

/** What a file of a table's log may have; one that is longer belongs behind a checkpoint, or in fewer manifests. */
const MOST_LOG_BYTES = 2 ** 28

/** A file of a table's log, which is read whole. @throws Refusal `lake.unreadable`, also for what is no file */
export function logFile(folder: string, path: string): Buffer {
  try {
    return readRegular(path, MOST_LOG_BYTES)
  } catch (error) {
    throw unreadable(
      folder,
      `${basename(path)}: ${error instanceof Error ? error.message : error}`.slice(0, 300),
    )
  }
}

/** @param what a part of the table's format */
export const unsupported = (folder: string, what: string, remedy: string): Refusal =>
  refuse('lake.unsupported', { table: folder, what, remedy })

/**
 * The file that a table's log names, which lies in the table's folder.
 * @param told relative to the folder, or a `file:` URI
 */
export function fileIn(folder: string, told: string): string {
  if (/^[a-z][a-z0-9+.-]+:/i.test(told) && !told.startsWith('file:'))
    throw unreadable(folder, `it names ${told}, which is not on this machine`)
  const path = told.startsWith('file:') ? fileURLToPath(told) : resolve(folder, told)
  if (!path.startsWith(resolve(folder) + sep))
    throw unreadable(folder, `it names ${told}, which lies outside of it`)
  return path
}

/**
 * The versions from the first one on whose files are all there: a table's log outlives the files of its earlier versions.
 * @param passedOver is told each version before it
 * @throws Refusal `lake.unreadable` where none has all of its files
 */
export async function* fromFirstWhole(
  folder: string,
  versions: AsyncIterable<LakeVersion>,
  passedOver: (version: string) => void = () => {},
): AsyncGenerator<LakeVersion> {
  let lost: string | undefined
  let isWhole = false
  for await (const version of versions) {
    if (!isWhole) lost = pathsOf(version.files).find((path) => !existsSync(path))
    isWhole ||= lost === undefined
    if (isWhole) yield version
    else passedOver(version.version)
  }
  if (!isWhole && lost !== undefined) throw unreadable(folder, `${lost} is not there`)
}
