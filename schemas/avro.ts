/** Derives an Avro schema from a zod one: one source of truth for what is said and how it is written. */
import avsc, { type Type } from 'avsc'
import { z } from 'zod'

/**
 * The Avro type of an event's data. Supported: strict objects, strings, enums and literals (as strings), integers
 * (long), numbers (double), booleans, arrays, and nullable over each. Maps are left out on purpose: their order in
 * Avro is that of insertion, so equal values could have unequal bytes.
 * @throws Error when a schema uses anything else; it is a programmer's error and stops at start-up.
 */
export function avroOf(type: string, schema: z.ZodType): Type {
  const [noun = '', name = ''] = type.split('.')
  return avroType(avroSchema(schema, `asof.${noun}.${name}`))
}

/** A schema of Avro as JSON. */
export type Schema = string | readonly Schema[] | { readonly [key: string]: unknown }

/** @throws Error for what is no schema of Avro */
export const avroType = (schema: Schema): Type =>
  avsc.Type.forSchema(schema as avsc.Schema, {
    noAnonymousTypes: true,
    // Methods on what was read would count as unknown keys where it is checked again.
    omitRecordMethods: true,
    typeHook: (one, options) => (Object(one).type === 'array' ? new BoundedArray(one, options) : undefined),
  })

/** The place in the bytes that the package reads from. */
type Tap = { readonly buf: Uint8Array; pos: number; readLong: () => number }

/**
 * An array whose bytes say no more items than there are bytes, as each has one at least: the package makes room for what is said, and
 * reads on behind the end, so that five bytes took hours and all memory. It stands in one block, as the package writes it.
 */
class BoundedArray extends (avsc.types.ArrayType as unknown as new (
  schema: unknown,
  options: unknown,
) => Type) {
  _read(tap: Tap): unknown[] {
    const items = Reflect.get(this, 'itemsType') as { _read: (tap: Tap) => unknown }
    const count = tap.readLong()
    if (count === 0) return []
    if (!(count > 0 && count <= tap.buf.length - tap.pos))
      throw new Error(`it says ${count} items in ${tap.buf.length - tap.pos} bytes`)
    const found: unknown[] = []
    while (found.length < count && tap.pos < tap.buf.length) found.push(items._read(tap))
    if (found.length < count || tap.readLong() !== 0) throw new Error('an array does not end where it says')
    return found
  }
}

/** The Avro schema of a zod one, its records named after `path`. A field with a default in zod has the same one in Avro. */
export function avroSchema(schema: z.ZodType, path: string): Schema {
  if (schema instanceof z.ZodObject) {
    const fields = Object.entries(schema.shape as Record<string, z.ZodType>).map(([name, field]) => {
      if (!(field instanceof z.ZodDefault)) return { name, type: avroSchema(field, `${path}_${name}`) }
      const type = avroSchema(field.unwrap() as z.ZodType, `${path}_${name}`)
      return { name, type, default: field.def.defaultValue }
    })
    return { type: 'record', name: path, fields }
  }
  if (schema instanceof z.ZodNullable) return ['null', avroSchema(schema.unwrap() as z.ZodType, path)]
  if (schema instanceof z.ZodArray) {
    return { type: 'array', items: avroSchema(schema.element as z.ZodType, path) }
  }
  if (schema instanceof z.ZodString || schema instanceof z.ZodEnum || schema instanceof z.ZodLiteral) {
    return 'string'
  }
  if (schema instanceof z.ZodBoolean) return 'boolean'
  if (schema instanceof z.ZodNumber) return schema.isInt ? 'long' : 'double'
  throw new Error(`${path}: ${schema.def.type} has no canonical Avro form; use what schemas/avro.ts lists`)
}

/** Why something is no schema of Avro; null where it is one. */
export function schemaProblem(schema: Schema): string | null {
  try {
    avsc.Type.forSchema(schema as avsc.Schema)
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** Longs of others may be beyond what a number holds exactly. */
const bigLong = avsc.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
  toBuffer(value: bigint) {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64LE(value)
    return bytes
  },
  fromJSON: BigInt,
  toJSON: String,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (one: bigint, other: bigint) => (one < other ? -1 : one > other ? 1 : 0),
})

const isLong = (schema: unknown): boolean =>
  schema === 'long' ||
  (typeof schema === 'object' && schema !== null && 'type' in schema && schema.type === 'long')

/** The Avro type of a schema that somebody else wrote: its longs are read as bigints. @throws Error for what is no schema */
export const foreignAvroType = (schema: Schema): Type =>
  avsc.Type.forSchema(schema as avsc.Schema, {
    omitRecordMethods: true,
    typeHook: ((one: unknown) => (isLong(one) ? bigLong : undefined)) as never,
  })
