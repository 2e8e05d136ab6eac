/** Columns of Arrow batches as codes with their texts, and as numbers. */
import { DataType, type RecordBatch, type TimeUnit, type Vector } from 'apache-arrow'
import { assert } from '../../schemas/kernel/assert.ts'
import { trimmed } from './columns.ts'
import type { Numbers } from './number-text.ts'
import { utf8Text } from './parquet-entities.ts'
import type { Stored } from './staged.ts'

/** A code for each row, and what each code stands for. Codes count from 0 within their batch. */
export type Coded<T> = Readonly<{ codes: Uint32Array; of: readonly T[] }>

/** What a cell says for a name: nothing, a text, bytes that are no text, or something that is no name. */
export type NameCell = string | null | Readonly<{ bad: 'encoding' | 'not-a-name' }>

export function columnIn(batch: RecordBatch, column: number): Vector {
  const vector = batch.getChildAt(column)
  assert(vector !== null, `the batch has column ${column}`)
  return vector
}

/** What a cell says, for people. */
export function cellAt(batch: RecordBatch, column: number, row: number): string {
  const vector = columnIn(batch, column)
  return timeTextOf(vector.type)(rawOf(vector)(row))
}

const cellText = (value: unknown): string =>
  value === null || value === undefined ? '' : trimmed(String(value))

/** `read` is asked once for each distinct value (null included), as `keyOf` tells values apart. */
function coded<T>(rows: number, raw: (row: number) => unknown, read: (value: unknown) => T): Coded<T> {
  const places = new Map<unknown, number>()
  const codes = new Uint32Array(rows)
  const of: T[] = []
  for (let row = 0; row < rows; row++) {
    const value = raw(row)
    const key = value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value
    let code = places.get(key)
    if (code === undefined) {
      code = of.push(read(value)) - 1
      places.set(key, code)
    }
    codes[row] = code
  }
  return { codes, of }
}

export function namesOf(batch: RecordBatch, column: number): Coded<NameCell> {
  const vector = columnIn(batch, column)
  const type = DataType.isDictionary(vector.type) ? (vector.type.dictionary as DataType) : vector.type
  const isName = isText(type) || DataType.isInt(type)
  const isBytes =
    DataType.isBinary(type) ||
    DataType.isLargeBinary(type) ||
    DataType.isBinaryView(type) ||
    DataType.isFixedSizeBinary(type)
  return coded(
    batch.numRows,
    (row) => vector.get(row),
    (value): NameCell => {
      if (value === null || value === undefined) return null
      if (isBytes && value instanceof Uint8Array) return utf8Text(value) ?? { bad: 'encoding' }
      return isName ? String(value) : { bad: 'not-a-name' }
    },
  )
}

const isText = (type: DataType): boolean =>
  DataType.isUtf8(type) || DataType.isLargeUtf8(type) || DataType.isUtf8View(type)

export const storedAs = ({ type }: Readonly<{ type: DataType }>): Stored => {
  if (DataType.isDate(type)) return 'time'
  if (!DataType.isTimestamp(type)) return 'text'
  return (type.timezone ?? '') === '' ? 'time-without-zone' : 'time'
}

/** Texts of a column of times; of a date and a clock, joined by a space, where the clock is a column of its own. */
export function timesOf(batch: RecordBatch, column: number, clock = -1): Coded<string> {
  const date = textsOf(batch, column)
  if (clock < 0) return date
  const beside = textsOf(batch, clock)
  const pair = (row: number) => date.codes[row] * beside.of.length + beside.codes[row]
  return coded(batch.numRows, pair, (value) => {
    const [first, second] = [
      date.of[Math.floor(Number(value) / beside.of.length)],
      beside.of[Number(value) % beside.of.length],
    ]
    return first === '' || second === '' ? '' : `${first} ${second}`
  })
}

