/** What a processor knows, as bytes: JSON, with numbers in columns beside it that keep every bit. */

/** Columns of numbers. They are kept as they are, whatever a NaN of theirs holds. */
export type Column = Float64Array | Int32Array | Uint32Array | Uint8Array

/** JSON with columns, maps and sets in it. NaN, infinities and -0 are numbers as any other; nothing is `undefined`. */
export type Memory =
  | null
  | boolean
  | number
  | string
  | Column
  | readonly Memory[]
  | ReadonlyMap<Memory, Memory>
  | ReadonlySet<Memory>
  | { readonly [key: string]: Memory }

const COLUMNS = { f64: Float64Array, i32: Int32Array, u32: Uint32Array, u8: Uint8Array } as const
type ColumnKind = keyof typeof COLUMNS
const KINDS = Object.keys(COLUMNS) as ColumnKind[]

/** Marks what JSON has no form for. An object that has such a key of its own is written as its entries. */
const MARK = '$'
const NUMBERS: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
  '-0': -0,
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/**
 * The bytes of a memory: a line with the length of the JSON, the JSON, and the columns (little-endian) in the order in which it
 * names them. Nothing of it is shared with the memory, which may go on changing. Equal memories have equal bytes.
 * @throws TypeError for what is no memory
 */
export function memoryBytes(memory: Memory): Buffer {
  const columns: Uint8Array[] = []
  const json = Buffer.from(JSON.stringify(toJson(memory, columns)))
  return Buffer.concat([Buffer.from(`${json.length}\n`), json, ...columns])
}

/** What the bytes were made of. @throws SyntaxError for what `memoryBytes` did not make */
export function memoryFrom(bytes: Uint8Array): Memory {
  const end = bytes.indexOf(NEWLINE)
  const length = Number(Buffer.from(bytes.subarray(0, Math.max(end, 0))).toString('latin1'))
  const from = end + 1 + length
  if (end < 1 || !(from <= bytes.length)) throw new SyntaxError('it is no memory')
  const json: unknown = JSON.parse(Buffer.from(bytes.subarray(end + 1, from)).toString('utf8'))
  return fromJson(json as Json, { bytes, at: from })
}

const NEWLINE = 10

function toJson(memory: Memory, columns: Uint8Array[]): Json {
  if (typeof memory === 'number') return numberJson(memory)
  if (memory === null || typeof memory === 'string' || typeof memory === 'boolean') return memory
  if (Array.isArray(memory)) return memory.map((one) => toJson(one, columns))
  if (memory instanceof Map)
    return { [MARK]: 'map', of: [...memory].map((entry) => entry.map((one) => toJson(one, columns))) }
  if (memory instanceof Set) return { [MARK]: 'set', of: [...memory].map((one) => toJson(one, columns)) }
  if (ArrayBuffer.isView(memory)) return columnJson(memory as Column, columns)
  if (typeof memory !== 'object') throw new TypeError(`${typeof memory} is nothing that is remembered`)
  const entries = Object.entries(memory).map(([key, one]): [string, Json] => [key, toJson(one, columns)])
  return Object.hasOwn(memory, MARK) ? { [MARK]: 'object', of: entries } : Object.fromEntries(entries)
}

function numberJson(number: number): Json {
  const isPlain = Number.isFinite(number) && !Object.is(number, -0)
  return isPlain ? number : { [MARK]: Object.is(number, -0) ? '-0' : String(number) }
}

function columnJson(column: Column, columns: Uint8Array[]): Json {
  const kind = KINDS.find((one) => column instanceof COLUMNS[one])
  if (kind === undefined) throw new TypeError(`${column.constructor.name} is no column`)
  columns.push(new Uint8Array(column.buffer, column.byteOffset, column.byteLength))
  return { [MARK]: kind, of: column.length }
}

type Columns = { readonly bytes: Uint8Array; at: number }

function fromJson(json: Json, columns: Columns): Memory {
  if (json === null || typeof json !== 'object') return json
  if (Array.isArray(json)) return json.map((one) => fromJson(one, columns))
  const mark = json[MARK]
  if (typeof mark === 'string') return marked(mark, json.of, columns)
  return Object.fromEntries(Object.entries(json).map(([key, one]) => [key, fromJson(one, columns)]))
}

function marked(mark: string, of: Json, columns: Columns): Memory {
  if (Object.hasOwn(NUMBERS, mark)) return NUMBERS[mark]
  if (Object.hasOwn(COLUMNS, mark)) return columnFrom(COLUMNS[mark as ColumnKind], Number(of), columns)
  const parts = (of as Json[]).map((one) => fromJson(one, columns))
  if (mark === 'set') return new Set(parts)
  if (mark === 'map') return new Map(parts as [Memory, Memory][])
  if (mark === 'object') return Object.fromEntries(parts as [string, Memory][])
  throw new SyntaxError(`${mark} is nothing that is remembered`)
}

function columnFrom(kind: (typeof COLUMNS)[ColumnKind], length: number, columns: Columns): Column {
  const { bytes, at } = columns
  if (!(length >= 0 && at + length * kind.BYTES_PER_ELEMENT <= bytes.length))
    throw new SyntaxError('a column is cut off')
  const column = new kind(length)
  const own = new Uint8Array(column.buffer)
  own.set(bytes.subarray(at, at + own.length))
  columns.at = at + own.length
  return column
}
