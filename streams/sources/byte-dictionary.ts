/** Codes for byte strings: a cell that was seen before is recognised without making a string of it. */

/** FNV-1a over the bytes, open addressing. Codes count from 0 in order of first sight of the bytes. */
export class ByteDictionary {
  readonly #codeFor: (bytes: Uint8Array) => number
  #slots = new Int32Array(1024).fill(-1)
  #arena = new Uint8Array(16_384)
  #ends = new Uint32Array(1024)
  #hashes = new Int32Array(1024)
  #codes = new Uint32Array(1024)
  #size = 0
  #last = -1

  /**
   * @param codeFor gives the code of bytes that are seen for the first time; two of them may share a code. Bytes that are
   * not to be remembered it answers by `~code`: it is asked again, and a file of ever new ones costs no memory.
   */
  constructor(codeFor: (bytes: Uint8Array) => number) {
    this.#codeFor = codeFor
  }

  codeOf(bytes: Uint8Array, from: number, to: number): number {
    if (this.#last >= 0 && this.#same(this.#last, bytes, from, to)) return this.#codes[this.#last]
    let hash = 0x811c9dc5 | 0
    for (let at = from; at < to; at++) hash = Math.imul(hash ^ bytes[at], 0x01000193)
    const mask = this.#slots.length - 1
    let slot = (hash ^ (hash >>> 15)) & mask
    for (;;) {
      const entry = this.#slots[slot]
      if (entry < 0) {
        const code = this.#codeFor(bytes.subarray(from, to))
        if (code < 0) return ~code
        this.#insert(bytes.subarray(from, to), { hash, slot, code })
        return code
      }
      if (this.#hashes[entry] === hash && this.#same(entry, bytes, from, to)) {
        this.#last = entry
        return this.#codes[entry]
      }
      slot = (slot + 1) & mask
    }
  }

  #same(entry: number, bytes: Uint8Array, from: number, to: number): boolean {
    const start = entry === 0 ? 0 : this.#ends[entry - 1]
    const length = this.#ends[entry] - start
    if (length !== to - from) return false
    for (let at = length - 1; at >= 0; at--) {
      if (this.#arena[start + at] !== bytes[from + at]) return false
    }
    return true
  }

  #insert(bytes: Uint8Array, { hash, slot, code }: Readonly<Record<'hash' | 'slot' | 'code', number>>): void {
    const entry = this.#size++
    if (entry >= this.#ends.length) this.#widen()
    const start = entry === 0 ? 0 : this.#ends[entry - 1]
    if (start + bytes.length > this.#arena.length) {
      const arena = new Uint8Array((start + bytes.length) * 2)
      arena.set(this.#arena)
      this.#arena = arena
    }
    this.#arena.set(bytes, start)
    this.#ends[entry] = start + bytes.length
    this.#hashes[entry] = hash
    this.#slots[slot] = entry
    this.#last = entry
    this.#codes[entry] = code
    if (this.#size * 2 > this.#slots.length) this.#rehash()
  }

  #widen(): void {
    const capacity = this.#ends.length * 2
    const ends = new Uint32Array(capacity)
    const hashes = new Int32Array(capacity)
    const codes = new Uint32Array(capacity)
    ends.set(this.#ends)
    hashes.set(this.#hashes)
    codes.set(this.#codes)
    this.#ends = ends
    this.#hashes = hashes
    this.#codes = codes
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 2).fill(-1)
    const mask = slots.length - 1
    for (let entry = 0; entry < this.#size; entry++) {
      const hash = this.#hashes[entry]
      let slot = (hash ^ (hash >>> 15)) & mask
      while (slots[slot] >= 0) slot = (slot + 1) & mask
      slots[slot] = entry
    }
    this.#slots = slots
  }
}
