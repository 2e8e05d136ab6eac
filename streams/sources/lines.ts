/** The bytes of a text file in blocks of whole lines, unpacked and hashed as they pass. */
import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import { pipeline, Transform } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { refuse } from '../../schemas/kernel/fault.ts'

/** Whole lines; `bytes` ends behind the last one's line feed, or at the end of the file. `line` counts from 1. */
export type Block = Readonly<{ bytes: Uint8Array; line: number }>

const BLOCK_BYTES = 1 << 20
const LINE_BYTES_LIMIT = 64 << 20
const LINE_FEED = 10

/**
 * Reads a file, `.gz` or plain, block by block; `hash` takes the bytes as they lie on disk.
 * @throws Refusal `source.unreadable`, `source.line-too-long`
 */
export async function* blocksOf(path: string, hash: Hash = createHash('sha256')): AsyncGenerator<Block> {
  let carry: Uint8Array = new Uint8Array(0)
  let line = 1
  for await (const bytes of unpacked(path, hash)) {
    const end = bytes.lastIndexOf(LINE_FEED) + 1
    if (carry.length + bytes.length > LINE_BYTES_LIMIT && end === 0) {
      throw refuse('source.line-too-long', { file: basename(path), line, bytes: LINE_BYTES_LIMIT })
    }
    if (end === 0) {
      carry = Buffer.concat([carry, bytes])
      continue
    }
    const block = { bytes: Buffer.concat([carry, bytes.subarray(0, end)]), line }
    carry = bytes.subarray(end)
    line += linesIn(block.bytes)
    yield block
  }
  if (carry.length > 0) yield { bytes: carry, line }
}

function linesIn(bytes: Uint8Array): number {
  let lines = 0
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) lines++
  return lines
}

async function* unpacked(path: string, hash: Hash): AsyncGenerator<Uint8Array> {
  const hashing = new Transform({
    highWaterMark: BLOCK_BYTES,
    transform(bytes: Uint8Array, _encoding, done) {
      hash.update(bytes)
      done(null, bytes)
    },
  })
  const file = createReadStream(path, { highWaterMark: BLOCK_BYTES })
  const streams = path.endsWith('.gz')
    ? [file, hashing, createGunzip({ chunkSize: BLOCK_BYTES })]
    : [file, hashing]
  const last = pipeline(streams, () => {}) as unknown as AsyncIterable<Uint8Array>
  try {
    yield* last
  } catch (error) {
    throw refuse('source.unreadable', { file: path, why: error instanceof Error ? error.message : 'unknown' })
  }
}

/** Calls `visit` with the bounds of every line that is not blank, without its line ending; answers the blank ones. */
export function visitLines(block: Block, visit: (from: number, to: number, line: number) => void): number {
  const { bytes } = block
  let blank = 0
  let line = block.line
  for (let from = 0; from < bytes.length; line++) {
    const feed = bytes.indexOf(LINE_FEED, from)
    const next = feed < 0 ? bytes.length : feed + 1
    let to = feed < 0 ? bytes.length : feed
    if (to > from && bytes[to - 1] === 13) to--
    if (isBlank(bytes, from, to)) blank++
    else visit(from, to, line)
    from = next
  }
  return blank
}

function isBlank(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (bytes[at] !== 32 && bytes[at] !== 9) return false
  return true
}
