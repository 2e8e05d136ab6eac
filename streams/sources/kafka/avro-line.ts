/** An Avro message in the registry's wire format as a line of JSON: the fields that its data set reads, each value as it is. */
import { foreignAvroType, type Schema } from '../../../schemas/avro.ts'
import type { DatasetSpec } from '../../../schemas/events/data.ts'
import { neededColumns } from '../columns.ts'
import { EMPTY, type Lines } from './line.ts'

type ToLine = (avro: Buffer) => Lines

const HEADER_BYTES = 5
/** A schema that is not known may be, a moment later, where registries copy from each other. */
const UNKNOWN_MILLIS = 10_000

/**
 * @param schemaOf the schema that an id stands for; null where the registry has none
 * @param now a clock in milliseconds
 * @returns throws what `schemaOf` throws: a registry that is away is waited for, and its messages with it
 */
export function avroLines(
  spec: DatasetSpec,
  schemaOf: (id: number) => Promise<Schema | null>,
  now: () => number,
): (value: Buffer | null) => Promise<Lines> | Lines {
  const known = new Map<number, ToLine>()
  const unknown = new Map<number, number>()
  const learn = async (id: number): Promise<ToLine> => {
    const dead = (): Lines => ({ dead: 'message.unknown-schema', why: `schema ${id}` })
    if (now() - (unknown.get(id) ?? Number.NEGATIVE_INFINITY) < UNKNOWN_MILLIS) return dead
    const schema = await schemaOf(id)
    if (schema === null) {
      unknown.set(id, now())
      return dead
    }
    const toLine = lineBy(schema, id, spec)
    known.set(id, toLine)
    return toLine
  }
  return (value) => {
    if (value === null || value.length === 0) return EMPTY
    if (value.length < HEADER_BYTES || value[0] !== 0)
      return { dead: 'message.not-avro', why: 'it does not begin with a zero byte and the id of a schema' }
    const id = value.readInt32BE(1)
    const avro = value.subarray(HEADER_BYTES)
    const toLine = known.get(id)
    return toLine === undefined ? learn(id).then((learned) => learned(avro)) : toLine(avro)
  }
}

function lineBy(schema: Schema, id: number, spec: DatasetSpec): ToLine {
  const other = (why: string): ToLine => {
    const dead: Lines = { dead: 'message.other-schema', why: `schema ${id} ${why}` }
    return () => dead
  }
  const { type: kind, fields = [] } = schema as { type?: unknown; fields?: readonly { name: string }[] }
  if (kind !== 'record') return other('is no record')
  const names = fields.map(({ name }) => name)
  const missing = neededColumns(spec).find((column) => !names.includes(column))
  if (missing !== undefined)
    return other(`has no field "${missing}"; it has ${names.join(', ')}`.slice(0, 300))
  let type: ReturnType<typeof foreignAvroType>
  try {
    type = foreignAvroType(schema)
  } catch (error) {
    return other(`cannot be used: ${String(error).slice(0, 200)}`)
  }
  const wanted = spec.layout === 'wide' ? names : [...new Set(neededColumns(spec))]
  const keys = wanted.map((name, at) => [name, `${at === 0 ? '{' : ','}${JSON.stringify(name)}:`] as const)
  return (avro) => {
    let record: Readonly<Record<string, unknown>>
    try {
      record = type.fromBuffer(avro) as typeof record
    } catch (error) {
      return { dead: 'message.not-avro', why: `it is not of schema ${id}: ${String(error).slice(0, 200)}` }
    }
    let text = ''
    for (const [name, key] of keys) text += key + jsonOf(record[name])
    return { text: `${text}}` }
  }
}

/** A value as JSON says it exactly: a whole number with all its digits; what is not finite as a number that is none. */
function jsonOf(value: unknown): string {
  switch (typeof value) {
    case 'number':
      if (Number.isNaN(value)) return 'null'
      if (Number.isFinite(value)) return Object.is(value, -0) ? '-0' : String(value)
      return value > 0 ? '1e999' : '-1e999'
    case 'bigint':
      return String(value)
    case 'string':
      return JSON.stringify(value)
    case 'object':
      return objectOf(value)
    default:
      return value === undefined ? 'null' : String(value)
  }
}

/** A branch of a union that says which it is holds the value; records, lists and bytes are no value of a column. */
function objectOf(value: object | null): string {
  if (value === null) return 'null'
  if ('unwrap' in value && typeof value.unwrap === 'function') {
    const [inner] = Object.values(value)
    return jsonOf(inner)
  }
  return JSON.stringify(Buffer.isBuffer(value) ? value.toString('base64') : '(a record or list)')
}
