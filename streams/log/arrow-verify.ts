/**
 * Holds the metadata of an Arrow file to its bounds before the parser sees them: FlatBuffers are offsets into themselves, and
 * the JavaScript reader follows them wherever they lead. Shapes are those of Arrow's Message.fbs, Schema.fbs and File.fbs.
 */

type Slot =
  | Readonly<{ kind: 'scalar' | 'vector'; bytes: number }>
  | Readonly<{ kind: 'string' }>
  | Readonly<{ kind: 'table' | 'tables'; shape: () => Shape }>
  | Readonly<{ kind: 'union'; shapes: Readonly<Record<number, () => Shape>>; tag: number }>
type Shape = readonly Slot[]

const scalar = (bytes: number): Slot => ({ kind: 'scalar', bytes })
const vector = (bytes: number): Slot => ({ kind: 'vector', bytes })
const table = (shape: () => Shape): Slot => ({ kind: 'table', shape })
const tables = (shape: () => Shape): Slot => ({ kind: 'tables', shape })
const text: Slot = { kind: 'string' }

const KEY_VALUE: Shape = [text, text]
const INT: Shape = [scalar(4), scalar(1)]
const PLAIN_TYPE: Shape = [scalar(2), scalar(2)]
/** The types that hold more than two small numbers: Int, Timestamp, Union, FixedSizeBinary, FixedSizeList, Decimal. */
const TYPES: Readonly<Record<number, () => Shape>> = {
  2: () => INT,
  7: () => [scalar(4), scalar(4), scalar(4)],
  10: () => [scalar(2), text],
  14: () => [scalar(2), vector(4)],
  15: () => [scalar(4)],
  16: () => [scalar(4)],
}
const ENCODING: Shape = [scalar(8), table(() => INT), scalar(1), scalar(2)]
const FIELD: Shape = [
  text,
  scalar(1),
  scalar(1),
  { kind: 'union', shapes: TYPES, tag: 2 },
  table(() => ENCODING),
  tables(() => FIELD),
  tables(() => KEY_VALUE),
]
const SCHEMA: Shape = [scalar(2), tables(() => FIELD), tables(() => KEY_VALUE), vector(8)]
const BATCH: Shape = [scalar(8), vector(16), vector(16), table(() => [scalar(1), scalar(1)]), vector(8)]
const DICTIONARY: Shape = [scalar(8), table(() => BATCH), scalar(1)]
const HEADERS: Readonly<Record<number, () => Shape>> = {
  1: () => SCHEMA,
  2: () => DICTIONARY,
  3: () => BATCH,
}
const MESSAGE: Shape = [
  scalar(2),
  scalar(1),
  { kind: 'union', shapes: HEADERS, tag: 1 },
  scalar(8),
  tables(() => KEY_VALUE),
]
const BLOCK_BYTES = 24
const FOOTER: Shape = [
  scalar(2),
  table(() => SCHEMA),
  vector(BLOCK_BYTES),
  vector(BLOCK_BYTES),
  tables(() => KEY_VALUE),
]

const MAGIC = 'ARROW1'
const CONTINUED = -1
const MOST_DEPTH = 64

/**
 * @param mostBlocks how many dictionaries and batches there may be: each further part of a dictionary is joined to all before it
 * @throws Error where an offset, a length or a block leads outside the file
 */
export function verifyArrow(bytes: Uint8Array, mostBlocks = Number.POSITIVE_INFINITY): void {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (file.toString('latin1', 0, 6) === MAGIC) verifyBlocks(file, mostBlocks)
  else verifyStream(file, mostBlocks)
}

function verifyBlocks(file: Buffer, mostBlocks: number): void {
  const end = file.length - MAGIC.length - 4
  if (end < 8 || file.toString('latin1', end + 4) !== MAGIC) throw outside('it has no footer')
  const start = end - file.readInt32LE(end)
  if (start < 8 || start >= end) throw outside('its footer')
  const footer = new Tables(file.subarray(start, end))
  const root = footer.root(FOOTER)
  let [total, blocks] = [0, 0]
  // The parser waits for ever for a block that is of another kind than the footer says.
  for (const slot of [2, 3]) {
    for (const at of footer.elements(root, slot, BLOCK_BYTES)) {
      const [offset, head, body] = [at, at + 8, at + 16].map((place, index) =>
        index === 1 ? footer.view.getInt32(place, true) : Number(footer.view.getBigInt64(place, true)),
      )
      total += head + body
      if (++blocks > mostBlocks) throw new Error(`it has more than ${mostBlocks} blocks`)
      if (offset < 8 || head < 0 || body < 0 || offset + head + body > start || total > start)
        throw outside('a block')
      verifyMessage(file, offset, start, slot)
    }
  }
}

function verifyStream(file: Buffer, mostBlocks: number): void {
  let messages = 0
  for (let at = 0; at + 4 <= file.length; ) {
    if (messages++ > mostBlocks) throw new Error(`it has more than ${mostBlocks} blocks`)
    const next = verifyMessage(file, at, file.length)
    if (next === at) return
    at = next
  }
}

/**
 * Verifies the message at a place, and answers where its body ends; the place itself where there is none.
 * @param kind the number of the header that it must have, as in `HEADERS`
 */
