/** Columns of Arrow batches as codes, texts of time and numbers. */
import { DataType, type RecordBatch, type TimeUnit, type Vector } from 'apache-arrow'
import { assert } from '../../schemas/kernel/assert.ts'
import { trimmed } from './columns.ts'
import { numberFrom } from './number-text.ts'

export function columnIn(batch: RecordBatch, column: number): Vector {
  const vector = batch.getChildAt(column)
  assert(vector !== null, `the batch has column ${column}`)
  return vector
}

export const cellText = (value: unknown): string =>
  value === null || value === undefined ? '' : trimmed(String(value))

/** A code per row; `codeOf` is asked once for each distinct value (null included) as it lies in the buffers. */
export function textCodes(
  batch: RecordBatch,
  column: number,
  codeOf: (value: unknown) => number,
): Uint32Array {
  const vector = columnIn(batch, column)
  const raw = rawOf(vector)
  const codes = new Map<unknown, number>()
  const out = new Uint32Array(batch.numRows)
  for (let row = 0; row < out.length; row++) {
    const value = raw(row)
    let code = codes.get(value)
    if (code === undefined) {
      code = codeOf(value)
      codes.set(value, code)
    }
    out[row] = code
  }
  return out
}

/** Times as the integers that are stored, since Arrow would round them to milliseconds; anything else as it is read. */
function rawOf(vector: Vector): (row: number) => unknown {
  const { type } = vector
  if (!DataType.isTimestamp(type) && !DataType.isDate(type)) return (row) => vector.get(row)
  const [data] = vector.data
  assert(data !== undefined, 'a batch has one run of data per column')
  const values: ArrayLike<unknown> = data.values
  return (row) => (vector.isValid(row) ? values[row] : null)
}

/** Units of a second, by Arrow's number of the unit. */
const PER_SECOND: Readonly<Record<TimeUnit, bigint>> = { 0: 1n, 1: 1_000n, 2: 1_000_000n, 3: 1_000_000_000n }

/** Makes of a raw time what a text file would say. A timestamp without a zone is UTC unless the data set names one. */
export function timeTextOf(
  batch: RecordBatch,
  column: number,
  spec: Readonly<{ timeZone: string }>,
): (value: unknown) => string {
  const { type } = columnIn(batch, column)
  if (DataType.isDate(type)) {
    const perSecond = type.unit === 0 ? null : 1000n
    return (value) => {
      if (value === null) return ''
      const text =
        perSecond === null
          ? isoText(BigInt(value as number) * 86_400n, 1n)
          : isoText(BigInt(value as bigint), perSecond)
      return text.replace(/T00:00:00$/, '')
    }
  }
  if (!DataType.isTimestamp(type)) return cellText
  const zone = (type.timezone ?? '') === '' && spec.timeZone !== '' ? '' : 'Z'
  return (value) => (value === null ? '' : isoText(BigInt(value as bigint), PER_SECOND[type.unit]) + zone)
}

function isoText(units: bigint, perSecond: bigint): string {
  const fraction = ((units % perSecond) + perSecond) % perSecond
  const second = new Date(Number((units - fraction) / perSecond) * 1000).toISOString().replace(/\.000Z$/, '')
  if (perSecond === 1n) return second
  return `${second}.${String(fraction).padStart(String(perSecond).length - 1, '0')}`
}

export function numbersOf(batch: RecordBatch, column: number): Float64Array {
  const vector = columnIn(batch, column)
  const { type } = vector
  const scale = DataType.isDecimal(type) ? type.scale : null
  return Float64Array.from({ length: batch.numRows }, (_, row) => {
    const value: unknown = vector.get(row)
    return scale !== null && value !== null ? Number(`${decimalInteger(value)}e${-scale}`) : numberFrom(value)
  })
}

/** Arrow keeps a decimal as 32-bit words in two's complement, the lowest one first. */
function decimalInteger(words: unknown): bigint {
  assert(words instanceof Uint32Array, 'a decimal is made of 32-bit words')
  const unsigned = words.reduceRight((sum, word) => (sum << 32n) | BigInt(word), 0n)
  return BigInt.asIntN(words.length * 32, unsigned)
}
