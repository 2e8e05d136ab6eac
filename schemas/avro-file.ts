/** Avro's object container files: a schema, and records in blocks. What they hold is read as others wrote it. */
import { inflateRawSync, zstdDecompressSync } from 'node:zlib'
import { z } from 'zod'
import { foreignAvroType, type Schema } from './avro.ts'

const MAGIC = Buffer.from('Obj\u0001')
const SYNC_BYTES = 16
/** The bytes of a file's blocks once they are unpacked, all together. */
const MOST_BYTES = 2 ** 28

const CODECS: Readonly<Record<string, (packed: Buffer, maxOutputLength: number) => Buffer>> = {
  null: (packed) => packed,
  deflate: (packed, maxOutputLength) => inflateRawSync(packed, { maxOutputLength }),
  zstandard: (packed, maxOutputLength) => zstdDecompressSync(packed, { maxOutputLength }),
}

/**
 * The records of a file, 64-bit integers as bigints.
 * @throws Error for what is no such file, is cut off, or is packed in a way that is not read
 */
export function avroRecords(bytes: Buffer): unknown[] {
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) throw new Error('it is no Avro file')
  let at = MAGIC.length
  const take = (length: number): Buffer => {
    if (!(length >= 0 && length <= bytes.length - at)) throw new Error('it ends within a block')
    at += length
    return bytes.subarray(at - length, at)
  }
  const long = (): number => {
    let [value, scale] = [0, 1]
    for (;;) {
      const [byte] = take(1)
      value += (byte & 0x7f) * scale
      if (byte < 0x80) break
      scale *= 128
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }
  const header = new Map<string, Buffer>()
  for (let count = long(); count !== 0; count = long()) {
    // A negative count stands before the size of its block.
    if (count < 0) long()
    for (let entry = 0; entry < Math.abs(count); entry++) header.set(String(take(long())), take(long()))
  }
  const sync = take(SYNC_BYTES)
  const codec = String(header.get('avro.codec') ?? 'null')
  const unpacked = CODECS[codec]
  if (unpacked === undefined) throw new Error(`its blocks are packed with ${codec}`)
  const type = foreignAvroType(schemaIn(header))
  const found: unknown[] = []
  let room = MOST_BYTES
  while (at < bytes.length) {
    const count = long()
    const block = unpacked(take(long()), room)
    // One byte at least is left: no block is asked for nothing.
    room = Math.max(1, room - block.length)
    let offset = 0
    for (let record = 0; record < count; record++) {
      const read: { value: unknown; offset: number } = type.decode(block, offset)
      if (read.offset <= offset) throw new Error('a block ends within a record')
      found.push(read.value)
      offset = read.offset
    }
    if (!take(SYNC_BYTES).equals(sync)) throw new Error('a block does not end where it says')
  }
  return found
}

const schemaIn = (header: ReadonlyMap<string, Buffer>): Schema =>
  z.record(z.string(), z.unknown()).parse(JSON.parse(String(header.get('avro.schema'))))
