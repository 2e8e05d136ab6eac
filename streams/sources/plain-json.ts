/**
 * Plain lines of JSON, read from their bytes: an object of texts without escapes, numbers and words, as data feeds write them. Whatever
 * else a line is, it is not for this reader to say, and is parsed as JSON.
 */

/** What a member's value is written as. */
export const [TEXT, NUMBER, TRUE, FALSE, NULL] = [1, 2, 3, 4, 5]

/** More members than a feed has; a line of more is not plain. */
const MOST_MEMBERS = 256
const [TAB, FEED, RETURN, SPACE, MARK, PLUS, COMMA, MINUS, POINT, NOUGHT, NINE, COLON] = [
  9, 10, 13, 32, 34, 43, 44, 45, 46, 48, 57, 58,
]
const [E, BACKSLASH, SMALL_E, OPEN, CLOSE] = [69, 92, 101, 123, 125]
const wordOf = (word: string, kind: number) => ({ bytes: Buffer.from(word), kind })
/** By their first byte. */
const WORDS = new Map(
  [wordOf('true', TRUE), wordOf('false', FALSE), wordOf('null', NULL)].map((word) => [word.bytes[0], word]),
)

/** One line at a time: where its members are. Keys that are there twice are two members. */
export class PlainLine {
  count = 0
  readonly keyFrom = new Uint32Array(MOST_MEMBERS)
  readonly keyTo = new Uint32Array(MOST_MEMBERS)
  readonly kind = new Uint8Array(MOST_MEMBERS)
  /** Of a text what stands between its quotation marks. */
  readonly from = new Uint32Array(MOST_MEMBERS)
  readonly to = new Uint32Array(MOST_MEMBERS)

  /** @returns whether `bytes[from, to)` is a plain line with a member at least; if so JSON says the same of it */
  read(bytes: Uint8Array, from: number, to: number): boolean {
    this.count = 0
    let at = blanks(bytes, from, to)
    if (bytes[at] !== OPEN || at >= to) return false
    for (at++; this.count < MOST_MEMBERS; at++) {
      at = this.#member(bytes, blanks(bytes, at, to), to)
      if (at < 0) return false
      at = blanks(bytes, at, to)
      if (at >= to) return false
      this.count++
      if (bytes[at] === CLOSE) return blanks(bytes, at + 1, to) === to
      if (bytes[at] !== COMMA) return false
    }
    return false
  }

  /** @returns the place behind it; -1 where it is not plain */
  #member(bytes: Uint8Array, start: number, to: number): number {
    if (bytes[start] !== MARK) return -1
    const { count } = this
    let at = textEnd(bytes, start + 1, to)
    if (at < 0) return -1
    this.keyFrom[count] = start + 1
    this.keyTo[count] = at
    at = blanks(bytes, at + 1, to)
    if (bytes[at] !== COLON || at >= to) return -1
    at = blanks(bytes, at + 1, to)
    const byte = bytes[at]
    this.from[count] = at
    let end: number
    if (byte === MARK) {
      end = textEnd(bytes, at + 1, to)
      this.kind[count] = TEXT
      this.from[count] = at + 1
      this.to[count] = end
      return end < 0 ? -1 : end + 1
    }
    if (byte === MINUS || (byte >= NOUGHT && byte <= NINE)) {
      end = numberEnd(bytes, at, to)
      this.kind[count] = NUMBER
    } else {
      const word = WORDS.get(byte)
      end = word === undefined ? -1 : wordEnd(bytes, at, word.bytes)
      this.kind[count] = word?.kind ?? 0
    }
    this.to[count] = end
    return end > to ? -1 : end
  }
}

function blanks(bytes: Uint8Array, from: number, to: number): number {
  let at = from
  for (; at < to; at++) {
    const byte = bytes[at]
    if (byte !== SPACE && byte !== TAB && byte !== FEED && byte !== RETURN) break
  }
  return at
}

/** Where the quotation mark is that ends a text; -1 where the text has an escape or a control character, or no end. */
function textEnd(bytes: Uint8Array, from: number, to: number): number {
  for (let at = from; at < to; at++) {
    const byte = bytes[at]
    if (byte === MARK) return at
    if (byte < SPACE || byte === BACKSLASH) return -1
  }
  return -1
}

const isDigit = (byte: number): boolean => byte >= NOUGHT && byte <= NINE

/** JSON's own grammar: no sign but a minus, no zero in front, a digit on both sides of the point. -1 where it is broken. */
function numberEnd(bytes: Uint8Array, from: number, to: number): number {
  let at = bytes[from] === MINUS ? from + 1 : from
  const first = at
  at = digits(bytes, at, to)
  if (at === first || (bytes[first] === NOUGHT && at > first + 1)) return -1
  if (at < to && bytes[at] === POINT) {
    const fraction = at + 1
    at = digits(bytes, fraction, to)
    if (at === fraction) return -1
  }
  if (at < to && (bytes[at] === E || bytes[at] === SMALL_E)) {
    at++
    if (at < to && (bytes[at] === PLUS || bytes[at] === MINUS)) at++
    const exponent = at
    at = digits(bytes, exponent, to)
    if (at === exponent) return -1
  }
  return at
}

function digits(bytes: Uint8Array, from: number, to: number): number {
  let at = from
  while (at < to && isDigit(bytes[at])) at++
  return at
}

function wordEnd(bytes: Uint8Array, from: number, word: Uint8Array): number {
  for (let at = 0; at < word.length; at++) if (bytes[from + at] !== word[at]) return -1
  return from + word.length
}
