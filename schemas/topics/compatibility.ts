/** Whether a reader with one Avro schema can read what another one wrote: what BACKWARD means to a schema registry. */
import type { Schema } from '../avro.ts'

type Named = Readonly<{ [key: string]: unknown }>
type Field = Readonly<{ name: string; type: Schema; default?: unknown; aliases?: readonly string[] }>

const PROMOTED: Readonly<Record<string, readonly string[]>> = {
  int: ['long', 'float', 'double'],
  long: ['float', 'double'],
  float: ['double'],
  string: ['bytes'],
  bytes: ['string'],
}

/**
 * The first thing that keeps a reader from reading what a writer wrote, with the way to it, as `rows.weight: ...`; null where
 * nothing does.
 */
export function incompatibility(reader: Schema, writer: Schema): string | null {
  return compare(reader, writer, {
    path: '',
    reader: namesIn(reader),
    writer: namesIn(writer),
    met: new Set(),
  })
}

type At = Readonly<{
  path: string
  reader: ReadonlyMap<string, Schema>
  writer: ReadonlyMap<string, Schema>
  met: Set<string>
}>

function compare(of: Schema, by: Schema, at: At): string | null {
  const reader = resolved(of, at.reader)
  const writer = resolved(by, at.writer)
  if (Array.isArray(writer)) {
    // Whichever branch was written, it has to be read.
    for (const branch of writer) {
      const problem = compare(reader, branch, at)
      if (problem !== null) return problem
    }
    return null
  }
  if (Array.isArray(reader)) {
    const problems = reader.map((branch) => compare(branch, writer, { ...at, met: new Set(at.met) }))
    return problems.includes(null) ? null : say(at, `no branch of it reads a ${kindOf(writer)}`)
  }
  const [to, from] = [kindOf(reader), kindOf(writer)]
  if (to !== from) {
    return PROMOTED[from]?.includes(to) ? null : say(at, `it was a ${from}, and is a ${to}`)
  }
  return COMPLEX[to]?.(reader as Named, writer as Named, at) ?? null
}

const COMPLEX: Readonly<Record<string, (reader: Named, writer: Named, at: At) => string | null>> = {
  record: compareRecords,
  array: (reader, writer, at) => compare(reader.items as Schema, writer.items as Schema, at),
  map: (reader, writer, at) => compare(reader.values as Schema, writer.values as Schema, at),
  enum(reader, writer, at) {
    const symbols = reader.symbols as readonly string[]
    const lost = (writer.symbols as readonly string[]).find((symbol) => !symbols.includes(symbol))
    return lost === undefined || 'default' in reader ? null : say(at, `it may no longer be ${lost}`)
  },
  fixed: (reader, writer, at) => (reader.size === writer.size ? null : say(at, 'its size is another')),
}

function compareRecords(reader: Named, writer: Named, at: At): string | null {
  const pair = `${fullName(reader)} ${fullName(writer)}`
  // A record within itself was compared where it was met first.
  if (at.met.has(pair)) return null
  at.met.add(pair)
  if (
    at.path !== '' &&
    fullName(reader) !== fullName(writer) &&
    !aliasesOf(reader).includes(fullName(writer))
  )
    return say(at, `it was a ${fullName(writer)}, and is a ${fullName(reader)}`)
  const written = new Map((writer.fields as readonly Field[]).map((field) => [field.name, field]))
  for (const field of reader.fields as readonly Field[]) {
    const path = at.path === '' ? field.name : `${at.path}.${field.name}`
    const found = [field.name, ...(field.aliases ?? [])].flatMap((name) => written.get(name) ?? [])[0]
    if (found === undefined) {
      if (!('default' in field)) return say({ ...at, path }, 'it is new and has no default')
      continue
    }
    const problem = compare(field.type, found.type, { ...at, path })
    if (problem !== null) return problem
  }
  return null
}

const say = ({ path }: At, problem: string): string => `${path === '' ? 'the record' : path}: ${problem}`

const isNamed = (schema: Schema): schema is Named => typeof schema === 'object' && !Array.isArray(schema)

/** A name stands for the schema that it was given to. */
function resolved(schema: Schema, names: ReadonlyMap<string, Schema>): Schema {
  if (typeof schema === 'string') return names.get(schema) ?? schema
  if (isNamed(schema) && typeof schema.type !== 'string') return resolved(schema.type as Schema, names)
  return schema
}

const kindOf = (schema: Schema): string => {
  if (typeof schema === 'string') return schema
  return Array.isArray(schema) ? 'union' : String((schema as Named).type)
}

const fullName = ({ name, namespace }: Named): string =>
  String(name).includes('.') || namespace === undefined ? String(name) : `${namespace}.${name}`
const aliasesOf = ({ aliases }: Named): readonly string[] => (aliases as readonly string[] | undefined) ?? []

const NAMED = ['record', 'enum', 'fixed']

/** Every schema that is given a name, by its full name. */
function namesIn(schema: Schema, names = new Map<string, Schema>(), namespace = ''): Map<string, Schema> {
  if (Array.isArray(schema)) for (const branch of schema) namesIn(branch, names, namespace)
  if (!isNamed(schema)) return names
  let within = namespace
  if (NAMED.includes(String(schema.type))) {
    const own = { namespace: namespace === '' ? undefined : namespace, ...schema } as Named
    const name = fullName(own)
    names.set(name, schema)
    names.set(String(schema.name), schema)
    within = name.slice(0, Math.max(name.lastIndexOf('.'), 0))
  }
  for (const field of (schema.fields as readonly Field[] | undefined) ?? [])
    namesIn(field.type, names, within)
  for (const inner of [schema.items, schema.values, schema.type])
    if (inner !== undefined) namesIn(inner as Schema, names, within)
  return names
}
