/** Between an event and its stored bytes: zod checks what comes in, Avro writes it, old versions are brought up to date. */

import type { z } from 'zod'
import { avroOf } from '../../schemas/avro.ts'
import type { AppendBatch, ChunkRef, Draft, Recorded, RecordedBatch } from '../../schemas/envelope.ts'
import type { EventDefinition } from '../../schemas/event.ts'
import { assert } from '../../schemas/kernel/assert.ts'
import { Refusal, refuse } from '../../schemas/kernel/fault.ts'
import { eventIdOf } from './event-id.ts'
import type { StoredBatch, StoredEvent } from './stored.ts'

/** Every event that may be said, by type. */
export type Registry = ReadonlyMap<
  string,
  Pick<EventDefinition, 'type' | 'version' | 'saidBy' | 'data' | 'old' | 'avro'>
>

type Decode = (bytes: Buffer) => unknown
/** An event that was checked and written, and has no place in the log yet. */
export type EncodedEvent = Omit<StoredEvent, 'position' | 'leaf'>

export type Codec = Readonly<{
  /** @throws Refusal `event.invalid`, `log.newer-version` for a type that the registry lacks */
  encode: (batch: AppendBatch) => readonly EncodedEvent[]
  /** @throws Refusal `log.newer-version`, `log.damaged` */
  decode: (batch: StoredBatch) => RecordedBatch
}>

export function codecOf(registry: Registry): Codec {
  const decoders = new Map<string, ReadonlyMap<number, Decode>>()
  for (const definition of registry.values()) decoders.set(definition.type, decodersOf(definition))

  const definitionOf = (type: string, version: number) => {
    const definition = registry.get(type)
    if (definition === undefined || version > definition.version) {
      const known = definition?.version ?? 0
      throw refuse('log.newer-version', { thing: `Event type ${type}`, found: version, known })
    }
    return definition
  }

  const encodeEvent = (draft: Draft, id: string): EncodedEvent => {
    const { type, eventTime, knownAt, chunks } = draft
    const { version, data, avro } = definitionOf(type, 1)
    checkTimes(draft)
    return {
      id,
      type,
      version,
      eventTime,
      knownAt,
      chunks,
      data: written(type, avro, parse(type, data, draft.data)),
    }
  }

  const decodeEvent = (batch: StoredBatch, event: StoredEvent): Recorded => {
    const { version } = definitionOf(event.type, event.version)
    const decode = decoders.get(event.type)?.get(event.version)
    if (decode === undefined) {
      const problem = `${event.type} never had a version ${event.version}`
      throw refuse('log.damaged', { position: event.position, problem })
    }
    return {
      type: event.type,
      data: decoded(decode, event),
      eventTime: event.eventTime,
      knownAt: event.knownAt,
      chunks: event.chunks,
      commandId: batch.commandId,
      actor: batch.actor,
      correlationId: batch.correlationId,
      causationId: batch.causationId,
      id: event.id,
      stream: batch.stream,
      revision: batch.firstRevision + (event.position - batch.firstPosition),
      position: event.position,
      version,
      recordedAt: batch.recordedAt,
    }
  }

  return {
    encode: (batch) => {
      assert(batch.events.length > 0, 'a batch has at least one event')
      for (const name of ['stream', 'commandId', 'actor', 'correlationId'] as const) {
        checkText(batch, name, batch[name])
      }
      if (batch.causationId !== null) checkText(batch, 'causationId', batch.causationId)
      return batch.events.map((draft, index) => encodeEvent(draft, eventIdOf(batch.commandId, index)))
    },
    decode: (batch) => batch.events.map((event) => decodeEvent(batch, event)),
  }
}

/** For each version that was ever released, the way from its bytes to data of the current version. */
function decodersOf(definition: Pick<EventDefinition, 'type' | 'version' | 'data' | 'old' | 'avro'>) {
  const { type, version: current, data, old, avro } = definition
  const decoders = new Map<number, Decode>([[current, (bytes) => avro.fromBuffer(bytes)]])
  for (let version = 1; version < current; version++) {
    const released = old[version]
    assert(released !== undefined, `${type} keeps version ${version} under old`)
    const reader = avroOf(type, released.data)
    decoders.set(version, (bytes) => {
      let value: unknown = reader.fromBuffer(bytes)
      for (let at = version; at < current; at++) value = old[at]?.upcast(value as never)
      return parse(type, data, value)
    })
  }
  return decoders
}

