/** Apache Iceberg tables in a folder (format versions 1 and 2): metadata in JSON, lists of data files in Avro. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { avroRecords } from '../../../schemas/avro-file.ts'
import {
  fileIn,
  type LakeColumn,
  type LakeFile,
  type LakeTable,
  logFile,
  METADATA,
  unreadable,
  unsupported,
} from './table.ts'

const column = z.object({ id: z.number(), name: z.string(), type: z.unknown() })
const schema = z.object({ 'schema-id': z.number().default(0), fields: z.array(column) })
/** Numbers of snapshots have 64 bits: they are kept as texts. */
const id = z.string()
const metadata = z.object({
  'format-version': z.number(),
  'table-uuid': z.string(),
  location: z.string(),
  schemas: z.array(schema).optional(),
  schema: schema.optional(),
  'current-schema-id': z.number().default(0),
  'current-snapshot-id': id.nullish(),
  snapshots: z
    .array(
      z.object({
        'snapshot-id': id,
        'parent-snapshot-id': id.nullish(),
        'timestamp-ms': z.number(),
        'manifest-list': z.string().optional(),
        'schema-id': z.number().optional(),
      }),
    )
    .default([]),
})
type Metadata = z.infer<typeof metadata>
type Snapshot = Metadata['snapshots'][number]

const manifest = z.object({ manifest_path: z.string(), content: z.number().default(0) })
const entry = z.object({
  status: z.number(),
  data_file: z.object({ file_path: z.string(), file_format: z.string() }),
})
const DELETED = 2
const MICROS_PER_MILLI = 1_000
const NEWEST_FORMAT = 2

/** @throws Refusal `lake.*` */
export function icebergTable(folder: string, alive: () => void): LakeTable {
  const about = metadataOf(folder)
  if (about['format-version'] > NEWEST_FORMAT)
    throw unsupported(
      folder,
      `format version ${about['format-version']}`,
      `Write the table with format version ${NEWEST_FORMAT}.`,
    )
  const snapshots = lineageOf(folder, about)
  return {
    kind: 'iceberg',
    folder,
    id: about['table-uuid'],
    columns: columnsAt(about, about['current-schema-id']),
    async *versions(since) {
      const first = since === null ? 0 : snapshots.findIndex((one) => one['snapshot-id'] === since)
      if (first < 0) return
      let committedAt = 0
      for (const snapshot of snapshots.slice(first)) {
        committedAt = Math.max(committedAt, snapshot['timestamp-ms'] * MICROS_PER_MILLI)
        const columns = columnsAt(about, snapshot['schema-id'] ?? about['current-schema-id'])
        yield {
          version: snapshot['snapshot-id'],
          committedAt,
          columns,
          files: filesOf({ folder, about, alive }, snapshot),
        }
      }
    },
  }
}

function metadataOf(folder: string): Metadata {
  const place = join(folder, 'metadata')
  const numbered = readdirSync(place)
    .map((name) => ({
      name,
      number: Number(METADATA.exec(name)?.[1] ?? Number.NaN),
    }))
    .filter(({ number }) => !Number.isNaN(number))
    .sort((a, b) => b.number - a.number)
  const [newest, next] = numbered
  if (newest === undefined) throw unreadable(folder, 'it has no metadata/*.metadata.json')
  if (next?.number === newest.number)
    throw unreadable(
      folder,
      `${newest.name} and ${next.name} both claim to be its newest metadata; remove the one that was never committed`,
    )
  try {
    return metadata.parse(JSON.parse(logFile(folder, join(place, newest.name)).toString('utf8'), wholeIds))
  } catch (error) {
    throw unreadable(
      folder,
      `metadata/${newest.name}: ${error instanceof Error ? error.message : error}`.slice(0, 300),
    )
  }
}

/** A number of 64 bits as it is written. */
const wholeIds = (key: string, value: unknown, context?: { source?: string }): unknown =>
  key.endsWith('snapshot-id') && typeof value === 'number' ? context?.source : value

/** The snapshots that lead to the current one, the oldest first, as far as they are kept. */
function lineageOf(folder: string, about: Metadata): readonly Snapshot[] {
  const known = new Map(about.snapshots.map((one) => [one['snapshot-id'], one]))
  const found: Snapshot[] = []
  for (let at = about['current-snapshot-id']; at != null && at !== '-1'; ) {
    const snapshot = known.get(at)
    if (snapshot === undefined && found.length === 0)
      throw unreadable(folder, `its current snapshot ${at} is not kept`)
    if (snapshot === undefined || found.includes(snapshot)) break
    found.push(snapshot)
    at = snapshot['parent-snapshot-id']
  }
  return found.reverse()
}

function columnsAt(about: Metadata, wanted: number): readonly LakeColumn[] {
  const found = about.schemas?.find((one) => one['schema-id'] === wanted) ?? about.schema
  return (found?.fields ?? []).map(({ id, name, type }) => ({
    name,
    type: typeof type === 'string' ? type : JSON.stringify(type),
    stored: id,
  }))
}

function filesOf(
  { folder, about, alive }: Readonly<{ folder: string; about: Metadata; alive: () => void }>,
  snapshot: Snapshot,
): readonly LakeFile[] {
  const list = snapshot['manifest-list']
  if (list === undefined)
    throw unsupported(folder, 'snapshots without a manifest list', 'Rewrite its manifests.')
  return recordsIn(manifest, list).flatMap(({ manifest_path, content }) =>
    recordsIn(entry, manifest_path)
      .filter(({ status }) => status !== DELETED)
      .map(({ data_file }) => {
        if (content !== 0)
          throw unsupported(
            folder,
            'delete files',
            'Write them into the data files: CALL system.rewrite_data_files with delete-file-threshold 1.',
          )
        if (data_file.file_format.toUpperCase() !== 'PARQUET')
          throw unsupported(folder, `${data_file.file_format} files`, 'Rewrite its data files as Parquet.')
        return { path: placeOf(data_file.file_path), partition: {} }
      }),
  )

  /** A table that was copied lies elsewhere than it says. */
  function placeOf(path: string): string {
    const within = path.startsWith(`${about.location}/`) ? path.slice(about.location.length + 1) : path
    return fileIn(folder, within)
  }

  function recordsIn<T>(shape: z.ZodType<T>, told: string): T[] {
    const path = placeOf(told)
    alive()
    try {
      return avroRecords(logFile(folder, path)).map((record) => {
        alive()
        return shape.parse(record)
      })
    } catch (error) {
      throw unreadable(folder, `${told}: ${error instanceof Error ? error.message : error}`.slice(0, 300))
    }
  }
}
