/**
 * Unpacks Snappy, bare or in the frames that Java's producers write: by google/snappy's format description, and the header of
 * xerial's stream. No byte is written beyond the limit, whatever the lengths say.
 */

const XERIAL = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0])
const XERIAL_HEADER_BYTES = 16

/** @param limit as many bytes as may come out. @throws Error for what is damaged or too long */
export function unpackSnappy(packed: Buffer, limit: number): Uint8Array {
  if (!packed.subarray(0, XERIAL.length).equals(XERIAL)) return unpackBlock(packed, limit)
  const blocks: Uint8Array[] = []
  let left = limit
  for (let at = XERIAL_HEADER_BYTES; at < packed.length; ) {
    if (at + 4 > packed.length) throw damaged()
    const length = packed.readUInt32BE(at)
    if (at + 4 + length > packed.length) throw damaged()
    const block = unpackBlock(packed.subarray(at + 4, at + 4 + length), left)
    blocks.push(block)
    left -= block.length
    at += 4 + length
  }
  return Buffer.concat(blocks)
}

const damaged = (): Error => new Error('its Snappy block is damaged')

function unpackBlock(packed: Buffer, limit: number): Uint8Array {
  const { value: length, next } = varint(packed)
  if (length > limit) throw new Error('its Snappy block is too long')
  const out = new Uint8Array(length)
  let [at, to] = [next, 0]
  while (at < packed.length) {
    const tag = packed[at]
    const element = (tag & 3) === 0 ? literal(packed, at) : copy(packed, at)
    if (element.from > packed.length || to + element.length > length) throw damaged()
    if (element.offset === null) {
      if (element.from + element.length > packed.length) throw damaged()
      out.set(packed.subarray(element.from, element.from + element.length), to)
      at = element.from + element.length
    } else {
      if (element.offset === 0 || element.offset > to) throw damaged()
      // It may overlap what it writes: byte by byte.
      for (let done = 0; done < element.length; done++) out[to + done] = out[to + done - element.offset]
      at = element.from
    }
    to += element.length
  }
  if (to !== length) throw damaged()
  return out
}

type Element = Readonly<{ from: number; length: number; offset: number | null }>

/** Its length in the tag, or in one to four bytes behind it. */
function literal(packed: Buffer, at: number): Element {
  const short = packed[at] >> 2
  if (short < 60) return { from: at + 1, length: short + 1, offset: null }
  const bytes = short - 59
  if (at + 1 + bytes > packed.length) throw damaged()
  return { from: at + 1 + bytes, length: packed.readUIntLE(at + 1, bytes) + 1, offset: null }
}

function copy(packed: Buffer, at: number): Element {
  const tag = packed[at]
  const bytes = [0, 1, 2, 4][tag & 3]
  if (at + 1 + bytes > packed.length) throw damaged()
  const offset = packed.readUIntLE(at + 1, bytes)
  if ((tag & 3) === 1)
    return { from: at + 2, length: ((tag >> 2) & 7) + 4, offset: ((tag >> 5) << 8) | offset }
  return { from: at + 1 + bytes, length: (tag >> 2) + 1, offset }
}

function varint(packed: Buffer): { value: number; next: number } {
  let value = 0
  for (let at = 0; at < Math.min(5, packed.length); at++) {
    value += (packed[at] & 0x7f) * 2 ** (7 * at)
    if (packed[at] < 0x80) return { value, next: at + 1 }
  }
  throw damaged()
}
