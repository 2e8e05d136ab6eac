/** Splits one line of delimited text into fields by RFC 4180, but for one thing: a field ends with its line. */

const QUOTE = 34

/** The fields of the line that was split last: `bytes[from[i], to[i])`, without quotes and outer blanks. */
export class Fields {
  bytes: Uint8Array = new Uint8Array(0)
  readonly from: Int32Array
  readonly to: Int32Array
  readonly #delimiter: number
  readonly #limit: number
  #unquoted = new Uint8Array(256)

  /** @param limit as many fields as a line may have; what is behind them is counted only */
  constructor(delimiter: string, limit: number) {
    this.#delimiter = delimiter.charCodeAt(0)
    this.#limit = limit
    this.from = new Int32Array(limit)
    this.to = new Int32Array(limit)
  }

  /** The number of fields, or -1 for a quote that does not end, or that stands in the middle of a field. */
  split(bytes: Uint8Array, from: number, to: number): number {
    this.bytes = bytes
    let count = 0
    let start = from
    for (let at = from; at < to; at++) {
      const byte = bytes[at]
      if (byte === QUOTE) return this.#splitQuoted(bytes, from, to)
      if (byte !== this.#delimiter) continue
      this.#field(count++, start, at)
      start = at + 1
    }
    this.#field(count++, start, to)
    return count
  }

  text(field: number): string {
    return new TextDecoder().decode(this.bytes.subarray(this.from[field], this.to[field]))
  }

  #splitQuoted(bytes: Uint8Array, from: number, to: number): number {
    if (this.#unquoted.length < to - from) this.#unquoted = new Uint8Array((to - from) * 2)
    const out = this.#unquoted
    this.bytes = out
    let count = 0
    let start = 0
    let end = 0
    let state: 'start' | 'plain' | 'quoted' | 'closed' = 'start'
    for (let at = from; at < to; at++) {
      const byte = bytes[at]
      if (state === 'quoted') {
        if (byte !== QUOTE) out[end++] = byte
        else if (bytes[at + 1] === QUOTE && at + 1 < to) out[end++] = bytes[++at]
        else state = 'closed'
      } else if (byte === this.#delimiter) {
        this.#field(count++, start, end)
        start = end
        state = 'start'
      } else if (byte === QUOTE) {
        if (state !== 'start') return -1
        state = 'quoted'
      } else if (byte !== 32 && byte !== 9) {
        if (state === 'closed') return -1
        state = 'plain'
        out[end++] = byte
      } else if (state !== 'closed') out[end++] = byte
    }
    if (state === 'quoted') return -1
    this.#field(count++, start, end)
    return count
  }

  #field(index: number, from: number, to: number): void {
    if (index >= this.#limit) return
    const { bytes } = this
    let first = from
    let last = to
    while (first < last && (bytes[first] === 32 || bytes[first] === 9)) first++
    while (last > first && (bytes[last - 1] === 32 || bytes[last - 1] === 9)) last--
    this.from[index] = first
    this.to[index] = last
  }
}
