/** Golden bytes: what each released version of an event looks like, for ever. */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Type } from 'avsc'
import { avroOf } from '../../schemas/avro.ts'
import type { EventDefinition } from '../../schemas/event.ts'

export const GOLDEN_FILE: string = fileURLToPath(new URL('golden.json', import.meta.url))

export type Golden = Readonly<{
  type: string
  version: number
  /** SHA-256 of the Avro schema's canonical form. */
  schema: string
  data: unknown
  /** The Avro bytes of the data, in hexadecimal. */
  bytes: string
}>

export const readGolden = (): readonly Golden[] =>
  existsSync(GOLDEN_FILE) ? (JSON.parse(readFileSync(GOLDEN_FILE, 'utf8')) as Golden[]) : []

/** The Avro type of a version of an event; undefined where there never was one. */
export function avroAt(definition: EventDefinition, version: number): Type | undefined {
  if (version === definition.version) return definition.avro
  const old = definition.old[version]
  return old === undefined ? undefined : avroOf(definition.type, old.data)
}

export function goldenOf(definition: EventDefinition, data: unknown): Golden {
  const { type, version, avro } = definition
  return { type, version, schema: fingerprintOf(avro), data, bytes: avro.toBuffer(data).toString('hex') }
}

export const fingerprintOf = (avro: Type): string => avro.fingerprint('sha256').toString('hex')

export const sameVersion = (a: Golden, b: Pick<Golden, 'type' | 'version'>): boolean =>
  a.type === b.type && a.version === b.version

/**
 * What there was and what is new, in order of type and version.
 * @throws Error where an entry would change: what was written in a released version must be read for ever
 */
export function extended(before: readonly Golden[], made: readonly Golden[]): readonly Golden[] {
  for (const entry of made) {
    const known = before.find((one) => sameVersion(one, entry))
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(entry)) {
      throw new Error(
        `${entry.type} version ${entry.version} would change. Add the new shape as the next version and keep the old one under "old".`,
      )
    }
  }
  const added = made.filter((entry) => !before.some((one) => sameVersion(one, entry)))
  return [...before, ...added].sort((a, b) =>
    a.type === b.type ? a.version - b.version : a.type < b.type ? -1 : 1,
  )
}
