/** The bytes of an event that the seal vouches for: every field of its envelope, its chunks and its data. */
import { hash } from 'node:crypto'
import { assert } from '../../schemas/kernel/assert.ts'
import type { StoredBatch, StoredEvent } from './stored.ts'

/** What a leaf covers of a batch. */
type LeafBatch = Pick<
  StoredBatch,
  | 'stream'
  | 'firstPosition'
  | 'firstRevision'
  | 'recordedAt'
  | 'commandId'
  | 'actor'
  | 'correlationId'
  | 'causationId'
>
type LeafEvent = Omit<StoredEvent, 'leaf'>

const LEAF_PREFIX = 0x00
const FORMAT = 1
const NULL_LENGTH = 0xffff_ffff
const TWO_32 = 2 ** 32

/** One buffer for all leaves: it is filled and hashed before anything else can run. */
let scratch = Buffer.allocUnsafe(65_536)

/**
 * RFC 6962 leaf hash, SHA-256(0x00 || leaf), of an event. The leaf is: the byte 1 (its format); then, in the order of
 * `write` below, each integer as 8 bytes (big-endian, two's complement) and each text or blob as 4 bytes of length
 * (big-endian; 0xffffffff for null) and its bytes (UTF-8). So it is unambiguous, and can be made anew with any language.
 */
export function leafHash(batch: LeafBatch, event: LeafEvent): Buffer {
  const length = write(batch, event)
  return hash('sha256', scratch.subarray(0, length), 'buffer')
}

/** The leaf itself, without the prefix of the hash. */
export function leafBytes(batch: LeafBatch, event: LeafEvent): Buffer {
  const length = write(batch, event)
  return Buffer.from(scratch.subarray(1, length))
}

function write(batch: LeafBatch, event: LeafEvent): number {
  reserve(batch, event)
  scratch[0] = LEAF_PREFIX
  scratch[1] = FORMAT
  let at = 2
  at = integer(at, event.position)
  at = text(at, event.id)
  at = text(at, batch.stream)
  at = integer(at, batch.firstRevision + (event.position - batch.firstPosition))
  at = text(at, event.type)
  at = integer(at, event.version)
  at = integer(at, event.eventTime)
  at = integer(at, event.knownAt)
  at = integer(at, batch.recordedAt)
  at = text(at, batch.commandId)
  at = text(at, batch.actor)
  at = text(at, batch.correlationId)
  at = text(at, batch.causationId)
  at = integer(at, event.chunks.length)
  for (const chunk of event.chunks) {
    at = text(at, chunk.hash)
    at = text(at, chunk.format)
    at = integer(at, chunk.rows)
    at = integer(at, chunk.bytes)
    at = integer(at, chunk.eventTimeFrom)
    at = integer(at, chunk.eventTimeTo)
  }
  scratch.writeUInt32BE(event.data.length, at)
  scratch.set(event.data, at + 4)
  return at + 4 + event.data.length
}

function integer(at: number, value: number): number {
  assert(Number.isSafeInteger(value), `${value} is a whole number`)
  scratch.writeInt32BE(Math.floor(value / TWO_32), at)
  scratch.writeUInt32BE(value >>> 0, at + 4)
  return at + 8
}

function text(at: number, value: string | null): number {
  if (value === null) return scratch.writeUInt32BE(NULL_LENGTH, at)
  const length = scratch.write(value, at + 4)
  scratch.writeUInt32BE(length, at)
  return at + 4 + length
}

/** A UTF-16 unit takes 3 bytes of UTF-8 at most; 256 bytes are more than all integers and lengths of an event. */
function reserve(batch: LeafBatch, event: LeafEvent): void {
  const { stream, commandId, actor, correlationId, causationId } = batch
  const units =
    stream.length + commandId.length + actor.length + correlationId.length + (causationId?.length ?? 0)
  const eventUnits = event.id.length + event.type.length + event.chunks.length * 256
  const bytesMax = 256 + 3 * (units + eventUnits) + event.data.length
  if (bytesMax > scratch.length) scratch = Buffer.allocUnsafe(2 * bytesMax)
}
