/** The bytes of a text file in blocks of whole lines, unpacked and hashed as they pass. */
import { createHash, type Hash } from 'node:crypto'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { Asked } from './staged.ts'
import { unpacked } from './unpacked.ts'

/** Whole lines; `bytes` ends behind the last one's line feed, or at the end of the file. `line` counts from 1. */
export type Block = Readonly<{ bytes: Uint8Array; line: number }>

const LINE_BYTES_LIMIT = 64 << 20
const LINE_FEED = 10

/**
 * Reads a text file block by block, packed or plain; `hash` takes the bytes as they lie on disk.
 * @throws Refusal `source.unreadable`, `source.line-too-long`, `source.too-large`
 */
export async function* blocksOf(
  { path, file, spec, room }: Pick<Asked, 'path' | 'file' | 'spec' | 'room'>,
  hash: Hash = createHash('sha256'),
): AsyncGenerator<Block> {
  let carry: readonly Uint8Array[] = []
  let carried = 0
  let line = 1
  let total = 0
  for await (const bytes of unpacked(path, { hash, encoding: spec.format.encoding })) {
    total += bytes.length
    room.unpacked(total)
    const end = bytes.lastIndexOf(LINE_FEED) + 1
    if (carried + bytes.length > LINE_BYTES_LIMIT && end === 0) {
      throw refuse('source.line-too-long', { file, line, bytes: LINE_BYTES_LIMIT })
    }
    if (end === 0) {
      carry = [...carry, bytes]
      carried += bytes.length
      continue
    }
    const block = { bytes: Buffer.concat([...carry, bytes.subarray(0, end)]), line }
    carry = [bytes.subarray(end)]
    carried = bytes.length - end
    line += linesIn(block.bytes)
    yield block
  }
  if (carried > 0) yield { bytes: Buffer.concat(carry), line }
}

function linesIn(bytes: Uint8Array): number {
  let lines = 0
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) lines++
  return lines
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