function textsOf(batch: RecordBatch, column: number): Coded<string> {
  const vector = columnIn(batch, column)
  return coded(batch.numRows, rawOf(vector), timeTextOf(vector.type))
}

/** Times as the integers that are stored, since Arrow would round them to milliseconds; anything else as it is read. */
function rawOf(vector: Vector): (row: number) => unknown {
  const { type } = vector
  if (!DataType.isTimestamp(type) && !DataType.isDate(type) && !DataType.isTime(type))
    return (row) => vector.get(row)
  const [data] = vector.data
  assert(data !== undefined, 'a batch has one run of data per column')
  const values: ArrayLike<unknown> = data.values
  return (row) => (vector.isValid(row) ? values[row] : null)
}

/** Units of a second, by Arrow's number of the unit. */
const PER_SECOND: Readonly<Record<TimeUnit, bigint>> = { 0: 1n, 1: 1_000n, 2: 1_000_000n, 3: 1_000_000_000n }

/** Makes of a raw time what a text file would say. */
function timeTextOf(type: DataType): (value: unknown) => string {
  const some = (text: (units: bigint) => string) => (value: unknown) =>
    value === null || value === undefined ? '' : text(BigInt(value as bigint | number))
  if (DataType.isDate(type)) {
    const isDays = type.unit === 0
    return some((units) =>
      (isDays ? isoText(units * 86_400n, 1n) : isoText(units, 1000n)).replace(/T00:00:00(\.0+)?$/, ''),
    )
  }
  if (DataType.isTime(type)) return some((units) => isoText(units, PER_SECOND[type.unit]).replace(/^.*T/, ''))
  if (!DataType.isTimestamp(type)) return cellText
  const zone = (type.timezone ?? '') === '' ? '' : 'Z'
  return some((units) => isoText(units, PER_SECOND[type.unit]) + zone)
}

/** As far as a `Date` reaches. */
const MOST_SECONDS = 8_640_000_000_000n

function isoText(units: bigint, perSecond: bigint): string {
  const fraction = ((units % perSecond) + perSecond) % perSecond
  const seconds = (units - fraction) / perSecond
  const within = seconds > MOST_SECONDS ? MOST_SECONDS : seconds < -MOST_SECONDS ? -MOST_SECONDS : seconds
  const second = new Date(Number(within) * 1000).toISOString().replace(/\.000Z$/, '')
  if (perSecond === 1n) return second
  return `${second}.${String(fraction).padStart(String(perSecond).length - 1, '0')}`
}

export function valuesOf(batch: RecordBatch, column: number, numbers: Numbers): Float64Array {
  const vector = columnIn(batch, column)
  const { type } = vector
  const scale = DataType.isDecimal(type) ? type.scale : null
  const isNumber = DataType.isInt(type) || DataType.isFloat(type)
  const asItIs = isNumber || isText(type) || DataType.isDictionary(type)
  return Float64Array.from({ length: batch.numRows }, (_, row) => {
    const value: unknown = vector.get(row)
    if (value === null || value === undefined || asItIs) return numbers.of(value)
    return scale === null ? numbers.of(false) : numbers.ofDigits(writtenOut(decimalInteger(value), scale))
  })
}

/** An integer of so many decimal places, with its point. */
function writtenOut(integer: bigint, scale: number): string {
  const digits = String(integer < 0n ? -integer : integer).padStart(scale + 1, '0')
  const point = digits.length - scale
  const text = scale > 0 ? `${digits.slice(0, point)}.${digits.slice(point)}` : digits + '0'.repeat(-scale)
  return integer < 0n ? `-${text}` : text
}

/** Arrow keeps a decimal as 32-bit words in two's complement, the lowest one first. */
function decimalInteger(words: unknown): bigint {
  assert(words instanceof Uint32Array, 'a decimal is made of 32-bit words')
  const unsigned = words.reduceRight((sum, word) => (sum << 32n) | BigInt(word), 0n)
  return BigInt.asIntN(words.length * 32, unsigned)
}