function decoded(decode: Decode, event: StoredEvent): unknown {
  try {
    const { buffer, byteOffset, byteLength } = event.data
    return decode(Buffer.from(buffer, byteOffset, byteLength))
  } catch (error) {
    if (error instanceof Refusal) throw error
    throw refuse('log.damaged', { position: event.position, problem: `its data is not a ${event.type}` })
  }
}

function parse(type: string, schema: z.ZodType, value: unknown): unknown {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw refuse('event.invalid', {
    type,
    path: issue === undefined || issue.path.length === 0 ? 'data' : issue.path.join('.'),
    problem: issue?.message ?? 'it does not have the declared shape',
  })
}

/** What bytes have in the place of a lone surrogate: U+FFFD, or the first byte of the surrogate itself. */
const REPLACEMENT = Buffer.from('\ufffd')
const SURROGATE = 0xed

/** A string with a lone surrogate would be stored as another string than was meant. */
function checkWellFormed(type: string, value: unknown, path: readonly string[]): void {
  if (typeof value === 'string' && !value.isWellFormed())
    throw refuse('event.invalid', { type, path: path.join('.'), problem: 'it is not a well-formed text' })
  if (value === null || typeof value !== 'object') return
  for (const [key, inner] of Object.entries(value)) checkWellFormed(type, inner, [...path, key])
}

/** Avro holds less than JavaScript: an integer at the edge of the safe ones has no bytes. */
function written(type: string, avro: EventDefinition['avro'], value: unknown): Buffer {
  try {
    const bytes = avro.toBuffer(value)
    if (bytes.includes(SURROGATE) || bytes.includes(REPLACEMENT)) checkWellFormed(type, value, [])
    return bytes
  } catch (error) {
    if (error instanceof Refusal) throw error
    avro.isValid(value, {
      errorHook: (path, at) => {
        throw refuse('event.invalid', { type, path: path.join('.'), problem: `${at} cannot be stored` })
      },
    })
    throw error
  }
}

/** The same for what a batch says of itself, which is never empty. */
function checkText(batch: AppendBatch, name: string, text: string): void {
  if (typeof text === 'string' && text !== '' && text.isWellFormed()) return
  const type = batch.events[0]?.type ?? ''
  throw refuse('event.invalid', {
    type,
    path: name,
    problem: 'it is not a well-formed text of one character or more',
  })
}

function checkTimes({ type, eventTime, knownAt, chunks }: Draft): void {
  const problem = 'it is not whole microseconds'
  if (!Number.isSafeInteger(eventTime)) throw refuse('event.invalid', { type, path: 'eventTime', problem })
  if (!Number.isSafeInteger(knownAt)) throw refuse('event.invalid', { type, path: 'knownAt', problem })
  for (const [index, chunk] of chunks.entries()) checkChunk(type, `chunks.${index}`, chunk)
}

const FORMATS: readonly ChunkRef['format'][] = ['arrow', 'onnx', 'json', 'html', 'file']

function checkChunk(type: string, path: string, chunk: ChunkRef): void {
  if (!/^[0-9a-f]{64}$/.test(chunk.hash)) {
    throw refuse('event.invalid', {
      type,
      path: `${path}.hash`,
      problem: 'it is not a SHA-256 in hexadecimal',
    })
  }
  if (!FORMATS.includes(chunk.format)) {
    throw refuse('event.invalid', {
      type,
      path: `${path}.format`,
      problem: `it is not one of ${FORMATS.join(', ')}`,
    })
  }
  for (const name of ['rows', 'bytes', 'eventTimeFrom', 'eventTimeTo'] as const) {
    if (!Number.isSafeInteger(chunk[name])) {
      throw refuse('event.invalid', { type, path: `${path}.${name}`, problem: 'it is not a whole number' })
    }
  }
}
