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
  return avsc.Type.forSchema(avroSchema(schema, `asof.${noun}.${name}`) as avsc.Schema, {
    noAnonymousTypes: true,
    // Methods on what was read would count as unknown keys where it is checked again.
    omitRecordMethods: true,
  })
}

type Schema = string | readonly Schema[] | { readonly [key: string]: unknown }

function avroSchema(schema: z.ZodType, path: string): Schema {
  if (schema instanceof z.ZodObject) {
    const fields = Object.entries(schema.shape as Record<string, z.ZodType>).map(([name, field]) => ({
      name,
      type: avroSchema(field, `${path}_${name}`),
    }))
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
