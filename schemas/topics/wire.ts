/** Confluent's wire format: a zero byte, the schema's id in four bytes, and the Avro of the message. */
import type { Type } from 'avsc'
import { avroType, type Schema } from '../avro.ts'
import { refuse } from '../kernel/fault.ts'

const HEADER_BYTES = 5

export function framed(schemaId: number, avro: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + avro.length)
  bytes.writeUInt8(0, 0)
  bytes.writeInt32BE(schemaId, 1)
  bytes.set(avro, HEADER_BYTES)
  return bytes
}

/** Where values are written before they are copied; it grows with the largest. */
let scratch = Buffer.allocUnsafe(8 * 1024)

/** The bytes of values one behind the other, as one message. @throws Error for a value that is none of its type */
export function framedBytes(
  schemaId: number,
  parts: readonly (readonly [type: Type, value: unknown])[],
): Buffer {
  let end = HEADER_BYTES
  for (const [type, value] of parts) {
    let behind = type.encode(value, scratch, end)
    while (behind < 0) {
      // It says how many bytes it lacked.
      const wider = Buffer.allocUnsafe((scratch.length - behind) * 2)
      wider.set(scratch.subarray(0, end))
      scratch = wider
      behind = type.encode(value, scratch, end)
    }
    end = behind
  }
  scratch.writeUInt8(0, 0)
  scratch.writeInt32BE(schemaId, 1)
  return Buffer.from(scratch.subarray(0, end))
}

/** @throws Refusal `topic.malformed` */
export function unframed(bytes: Buffer): Readonly<{ schemaId: number; avro: Buffer }> {
  if (bytes.length < HEADER_BYTES || bytes[0] !== 0)
    throw refuse('topic.malformed', { problem: 'it does not begin with a zero byte and the id of a schema' })
  return { schemaId: bytes.readInt32BE(1), avro: bytes.subarray(HEADER_BYTES) }
}

/**
 * Reads what any writer's schema wrote as the reader's schema has it. How, is worked out once for each writer.
 * @param writerOf the schema that an id stands for
 */
export function wireReader<T>(
  reader: Type,
  writerOf: (schemaId: number) => Promise<Schema>,
): (bytes: Buffer) => Promise<T> {
  const known = new Map<number, (avro: Buffer) => T>()
  const learn = async (schemaId: number) => {
    const schema = await writerOf(schemaId)
    let resolver: unknown
    try {
      resolver = reader.createResolver(avroType(schema))
    } catch (error) {
      throw refuse('topic.malformed', { problem: `schema ${schemaId} is another one: ${String(error)}` })
    }
    const read = (avro: Buffer): T => reader.fromBuffer(avro, resolver as never)
    known.set(schemaId, read)
    return read
  }
  return async (bytes) => {
    const { schemaId, avro } = unframed(bytes)
    const read = known.get(schemaId) ?? (await learn(schemaId))
    try {
      return read(avro)
    } catch (error) {
      throw refuse('topic.malformed', { problem: `it is not of schema ${schemaId}: ${String(error)}` })
    }
  }
}