function verifyMessage(file: Buffer, place: number, end: number, kind?: number): number {
  const continued = file.readInt32LE(place) === CONTINUED
  const from = place + (continued ? 8 : 4)
  const length = from <= file.length ? file.readInt32LE(from - 4) : 0
  if (length === 0) return place
  if (length < 0 || from + length > end) throw outside('the head of a message')
  const message = new Tables(file.subarray(from, from + length))
  const root = message.root(MESSAGE)
  const tagAt = message.field(root, 1)
  const tag = tagAt === 0 ? 0 : message.view.getUint8(tagAt)
  if (kind !== undefined && tag !== kind)
    throw new Error('a block is of another kind than the footer says, so it is damaged')
  const bodyAt = message.field(root, 3)
  const body = bodyAt === 0 ? 0 : Number(message.view.getBigInt64(bodyAt, true))
  const stop = from + length + body
  if (body < 0 || stop > end) throw outside('the body of a message')
  verifyBuffers(message, root, body)
  return stop
}

/** Buffers lie within their body, and no column has a number of rows that is none. */
function verifyBuffers(message: Tables, root: number, body: number): void {
  const tag = message.field(root, 1)
  const type = tag === 0 ? 0 : message.view.getUint8(tag)
  if (type !== 2 && type !== 3) return
  const header = message.follow(message.field(root, 2))
  const batch = type === 3 ? header : message.follow(message.field(header, 1))
  const longs = (at: number): readonly number[] =>
    [at, at + 8].map((place) => Number(message.view.getBigInt64(place, true)))
  for (const at of message.elements(batch, 1, 16)) {
    const [length = 0, nulls = 0] = longs(at)
    if (length < 0 || nulls < 0 || nulls > length || length > 2 ** 31) throw outside('a number of rows')
  }
  for (const at of message.elements(batch, 2, 16)) {
    const [offset = 0, length = 0] = longs(at)
    if (offset < 0 || length < 0 || offset + length > body) throw outside('a buffer')
  }
}

const outside = (what: string): Error => new Error(`${what} leads outside the file, so it is damaged`)

/** The tables of one FlatBuffer. A place is a byte offset; field 0 of a table is its first. */
class Tables {
  readonly view: DataView
  #left: number
  #text: number

  constructor(bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    // No honest buffer tells the same part many times over.
    this.#left = bytes.byteLength
    this.#text = bytes.byteLength
  }

  root(shape: Shape): number {
    this.#hold(0, 4)
    const root = this.view.getUint32(0, true)
    this.#table(root, shape, 0)
    return root
  }

  /** Where a field lies; 0 where the table has none. Only for tables that were verified. */
  field(table: number, slot: number): number {
    if (table === 0) return 0
    const vtable = table - this.view.getInt32(table, true)
    const entry = 4 + slot * 2
    const offset =
      entry + 2 <= this.view.getUint16(vtable, true) ? this.view.getUint16(vtable + entry, true) : 0
    return offset === 0 ? 0 : table + offset
  }

  follow(field: number): number {
    return field === 0 ? 0 : field + this.view.getUint32(field, true)
  }

  *elements(table: number, slot: number, bytes: number): Generator<number> {
    const start = this.follow(this.field(table, slot))
    const count = start === 0 ? 0 : this.view.getUint32(start, true)
    for (let index = 0; index < count; index++) yield start + 4 + index * bytes
  }

  #table(place: number, shape: Shape, depth: number): void {
    this.#left -= 4
    if (this.#left < 0 || depth > MOST_DEPTH) throw outside('a table')
    this.#hold(place, 4)
    const vtable = place - this.view.getInt32(place, true)
    this.#hold(vtable, 4)
    this.#hold(vtable, this.view.getUint16(vtable, true))
    for (const [slot, told] of shape.entries()) {
      const at = this.field(place, slot)
      if (at !== 0) this.#slot(at, told, { table: place, depth: depth + 1 })
    }
  }

  #slot(at: number, slot: Slot, within: Readonly<{ table: number; depth: number }>): void {
    if (slot.kind === 'scalar') {
      this.#hold(at, slot.bytes)
      return
    }
    this.#hold(at, 4)
    const target = this.follow(at)
    if (slot.kind === 'table') this.#table(target, slot.shape(), within.depth)
    else if (slot.kind === 'union') {
      const tag = this.field(within.table, slot.tag)
      const shape = slot.shapes[tag === 0 ? 0 : this.view.getUint8(tag)]
      this.#table(target, shape === undefined ? PLAIN_TYPE : shape(), within.depth)
    } else {
      this.#hold(target, 4)
      const count = this.view.getUint32(target, true)
      this.#hold(target + 4, count * (slot.kind === 'vector' ? slot.bytes : slot.kind === 'string' ? 1 : 4))
      if (slot.kind === 'string') this.#text -= count
      if (this.#text < 0) throw outside('a text')
      if (slot.kind !== 'tables') return
      for (let index = 0; index < count; index++) {
        const entry = target + 4 + index * 4
        this.#table(this.follow(entry), slot.shape(), within.depth)
      }
    }
  }

  #hold(place: number, bytes: number): void {
    if (!(place >= 0 && place + bytes <= this.view.byteLength)) throw outside('a part of its metadata')
  }
}
