/** What a message on a topic is: an envelope that every message has, and fields of its own, as one Avro record. */
import type { Type } from 'avsc'
import { z } from 'zod'
import { avroSchema, avroType, type Schema } from '../avro.ts'
import type { Recorded } from '../envelope.ts'
import type { EventDefinition } from '../event.ts'
import { framedBytes } from './wire.ts'

const envelope = z.strictObject({
  /** Commit order over the whole log. It rises in each partition, so that whoever has seen it drops it. */
  position: z.int(),
  eventId: z.string(),
  stream: z.string(),
  revision: z.int(),
  type: z.string(),
  version: z.int(),
  /** What it is about, when it became knowable, and when the log recorded it: microseconds since 1970. */
  eventTime: z.int(),
  knownAt: z.int(),
  recordedAt: z.int(),
  actor: z.string(),
  correlationId: z.string(),
  causationId: z.nullable(z.string()),
  commandId: z.string(),
})
export type Envelope = z.infer<typeof envelope>

const chunk = z.strictObject({
  hash: z.string(),
  format: z.string(),
  rows: z.int(),
  bytes: z.int(),
  eventTimeFrom: z.int(),
  eventTimeTo: z.int(),
})

export const envelopeOf = (event: Recorded): Envelope => ({
  position: event.position,
  eventId: event.id,
  stream: event.stream,
  revision: event.revision,
  type: event.type,
  version: event.version,
  eventTime: event.eventTime,
  knownAt: event.knownAt,
  recordedAt: event.recordedAt,
  actor: event.actor,
  correlationId: event.correlationId,
  causationId: event.causationId,
  commandId: event.commandId,
})

const ENVELOPE = avroSchema(envelope, 'asof.Envelope')
const CHUNKS = { type: 'array', items: avroSchema(chunk, 'asof.Chunk') }
const envelopeType = avroType(ENVELOPE)
const chunksType = avroType(CHUNKS)

export type MessageDefinition<T = unknown> = Readonly<{
  /** The full name of its Avro record. */
  record: string
  /** The subject that its schema is registered under. */
  subject: string
  schema: Schema
  /** In Confluent's wire format. @throws Error where the value is none of its schema: a programmer's error */
  framed: (schemaId: number, value: T) => Buffer
  avro: Type
}>

/** A message that is a contract of its own, whatever the events say: a new field has a default, and none is taken away. */
export function defineMessage<S extends z.ZodObject>(
  record: string,
  data: S,
): MessageDefinition<z.infer<S> & { envelope: Envelope }> & { data: S } {
  const { fields } = avroSchema(data, record) as unknown as { fields: readonly Schema[] }
  const schema = { type: 'record', name: record, fields: [{ name: 'envelope', type: ENVELOPE }, ...fields] }
  const avro = avroType(schema)
  const framed = (schemaId: number, value: unknown) => framedBytes(schemaId, [[avro, value]])
  return { record, subject: record, schema, avro, framed, data }
}

/**
 * An event as the log has it. Its data are the very bytes of the log, behind the envelope. Each version of an event has a
 * record and a subject of its own: what was released under a version never changes.
 */
export function recordedMessage(definition: EventDefinition): MessageDefinition<Recorded> {
  const record = `asof.recorded.${definition.type}V${definition.version}`
  const schema = {
    type: 'record',
    name: record,
    fields: [
      { name: 'envelope', type: ENVELOPE },
      { name: 'chunks', type: CHUNKS },
      { name: 'data', type: definition.avro.schema({ exportAttrs: true }) as Schema },
    ],
  }
  return {
    record,
    subject: record,
    schema,
    avro: avroType(schema),
    // The bytes of a record are those of its fields, one after the other.
    framed: (schemaId, event) =>
      framedBytes(schemaId, [
        [envelopeType, envelopeOf(event)],
        [chunksType, event.chunks],
        [definition.avro, event.data],
      ]),
  }
}
