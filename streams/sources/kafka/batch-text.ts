/** The lines of a batch while it is gathered: one text that grows, and for each line where it comes from. */

const FIRST_BYTES = 64 * 1024
const FIRST_LINES = 1_024
const LINE_FEED = 10
/** Characters of UTF-16 take three bytes of UTF-8 at most. */
const BYTES_PER_UNIT = 3

export class BatchText {
  #bytes = Buffer.allocUnsafe(FIRST_BYTES)
  #length = 0
  #partition = new Float64Array(FIRST_LINES)
  #offset = new Float64Array(FIRST_LINES)
  #lines = 0

  /** How many lines there are. */
  get lines(): number {
    return this.#lines
  }

  /** In bytes. */
  get length(): number {
    return this.#length
  }

  /** Adds a message's lines, of which the last one has no line feed. */
  add(text: Buffer | string, partition: number, offset: number): void {
    const from = this.#length
    this.#room(text.length * (typeof text === 'string' ? BYTES_PER_UNIT : 1) + 1)
    if (typeof text === 'string') this.#length += this.#bytes.write(text, from)
    else this.#length += text.copy(this.#bytes, from)
    this.#bytes[this.#length++] = LINE_FEED
    for (let at = from; at < this.#length; at = this.#bytes.indexOf(LINE_FEED, at) + 1)
      this.#line(partition, offset)
  }

  /** The numbers go to another thread, which would get all of what they were cut from. */
  done(): Readonly<{ text: Buffer; linePartition: Float64Array; lineOffset: Float64Array }> {
    return {
      text: this.#bytes.subarray(0, this.#length),
      linePartition: this.#partition.slice(0, this.#lines),
      lineOffset: this.#offset.slice(0, this.#lines),
    }
  }

  #line(partition: number, offset: number): void {
    if (this.#lines === this.#partition.length) {
      this.#partition = doubled(this.#partition)
      this.#offset = doubled(this.#offset)
    }
    this.#partition[this.#lines] = partition
    this.#offset[this.#lines++] = offset
  }

  #room(more: number): void {
    if (this.#length + more <= this.#bytes.length) return
    const wider = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + more))
    this.#bytes.copy(wider, 0, 0, this.#length)
    this.#bytes = wider
  }
}

function doubled(numbers: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const wider = new Float64Array(numbers.length * 2)
  wider.set(numbers)
  return wider
}
