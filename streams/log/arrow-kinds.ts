/** Columns that are no doubles as Arrow's own types, and back: a chunk opens elsewhere with what the vendor said. */
import {
  Bool,
  type Data,
  type DataType,
  DateDay,
  Dictionary,
  Int32,
  Int64,
  makeData,
  makeVector,
  Utf8,
  vectorFromArray,
} from 'apache-arrow'
import { textCode } from '../../schemas/category.ts'
import { assert } from '../../schemas/kernel/assert.ts'
import type { Column, ColumnKind } from '../../schemas/rows.ts'

const TWO_32 = 2 ** 32

type Kind = Readonly<{
  /** @param place of the column in its table: each dictionary has a number of its own, which would else count over the process */
  type: (place: number) => DataType
  data: (column: Column, length: number, type: DataType) => Data
  column: (data: Data) => Omit<Column, 'name' | 'kind'>
}>

const int64: Kind = {
  type: () => new Int64(),
  data: ({ values, integers }, length, type) => {
    const words = integers === undefined ? int64From(values, length) : integers.slice(0, length)
    return withNulls(values, length, { type, data: words })
  },
  column(data) {
    const integers = new BigInt64Array(data.length)
    const values = new Float64Array(data.length)
    let isExact = true
    for (let row = 0; row < data.length; row++) {
      if (isNull(data, row)) {
        values[row] = Number.NaN
        continue
      }
      integers[row] = data.values[row]
      values[row] = Number(integers[row])
      isExact &&= Number.isSafeInteger(values[row])
    }
    return isExact ? { values } : { values, integers }
  },
}

const bool: Kind = {
  type: () => new Bool(),
  data: ({ values }, length, type) => {
    const data = bitsWhere(length, (row) => values[row] === 1)
    return withNulls(values, length, { type, data })
  },
  column: (data) => ({ values: numbersIn(data, (row) => ((data.values[row >> 3] ?? 0) >> (row & 7)) & 1) }),
}

const date: Kind = {
  type: () => new DateDay(),
  data: ({ values }, length, type) => {
    const data = Int32Array.from({ length }, (_, row) => (Number.isNaN(values[row]) ? 0 : values[row]))
    return withNulls(values, length, { type, data })
  },
  column: (data) => ({ values: numbersIn(data, (row) => Number(data.values[row])) }),
}

const category: Kind = {
  type: (place) => new Dictionary(new Utf8(), new Int32(), place + 1, false),
  data: ({ values, texts }, length, type) => {
    const used = [...new Set(values.subarray(0, length))].filter((code) => !Number.isNaN(code))
    const sorted = used.map((code) => textOf(texts, code)).sort()
    const placeOf = new Map(sorted.map((text, place) => [textCode(text), place]))
    const data = Int32Array.from({ length }, (_, row) => placeOf.get(values[row]) ?? 0)
    return withNulls(values, length, { type, data, dictionary: vectorFromArray(sorted, new Utf8()) })
  },
  column(data) {
    const told: string[] = [...(data.dictionary ?? [])]
    const codes = told.map(textCode)
    const values = numbersIn(data, (row) => codes[Number(data.values[row])])
    return { values, texts: new Map(told.map((text, place) => [codes[place], text])) }
  },
}

const string: Kind = {
  type: () => new Utf8(),
  data: ({ values, texts }, length, type) => {
    const told = Array.from(values.subarray(0, length), (code) =>
      Number.isNaN(code) ? '' : textOf(texts, code),
    )
    const { valueOffsets, values: data } = vectorFromArray(told, new Utf8()).data[0] ?? {}
    return withNulls(values, length, { type, valueOffsets, data })
  },
  column(data) {
    const vector = makeVector(data)
    const texts = new Map<number, string>()
    const codes = new Map<string, number>()
    const values = numbersIn(data, (row) => {
      const text = String(vector.get(row))
      const code = codes.get(text) ?? textCode(text)
      codes.set(text, code)
      texts.set(code, text)
      return code
    })
    return { values, texts }
  },
}

const KINDS: Readonly<Record<ColumnKind, Kind>> = { int64, bool, date, category, string }

export const typeOfKind = (kind: ColumnKind, place: number): DataType => KINDS[kind].type(place)

export const dataOfKind = (kind: ColumnKind, column: Column, length: number, type: DataType): Data =>
  KINDS[kind].data(column, length, type)

export const columnOfKind = (kind: ColumnKind, name: string, data: Data): Column => ({
  name,
  kind,
  ...KINDS[kind].column(data),
})

/** The kind of column that is stored as a type in a place; null where none is. */
export function kindStoredAs(type: DataType, place: number): ColumnKind | null {
  for (const kind of Object.keys(KINDS) as ColumnKind[])
    if (String(KINDS[kind].type(place)) === String(type)) return kind
  return null
}

/** Which rows are taken back, as bits. */
export const flags = (withdrawn: Uint8Array, length: number): Data =>
  makeData({ type: new Bool(), length, nullCount: 0, data: bitsWhere(length, (row) => withdrawn[row] === 1) })

export const flagsFrom = (data: Data): Uint8Array =>
  Uint8Array.from({ length: data.length }, (_, row) => ((data.values[row >> 3] ?? 0) >> (row & 7)) & 1)

/** Whole numbers that doubles hold, in two halves, because a BigInt for each value takes ten times as long. NaN is 0. */
export function int64From(whole: Float64Array, length: number): BigInt64Array {
  const words = new Int32Array(2 * length)
  for (let row = 0; row < length; row++) {
    const value = whole[row]
    if (Number.isNaN(value)) continue
    assert(Number.isSafeInteger(value), 'an integer without its exact form is one that a double holds')
    words[2 * row] = value | 0
    words[2 * row + 1] = Math.floor(value / TWO_32)
  }
  return new BigInt64Array(words.buffer)
}

function textOf(texts: ReadonlyMap<number, string> | undefined, code: number): string {
  const text = texts?.get(code)
  assert(text !== undefined, 'a code has its text')
  return text
}

const bitsWhere = (length: number, isSet: (row: number) => boolean): Uint8Array => {
  const bits = new Uint8Array((length + 7) >> 3)
  for (let row = 0; row < length; row++)
    if (isSet(row)) bits[row >> 3] = (bits[row >> 3] ?? 0) | (1 << (row & 7))
  return bits
}

/** A column whose missing values are NaN in `values`. */
export function withNulls(values: Float64Array, length: number, parts: object): Data {
  let nullCount = 0
  for (let row = 0; row < length; row++) if (Number.isNaN(values[row])) nullCount++
  const nulls = nullCount === 0 ? {} : { nullBitmap: bitsWhere(length, (row) => !Number.isNaN(values[row])) }
  return makeData({ length, nullCount, ...nulls, ...parts } as Parameters<typeof makeData>[0])
}

const isNull = ({ nullCount, nullBitmap }: Data, row: number): boolean =>
  nullCount > 0 && (((nullBitmap[row >> 3] ?? 0) >> (row & 7)) & 1) === 0

const numbersIn = (data: Data, numberAt: (row: number) => number): Float64Array =>
  Float64Array.from({ length: data.length }, (_, row) => (isNull(data, row) ? Number.NaN : numberAt(row)))
