/** The metadata of an Iceberg table (format versions 1 and 2): its schemas, its partition specs, and the snapshots that lead to the current one. */
import { join } from 'node:path'
import { z } from 'zod'
import { type LakeFiles, type LakePlace, unreadable } from './place.ts'
import { type LakeColumn, METADATA } from './table.ts'

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
  'partition-specs': z
    .array(z.object({ 'spec-id': z.number(), fields: z.array(z.object({ transform: z.string() })) }))
    .default([]),
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
export type Metadata = z.infer<typeof metadata>
export type Snapshot = Metadata['snapshots'][number]

/** The newest of a place. @throws Refusal `lake.unreadable` */
export async function metadataIn(files: LakeFiles): Promise<Metadata> {
  const numbered = ((await files.names('metadata')) ?? [])
    .map((name) => ({
      name,
      number: Number(METADATA.exec(name)?.[1] ?? Number.NaN),
    }))
    .filter(({ number }) => !Number.isNaN(number))
    .sort((a, b) => b.number - a.number)
  const [newest, next] = numbered
  if (newest === undefined) throw unreadable(files, 'it has no metadata/*.metadata.json')
  if (next?.number === newest.number)
    throw unreadable(
      files,
      `${newest.name} and ${next.name} both claim to be its newest metadata; remove the one that was never committed`,
    )
  const bytes = await files.read(join(files.folder, 'metadata', newest.name))
  try {
    return metadataOf(parsed(bytes.toString('utf8')))
  } catch (error) {
    throw unreadable(
      files,
      `metadata/${newest.name}: ${error instanceof Error ? error.message : error}`.slice(0, 300),
    )
  }
}

/** @throws Error for what is no metadata of a table */
export const metadataOf = (told: unknown): Metadata => metadata.parse(told)

/** JSON with the numbers of snapshots as texts: they have 64 bits. @throws SyntaxError */
export const parsed = (text: string): unknown => JSON.parse(text, wholeIds)

const wholeIds = (key: string, value: unknown, context?: { source?: string }): unknown =>
  key.endsWith('snapshot-id') && typeof value === 'number' ? context?.source : value

/** The snapshots that lead to the current one, the oldest first, as far as they are kept. */
export function lineageOf(place: LakePlace, about: Metadata): readonly Snapshot[] {
  const known = new Map(about.snapshots.map((one) => [one['snapshot-id'], one]))
  const found: Snapshot[] = []
  for (let at = about['current-snapshot-id']; at != null && at !== '-1'; ) {
    const snapshot = known.get(at)
    if (snapshot === undefined && found.length === 0)
      throw unreadable(place, `its current snapshot ${at} is not kept`)
    if (snapshot === undefined || found.includes(snapshot)) break
    found.push(snapshot)
    at = snapshot['parent-snapshot-id']
  }
  return found.reverse()
}

export function columnsAt(about: Metadata, wanted: number): readonly LakeColumn[] {
  const found = about.schemas?.find((one) => one['schema-id'] === wanted) ?? about.schema
  return (found?.fields ?? []).map(({ id, name, type }) => ({
    name,
    type: typeof type === 'string' ? type : JSON.stringify(type),
    stored: id,
  }))
}
