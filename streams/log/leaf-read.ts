/** Reads an event back from its leaf: the inverse of `leaf.ts`. Whatever reads a leaf knows all that the seal vouches for, and nothing else. */
import type { ChunkRef } from '../../schemas/envelope.ts'
import { FORMATS } from './chunks/layout.ts'
import type { StoredBatch, StoredEvent } from './stored.ts'

/** An event with what its leaf says of its batch. */
export type SealedEvent = Readonly<{
  event: Omit<StoredEvent, 'leaf'>
  revision: number
  batch: Pick<StoredBatch, 'stream' | 'recordedAt' | 'commandId' | 'actor' | 'correlationId' | 'causationId'>
}>

export class NotALeaf extends Error {}

const FORMAT = 1
const NULL_LENGTH = 0xffff_ffff
const UTF8 = new TextDecoder('utf-8', { fatal: true })

/** @throws NotALeaf */
export function readLeaf(leaf: Uint8Array): SealedEvent {
  const reader = new Reader(leaf)
  if (reader.byte() !== FORMAT) throw new NotALeaf('its format is not 1')
  const position = reader.integer()
  const id = reader.text()
  const stream = reader.text()
  const revision = reader.integer()
  const type = reader.text()
  const [version, eventTime, knownAt] = [reader.integer(), reader.integer(), reader.integer()]
  const recordedAt = reader.integer()
  const [commandId, actor, correlationId] = [reader.text(), reader.text(), reader.text()]
  const causationId = reader.textOrNull()
  const chunks = Array.from({ length: reader.count() }, () => chunkIn(reader))
  const data = reader.blob()
  reader.end()
  return {
    event: { position, id, type, version, eventTime, knownAt, chunks, data },
    revision,
    batch: { stream, recordedAt, commandId, actor, correlationId, causationId },
  }
}

function chunkIn(reader: Reader): ChunkRef {
  const [hash, name] = [reader.text(), reader.text()]
  const format = FORMATS.find((one) => one === name)
  if (format === undefined) throw new NotALeaf(`it names a chunk of the format ${name}`)
  const [rows, bytes] = [reader.integer(), reader.integer()]
  return { hash, format, rows, bytes, eventTimeFrom: reader.integer(), eventTimeTo: reader.integer() }
}

class Reader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  byte(): number {
    return this.#bytes[this.#take(1)]
  }

  integer(): number {
    const value = Number(this.#bytes.readBigInt64BE(this.#take(8)))
    if (!Number.isSafeInteger(value)) throw new NotALeaf('a number in it is greater than any event has')
    return value
  }

  /** Of things that follow, each of which takes some bytes. */
  count(): number {
    const count = this.integer()
    if (count < 0 || count > this.#bytes.length) throw new NotALeaf(`it says that it names ${count} chunks`)
    return count
  }

  text(): string {
    const text = this.textOrNull()
    if (text === null) throw new NotALeaf('a text in it is missing')
    return text
  }

  textOrNull(): string | null {
    const bytes = this.#blobOrNull()
    if (bytes === null) return null
    try {
      return UTF8.decode(bytes)
    } catch {
      throw new NotALeaf('a text in it is not UTF-8')
    }
  }

  blob(): Uint8Array {
    const bytes = this.#blobOrNull()
    if (bytes === null) throw new NotALeaf('it has no data')
    return bytes
  }

  end(): void {
    if (this.#at < this.#bytes.length) throw new NotALeaf('something follows its data')
  }

  #blobOrNull(): Uint8Array | null {
    const length = this.#bytes.readUInt32BE(this.#take(4))
    if (length === NULL_LENGTH) return null
    const from = this.#take(length)
    return this.#bytes.subarray(from, from + length)
  }

  #take(bytes: number): number {
    const from = this.#at
    if (from + bytes > this.#bytes.length) throw new NotALeaf('it ends too early')
    this.#at += bytes
    return from
  }
}
