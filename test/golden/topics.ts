/** The schemas of the topics that were ever released. `node test/golden/topics.ts` adds those of now; it never changes one. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Schema } from '../../schemas/avro.ts'
import { SCHEMAS } from '../../streams/relay/messages.ts'

export type Released = Readonly<{ subject: string; schema: Schema }>

const FILE = join(import.meta.dirname, 'topics.json')
export const readReleased = (): readonly Released[] => JSON.parse(readFileSync(FILE, 'utf8'))

const textOf = (one: Released): string => JSON.stringify([one.subject, one.schema])

/** Those of now that were not released. */
export function unreleased(released: readonly Released[]): readonly Released[] {
  const known = new Set(released.map(textOf))
  return SCHEMAS.map(({ subject, schema }) => ({ subject, schema })).filter((one) => !known.has(textOf(one)))
}

if (process.argv[1] === import.meta.filename) {
  const released = readReleased()
  const all = [...released, ...unreleased(released)]
  writeFileSync(FILE, `[\n${all.map((one) => JSON.stringify(one)).join(',\n')}\n]\n`)
  process.stdout.write(`${all.length - released.length} added, ${all.length} in all\n`)
}
