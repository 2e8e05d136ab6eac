/** Numbers from what a file holds: the double nearest to the text, or what stands for "not there" and "not a number". */
import type { FileFormat } from '../../schemas/events/data.ts'
import { trimmed } from './columns.ts'
import { NOT_FINITE, UNREADABLE } from './rejects.ts'

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/
const INFINITE = /^[+-]?inf(?:inity)?$/i
const NOTHING = /^(?:[+-]?nan|null)$/i
const latin1 = new TextDecoder('latin1')
const utf8 = new TextDecoder()

const POWERS = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`))

/** How one column's values are read. NaN is missing; `UNREADABLE` and `NOT_FINITE` stand for what cannot be used. */
export type Numbers = Readonly<{
  /** The number in `bytes[from, to)`. */
  inBytes: (bytes: Uint8Array, from: number, to: number) => number
  /** Of a value of JSON, Arrow or Parquet. */
  of: (value: unknown) => number
  /** Of a double that stands for itself: missing where it is a number that stands for missing, then scaled. */
  ofDouble: (value: number) => number
}>

type Format = Pick<FileFormat, 'decimal' | 'thousands' | 'missing' | 'columns'>

/** @param column as it is declared: what it is divided by is declared under this name */
export function numbersFor(format: Format, column: string): Numbers {
  const divideBy = format.columns.find(({ name }) => name === column)?.divideBy ?? 1
  const words = new Set(format.missing.map(trimmed))
  const numbers = new Set(format.missing.map((word) => numberOf(trimmed(word))).filter(Number.isFinite))
  const plain = format.decimal === '.' && format.thousands === ''
  const toPlain = plain ? null : plainFrom(format)

  const ofDouble = (value: number): number => {
    if (numbers.size > 0 && numbers.has(value)) return Number.NaN
    return divideBy === 1 ? value : value / divideBy
  }
  const ofText = (text: string): number => {
    if (words.size > 0 && words.has(text)) return Number.NaN
    return ofDouble(numberOf(toPlain === null ? text : toPlain(text)))
  }
  const ofRaw = (value: unknown): number => {
    if (value === null || value === undefined) return Number.NaN
    if (typeof value === 'number') {
      return Math.abs(value) === Number.POSITIVE_INFINITY ? NOT_FINITE : ofDouble(value)
    }
    if (typeof value === 'bigint') return ofDouble(Number(value))
    return typeof value === 'string' ? ofText(trimmed(value)) : UNREADABLE
  }
  return {
    inBytes(bytes, from, to) {
      if (!plain) return ofText(utf8.decode(bytes.subarray(from, to)))
      const value = numberIn(bytes, from, to)
      if (value - value === 0 || Number.isNaN(value) || words.size === 0) return ofDouble(value)
      return ofText(utf8.decode(bytes.subarray(from, to)))
    },
    of: ofRaw,
    ofDouble,
  }
}

/** Makes `1.234,5` what `1234.5` is; anything that is grouped otherwise than by three is left as what cannot be read. */
function plainFrom({ decimal, thousands }: Format): (text: string) => string {
  const point = decimal === '.' ? '\\.' : ','
  const group =
    thousands === '' ? null : thousands === ' ' ? '[ \u00a0\u202f]' : thousands === '.' ? '\\.' : thousands
  const whole = group === null ? '\\d*' : `(?:\\d{1,3}(?:${group}\\d{3})+|\\d*)`
  const pattern = new RegExp(`^([+-]?)(${whole})(?:${point}(\\d*))?((?:[eE][+-]?\\d+)?)$`)
  return (text) => {
    const [, sign, digits, fraction, exponent] = pattern.exec(text) ?? []
    // A word such as NaN is read by the rules for words, and the other mark is no digit.
    if (digits === undefined) return /[.,]/.test(text) ? 'x' : text
    return `${sign}${digits.replace(/\D/g, '')}${fraction === undefined ? '' : `.${fraction}`}${exponent}`
  }
}

/**
 * The number in `bytes[from, to)`. Nothing, and null or NaN in any case, are NaN: missing. Separators of thousands,
 * decimal commas, hexadecimal and other words are `UNREADABLE`.
 */
function numberIn(bytes: Uint8Array, from: number, to: number): number {
  if (from === to) return Number.NaN
  const negative = bytes[from] === 45
  let digits = 0
  let mantissa = 0
  let point = -1
  for (let at = negative ? from + 1 : from; at < to; at++) {
    const byte = bytes[at]
    if (byte >= 48 && byte <= 57) {
      mantissa = mantissa * 10 + (byte - 48)
      digits++
    } else if (byte === 46 && point < 0) point = at
    else return numberOf(latin1.decode(bytes.subarray(from, to)))
  }
  // Up to 15 digits over a power of ten up to 22: both are exact doubles, so their quotient is the nearest one.
  if (digits === 0 || digits > 15) return numberOf(latin1.decode(bytes.subarray(from, to)))
  const magnitude = point < 0 ? mantissa : mantissa / POWERS[to - point - 1]
  return negative ? -magnitude : magnitude
}

/** As `numberIn`, for a trimmed string. */
function numberOf(text: string): number {
  if (text === '' || NOTHING.test(text)) return Number.NaN
  if (DECIMAL.test(text)) {
    const value = Number(text)
    return Number.isFinite(value) ? value : NOT_FINITE
  }
  return INFINITE.test(text) ? NOT_FINITE : UNREADABLE
}
