/** Zip archives that hold one file, as vendors ship them; by node:zlib, which has inflate and the checksum. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { pipeline, Readable } from 'node:stream'
import { crc32, createInflateRaw } from 'node:zlib'

/** PKWARE's APPNOTE: the end record (4.3.16), the directory's header (4.3.12) and the local one (4.3.7). */
const END = 0x06054b50
const DIRECTORY = 0x02014b50
const LOCAL = 0x04034b50
const END_BYTES = 22
const MOST_COMMENT = 65_535
const ZIP64 = 1
const FULL = 0xffff_ffff
const STORED = 0
const DEFLATED = 8

type Entry = Readonly<{ method: number; crc: number; packedBytes: number; bytes: number; start: number }>

/**
 * The bytes of the only file in an archive.
 * @param packed those of the archive; it is gone through to its end
 * @throws Error where it is not of one file, or damaged
 */
export async function* unzipped(path: string, packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const entry = onlyEntryOf(path)
  const part = Readable.from(cut(packed, entry.start, entry.packedBytes))
  const file =
    entry.method === STORED ? part : pipeline(part, createInflateRaw({ chunkSize: 1 << 20 }), () => {})
  let bytes = 0
  let crc = 0
  for await (const chunk of file as AsyncIterable<Uint8Array>) {
    bytes += chunk.length
    crc = crc32(chunk, crc)
    if (bytes > entry.bytes) break
    yield chunk
  }
  if (bytes !== entry.bytes || crc !== entry.crc) throw new Error('the checksum of the file in it is wrong')
}

async function* cut(
  all: AsyncIterable<Uint8Array>,
  start: number,
  length: number,
): AsyncGenerator<Uint8Array> {
  let place = 0
  for await (const bytes of all) {
    const [from, to] = [Math.max(0, start - place), Math.min(bytes.length, start + length - place)]
    place += bytes.length
    if (to > from) yield bytes.subarray(from, to)
  }
}

function onlyEntryOf(path: string): Entry {
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file)
    const at = (place: number, length: number): Buffer => {
      const bytes = Buffer.alloc(length)
      if (place < 0 || readSync(file, bytes, 0, length, place) < length)
        throw new Error('it is not a whole zip archive')
      return bytes
    }
    const tail = at(Math.max(0, size - END_BYTES - MOST_COMMENT), Math.min(size, END_BYTES + MOST_COMMENT))
    let end = tail.length - END_BYTES
    while (end >= 0 && tail.readUInt32LE(end) !== END) end--
    if (end < 0) throw new Error('it is not a whole zip archive')
    const files = tail.readUInt16LE(end + 10)
    if (files !== 1) throw new Error(`it holds ${files} files; a zip archive must hold one`)
    const entry = at(tail.readUInt32LE(end + 16), 46)
    if (entry.readUInt32LE(0) !== DIRECTORY) throw new Error('it is not a whole zip archive')
    const method = entry.readUInt16LE(10)
    if ((entry.readUInt16LE(8) & 1) === 1) throw new Error('it is encrypted')
    if (method !== STORED && method !== DEFLATED)
      throw new Error(`it is packed by method ${method}; only deflate is read`)
    const extra = at(tail.readUInt32LE(end + 16) + 46 + entry.readUInt16LE(28), entry.readUInt16LE(30))
    const [bytes = 0, packedBytes = 0, local = 0] = sizesOf(
      [24, 20, 42].map((place) => entry.readUInt32LE(place)),
      extra,
    )
    const head = at(local, 30)
    if (head.readUInt32LE(0) !== LOCAL) throw new Error('it is not a whole zip archive')
    const start = local + 30 + head.readUInt16LE(26) + head.readUInt16LE(28)
    if (start + packedBytes > size || packedBytes < 0 || bytes < 0)
      throw new Error('it is not a whole zip archive')
    return { method, crc: entry.readUInt32LE(16), packedBytes, bytes, start }
  } finally {
    closeSync(file)
  }
}

/** Sizes of which the 32 bits are full stand in the extra field 1, in this order, with 64 (4.5.3). */
function sizesOf(sizes: readonly number[], extra: Buffer): number[] {
  const wide: number[] = []
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== ZIP64) continue
    const end = Math.min(extra.length, at + 4 + extra.readUInt16LE(at + 2))
    for (let place = at + 4; place + 8 <= end; place += 8) wide.push(Number(extra.readBigUInt64LE(place)))
  }
  return sizes.map((size) => (size === FULL ? (wide.shift() ?? -1) : size))
}
