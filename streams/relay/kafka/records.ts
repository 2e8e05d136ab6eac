/** Messages as Kafka's records, format 2 (https://kafka.apache.org/documentation/#record): those of one batch, one behind the other. */
import type { Message } from '../ports.ts'

const FIRST_BYTES = 64 * 1024
/** A length of up to 2^31, doubled, in sevens of bits. */
const LENGTH_BYTES = 5
/** From here on the runtime's own way of writing a text is faster than one character after the other. */
const LONG_TEXT = 48

/** Bytes that grow, written from front to back, and again from the front for another batch. */
export class Writer {
  bytes = Buffer.allocUnsafe(FIRST_BYTES)
  length = 0

  /** A number that is not negative, as Kafka writes signed ones: zigzag, seven bits a byte. */
  count(value: number): void {
    this.#room(LENGTH_BYTES)
    let left = value * 2
    for (; left > 127; left = Math.floor(left / 128)) this.bytes[this.length++] = (left & 127) | 128
    this.bytes[this.length++] = left
  }

  /** How long it is, and itself. */
  text(value: string): void {
    if (value.length < LONG_TEXT && this.#ascii(value)) return
    this.value(Buffer.from(value))
  }

  value(value: Uint8Array): void {
    this.count(value.length)
    this.raw(value)
  }

  raw(value: Uint8Array): void {
    this.#room(value.length)
    this.bytes.set(value, this.length)
    this.length += value.length
  }

  /** @returns false where it is not all ASCII: nothing is written then */
  #ascii(value: string): boolean {
    const { length: from } = this
    this.count(value.length)
    this.#room(value.length)
    for (let at = 0; at < value.length; at++) {
      const unit = value.charCodeAt(at)
      if (unit > 127) {
        this.length = from
        return false
      }
      this.bytes[this.length++] = unit
    }
    return true
  }

  #room(more: number): void {
    if (this.length + more <= this.bytes.length) return
    const wider = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.length + more))
    wider.set(this.bytes.subarray(0, this.length))
    this.bytes = wider
  }
}

const sizeOfCount = (value: number): number => {
  let size = 1
  for (let left = value * 2; left > 127; left = Math.floor(left / 128)) size++
  return size
}

/** The record has no attributes, and the moment of its batch; each is a zero byte. */
const NOTHING = Uint8Array.of(0, 0)

/** A length of -1, in zigzag. */
const NO_VALUE = Uint8Array.of(1)

/** One record at a time; it is copied once its length is known. */
const part = new Writer()

/**
 * Offsets count from that of the batch.
 * @param all where they are written, over what was there; the bytes that are returned are its own
 */
export function recordsOf(
  messages: readonly Pick<Message, 'key' | 'value' | 'headers'>[],
  all = new Writer(),
): Buffer {
  all.length = 0
  for (const [offset, { key, value, headers }] of messages.entries()) {
    part.length = 0
    part.text(key)
    if (value === null) part.raw(NO_VALUE)
    else part.value(value)
    const names = Object.keys(headers)
    part.count(names.length)
    for (const name of names) {
      part.text(name)
      part.text(headers[name])
    }
    all.count(NOTHING.length + sizeOfCount(offset) + part.length)
    all.raw(NOTHING)
    all.count(offset)
    all.raw(part.bytes.subarray(0, part.length))
  }
  return all.bytes.subarray(0, all.length)
}
