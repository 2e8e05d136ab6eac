/**
 * Unpacks LZ4 frames, which is how pandas writes Feather. Node has no LZ4, and the packages for it are unkept or bring a
 * binary for each machine. By the frame format 1.6.4 and the block format of lz4.org; checksums of content are left to Arrow's
 * own checks, and no byte is written beyond the limit whatever the frame says.
 */

const MAGIC = 0x184d2204
const SKIPPABLE = 0x184d2a50
const UNPACKED = 0x8000_0000
const LEAST_MATCH = 4

/** @param limit as many bytes as may come out. @throws Error for a frame that is damaged or too long */
export function unpackLz4(packed: Uint8Array, limit: number): Uint8Array {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength)
  const out = new Output(Math.min(limit, packed.length * 4 + 64), limit)
  let at = 0
  while (at < packed.length) {
    const magic = view.getUint32(at, true)
    if ((magic & 0xffff_fff0) >>> 0 === SKIPPABLE) at += 8 + view.getUint32(at + 4, true)
    else if (magic === MAGIC) at = frame(view, at + 4, out)
    else throw new Error('it is not an LZ4 frame')
  }
  return out.bytes()
}

/** Reads one frame from behind its magic number, and answers where it ends. */
function frame(view: DataView, start: number, out: Output): number {
  const flags = view.getUint8(start)
  if (flags >> 6 !== 1) throw new Error('its LZ4 frame is of another version')
  const has = (bit: number): number => (flags >> bit) & 1
  // Flags, block size, content size, dictionary, checksum of the header.
  let at = start + 2 + has(3) * 8 + has(0) * 4 + 1
  for (;;) {
    const size = view.getUint32(at, true)
    at += 4
    if (size === 0) return at + has(2) * 4
    const length = size & 0x7fff_ffff
    if (at + length > view.byteLength) throw new Error('its LZ4 frame is cut short')
    const block = new Uint8Array(view.buffer, view.byteOffset + at, length)
    if (size >= UNPACKED) out.copy(block, 0, length)
    else unpackBlock(block, out)
    at += length + has(4) * 4
  }
}

function unpackBlock(block: Uint8Array, out: Output): void {
  let at = 0
  const longer = (length: number): number => {
    let total = length
    for (let byte = 255; byte === 255; total += byte) {
      if (at >= block.length) throw new Error('its LZ4 block is cut short')
      byte = block[at++]
    }
    return total
  }
  while (at < block.length) {
    const token = block[at++]
    const literals = token >> 4 === 15 ? longer(15) : token >> 4
    if (at + literals > block.length) throw new Error('its LZ4 block is cut short')
    out.copy(block, at, literals)
    at += literals
    if (at === block.length) return
    if (at + 2 > block.length) throw new Error('its LZ4 block is cut short')
    const back = block[at] | (block[at + 1] << 8)
    at += 2
    out.repeat(back, LEAST_MATCH + ((token & 15) === 15 ? longer(15) : token & 15))
  }
}

/** Bytes that grow up to a limit. */
class Output {
  #bytes: Uint8Array
  #length = 0
  readonly #limit: number

  constructor(capacity: number, limit: number) {
    this.#bytes = new Uint8Array(capacity)
    this.#limit = limit
  }

  copy(from: Uint8Array, start: number, length: number): void {
    this.#room(length)
    if (length > 32) this.#bytes.set(from.subarray(start, start + length), this.#length)
    else for (let at = 0; at < length; at++) this.#bytes[this.#length + at] = from[start + at]
    this.#length += length
  }

  /** Writes again what was written `back` bytes ago; the two may overlap. */
  repeat(back: number, length: number): void {
    if (back === 0 || back > this.#length) throw new Error('its LZ4 block points before its beginning')
    this.#room(length)
    const bytes = this.#bytes
    const end = this.#length + length
    for (let at = this.#length; at < end; at++) bytes[at] = bytes[at - back]
    this.#length = end
  }

  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  #room(more: number): void {
    const needed = this.#length + more
    if (needed > this.#limit) throw new Error('it unpacks to more than it may')
    if (needed <= this.#bytes.length) return
    const grown = new Uint8Array(Math.min(this.#limit, Math.max(needed, this.#bytes.length * 2)))
    grown.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = grown
  }
}
