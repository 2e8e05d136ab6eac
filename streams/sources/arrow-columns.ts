/** Columns of Arrow batches as codes of the staging, and as numbers. */
import { DataType, type RecordBatch, type TimeUnit, type Vector } from 'apache-arrow'
import { assert } from '../../schemas/kernel/assert.ts'
import { trimmed } from './columns.ts'
import type { Names } from './names.ts'
import type { Numbers } from './number-text.ts'
import { utf8Text } from './parquet-entities.ts'
import { reasonCode } from './rejects.ts'
import type { Stored } from './staged.ts'

const ENCODING = reasonCode('entity.encoding')
const NOT_A_NAME = reasonCode('entity.not-a-name')

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

/** For each row the code of its cell; `codeOf` is asked once for each distinct value (null included). */
function coded(rows: number, raw: (row: number) => unknown, codeOf: (value: unknown) => number): Uint32Array {
  const known = new Map<unknown, number>()
  const codes = new Uint32Array(rows)
  for (let row = 0; row < rows; row++) {
    const value = raw(row)
    const key = value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value
    let code = known.get(key)
    if (code === undefined) {
      code = codeOf(value)
      known.set(key, code)
    }
    codes[row] = code
  }
  return codes
}

/** The codes of a column of names: a cell may say nothing, a text, bytes that are no text, or something that is no name. */
export function nameCodes(batch: RecordBatch, column: number, names: Names): Uint32Array {
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
    (value) => {
      if (value === null || value === undefined) return names.codeOf('')
      const text =
        isBytes && value instanceof Uint8Array ? utf8Text(value) : isName ? String(value) : undefined
      if (text === undefined) return names.badOf(NOT_A_NAME)
      return text === null ? names.badOf(ENCODING) : names.codeOf(text)
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

/** The codes of a column of times; of a date and a clock, joined by a space, where the clock is a column of its own. */
export function timeCodes(
  batch: RecordBatch,
  { time, clock }: Readonly<{ time: number; clock: number }>,
  codeOf: (text: string) => number,
): Uint32Array {
  const textCodes = (column: number, codeOf: (text: string) => number): Uint32Array => {
    const vector = columnIn(batch, column)
    const textOf = timeTextOf(vector.type)
    return coded(batch.numRows, rawOf(vector), (value) => codeOf(textOf(value)))
  }
  if (clock < 0) return textCodes(time, codeOf)
  const dates: string[] = []
  const clocks: string[] = []
  const date = textCodes(time, (text) => dates.push(text) - 1)
  const beside = textCodes(clock, (text) => clocks.push(text) - 1)
  const pair = (row: number) => date[row] * clocks.length + beside[row]
  return coded(batch.numRows, pair, (value) => {
    const [first, second] = [
      dates[Math.floor(Number(value) / clocks.length)],
      clocks[Number(value) % clocks.length],
    ]
    return codeOf(first === '' || second === '' ? '' : `${first} ${second}`)
  })
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
  const asItIs = isNumber || isText(type) || DataType.isDictionary(type) || DataType.isBool(type)
  if (DataType.isDate(type) || DataType.isTimestamp(type)) {
    const [raw, textOf] = [rawOf(vector), timeTextOf(type)]
    return Float64Array.from({ length: batch.numRows }, (_, row) => {
      const value = raw(row)
      return value === null || value === undefined ? numbers.of(value) : numbers.ofStoredTime(textOf(value))
    })
  }
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
