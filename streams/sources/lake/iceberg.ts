/** Apache Iceberg tables (format versions 1 and 2): metadata in JSON, lists of data files in Avro. */
import { z } from 'zod'
import { avroRecords } from '../../../schemas/avro-file.ts'
import { type DataFile, type DeleteFile, filesWith, MOST_PAIRS } from './iceberg-deletes.ts'
import { columnsAt, lineageOf, type Metadata, type Snapshot } from './iceberg-metadata.ts'
import { fileIn, type LakeFiles, placeOf, unreadable, unsupported } from './place.ts'
import type { LakeFile, LakeTable } from './table.ts'

/** Counted from 1 with each commit; what was there under format 1 has 0. */
const sequence = z.coerce.number()
const manifest = z.object({
  manifest_path: z.string(),
  content: z.number().default(0),
  partition_spec_id: z.number().default(0),
  sequence_number: sequence.default(0),
})
const entry = z.object({
  status: z.number(),
  /** That of its manifest where there is none. */
  sequence_number: sequence.nullish(),
  data_file: z.object({
    content: z.number().default(0),
    file_path: z.string(),
    file_format: z.string(),
    /** Cells by the names of the fields of the spec. */
    partition: z.unknown(),
    equality_ids: z.array(z.coerce.number()).nullish(),
    referenced_data_file: z.string().nullish(),
  }),
})
const DELETED = 2
const [DATA, POSITION_DELETES, EQUALITY_DELETES] = [0, 1, 2]
const MICROS_PER_MILLI = 1_000
const NEWEST_FORMAT = 2

/** @param about its metadata: the newest in its place, or those that a catalog says are in force. @throws Refusal `lake.*` */
export function icebergTable(files: LakeFiles, about: Metadata, alive: () => void): LakeTable {
  if (about['format-version'] > NEWEST_FORMAT)
    throw unsupported(
      files,
      `format version ${about['format-version']}`,
      `Write the table with format version ${NEWEST_FORMAT}.`,
    )
  const snapshots = lineageOf(files, about)
  return {
    kind: 'iceberg',
    place: placeOf(files),
    lost: files.lost,
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
          files: await filesOf({ files, about, alive }, snapshot),
        }
      }
    },
  }
}

async function filesOf(
  { files, about, alive }: Readonly<{ files: LakeFiles; about: Metadata; alive: () => void }>,
  snapshot: Snapshot,
): Promise<readonly LakeFile[]> {
  const list = snapshot['manifest-list']
  if (list === undefined)
    throw unsupported(files, 'snapshots without a manifest list', 'Rewrite its manifests.')
  const data: DataFile[] = []
  const deletes: DeleteFile[] = []
  for (const one of await recordsIn(manifest, list))
    for (const { status, sequence_number, data_file } of await recordsIn(entry, one.manifest_path)) {
      if (status === DELETED) continue
      const { content, file_path: told, file_format, equality_ids, referenced_data_file } = data_file
      if (file_format.toUpperCase() !== 'PARQUET')
        throw unsupported(files, `${file_format} files`, 'Rewrite its files as Parquet.')
      const placed = {
        ...{ path: pathOf(told), told, sequence: sequence_number ?? one.sequence_number },
        partition: partitionOf(one.partition_spec_id, data_file.partition),
      }
      if (content === DATA) data.push(placed)
      else if (content === POSITION_DELETES)
        deletes.push({ ...placed, kind: 'position', of: referenced_data_file ?? null })
      else if (content === EQUALITY_DELETES && equality_ids != null && equality_ids.length > 0)
        deletes.push({ ...placed, kind: 'equality', fields: equality_ids })
      else throw unreadable(files, `${told} deletes rows, and does not say by which columns`)
    }
  return filesWith(data, deletes, () =>
    unsupported(
      files,
      `more than ${MOST_PAIRS} delete files for its data files, one counted for each that it bears on`,
      'Write them into the data files: CALL system.rewrite_data_files with delete-file-threshold 1.',
    ),
  )

  /** Null where nothing is partitioned: what such a spec deletes by value is deleted everywhere. */
  function partitionOf(spec: number, values: unknown): string | null {
    const told = about['partition-specs'].find((one) => one['spec-id'] === spec)
    const cells = Object.entries(values ?? {})
    if (told?.fields.every(({ transform }) => transform === 'void') ?? cells.length === 0) return null
    return JSON.stringify([spec, cells], (_, value) => (typeof value === 'bigint' ? String(value) : value))
  }

  /** A table that was copied lies elsewhere than it says. */
  function pathOf(path: string): string {
    const within = path.startsWith(`${about.location}/`) ? path.slice(about.location.length + 1) : path
    return fileIn(files, within)
  }

  async function recordsIn<T>(shape: z.ZodType<T>, told: string): Promise<readonly T[]> {
    alive()
    const bytes = await files.read(pathOf(told))
    try {
      return avroRecords(bytes).map((record) => {
        alive()
        return shape.parse(record)
      })
    } catch (error) {
      throw unreadable(files, `${told}: ${error instanceof Error ? error.message : error}`.slice(0, 300))
    }
  }
}
