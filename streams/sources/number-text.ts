/** Numbers from what a file holds: the double nearest to the text, or what stands for "not there" and "not a number". */
import type { FileFormat } from '../../schemas/events/data.ts'
import { trimmed } from './columns.ts'
import { NOT_EXACT, NOT_FINITE, UNREADABLE } from './rejects.ts'

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/
const INFINITE = /^[+-]?inf(?:inity)?$/i
const NOTHING = /^(?:[+-]?nan|null)$/i
const latin1 = new TextDecoder('latin1')
const utf8 = new TextDecoder()

const POWERS = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`))

/** From here on doubles are more than one apart: a number that is written out must be one of them, and is not rounded to one. */
export const EXACT_BELOW = 2 ** 53

/** What JSON says of a number that is written out and that no double is. */
export const INEXACT: unique symbol = Symbol('a number that no double is')

/** How one column's values are read. NaN is missing; `UNREADABLE`, `NOT_FINITE` and `NOT_EXACT` stand for what cannot be used. */
export type Numbers = Readonly<{
  /** The number in `bytes[from, to)`. */
  inBytes: (bytes: Uint8Array, from: number, to: number) => number
  /** Of a value of JSON, Arrow or Parquet. */
  of: (value: unknown) => number
  /** Of an integer or decimal that is written out with digits and a point, whatever the marks of the format. */
  ofDigits: (text: string) => number
  /** Of what is stored as a date or a moment, as ISO 8601 writes it. */
  ofStoredTime: (text: string) => number
  /** Of a double that stands for itself: missing where it is a number that stands for missing, then scaled. */
  ofDouble: (value: number) => number
}>

type Format = Pick<FileFormat, 'decimal' | 'thousands' | 'missing' | 'columns'>

/** @param column as it is declared: what it is divided by is declared under this name */
export function numbersFor(format: Format, column: string): Numbers {
  const divideBy = format.columns.find(({ name }) => name === column)?.divideBy ?? 1
  const words = new Set(format.missing.map(trimmed))
  const written = format.missing.map(trimmed).filter((word) => DECIMAL.test(word))
  // A column of 32 bits has the nearest of its own numbers.
  const numbers = new Set(
    written
      .map(Number)
      .flatMap((value) => [value, Math.fround(value) || value])
      .filter(Number.isFinite),
  )
  const inexact = new Set(written.filter((word) => numberOf(word) === NOT_EXACT).map(bare))
  const plain = format.decimal === '.' && format.thousands === ''
  const toPlain = plain ? null : plainFrom(format)

  const ofDouble = (value: number): number => {
    if (numbers.size > 0 && numbers.has(value)) return Number.NaN
    return divideBy === 1 ? value : value / divideBy
  }
  const ofDigits = (text: string): number => {
    const value = numberOf(text)
    if (value !== NOT_EXACT) return ofDouble(value)
    return inexact.has(bare(text)) ? Number.NaN : NOT_EXACT
  }
  const ofText = (text: string): number => {
    if (words.size > 0 && words.has(text)) return Number.NaN
    return ofDigits(toPlain === null ? text : toPlain(text))
  }
  const ofRaw = (value: unknown): number => {
    if (value === null || value === undefined) return Number.NaN
    if (typeof value === 'number') return ofDouble(double(value))
    if (typeof value === 'bigint') return ofDigits(String(value))
    if (value === INEXACT) return NOT_EXACT
    return typeof value === 'string' ? ofText(trimmed(value)) : UNREADABLE
  }
  return {
    inBytes(bytes, from, to) {
      if (!plain) return ofText(utf8.decode(bytes.subarray(from, to)))
      const value = numberIn(bytes, from, to)
      const isRead = value !== NOT_EXACT && (value - value === 0 || Number.isNaN(value))
      if (isRead || words.size === 0) return value === NOT_EXACT ? value : ofDouble(value)
      return ofText(utf8.decode(bytes.subarray(from, to)))
    },
    of: ofRaw,
    ofDigits,
    ofStoredTime: () => UNREADABLE,
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
  const value = shortNumberIn(bytes, from, to)
  return Number.isNaN(value) ? numberOf(latin1.decode(bytes.subarray(from, to))) : value
}

/** The number in `bytes[from, to)` where it has 15 digits at most, and perhaps a minus and a point; NaN where it is written otherwise. */
export function shortNumberIn(bytes: Uint8Array, from: number, to: number): number {
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
    else return Number.NaN
  }
  // Up to 15 digits over a power of ten up to 22: both are exact doubles, so their quotient is the nearest one.
  if (digits === 0 || digits > 15) return Number.NaN
  const magnitude = point < 0 ? mantissa : mantissa / POWERS[to - point - 1]
  return negative ? -magnitude : magnitude
}

/** As `numberIn`, for a trimmed string. */
function numberOf(text: string): number {
  if (text === '' || NOTHING.test(text)) return Number.NaN
  if (DECIMAL.test(text)) {
    const value = double(Number(text))
    return value < EXACT_BELOW && value > -EXACT_BELOW ? value : isExact(text, value) ? value : NOT_EXACT
  }
  return INFINITE.test(text) ? NOT_FINITE : UNREADABLE
}

/** A double as it is; the one that stands for something else, like infinity, is not a value. */
const double = (value: number): number =>
  Math.abs(value) === Number.POSITIVE_INFINITY || value === NOT_EXACT ? NOT_FINITE : value

const WRITTEN_OUT = /^[+-]?0*(\d*)(?:\.(\d*))?$/

/** With an exponent a number is a measurement, and is the nearest double; written out it is that number and no other. */
export function isExact(text: string, value: number): boolean {
  const [, whole, fraction = ''] = WRITTEN_OUT.exec(text) ?? []
  if (whole === undefined || value === NOT_FINITE) return true
  return /^0*$/.test(fraction) && BigInt(whole) === BigInt(Math.abs(value))
}

/** A number without the zeros that say nothing, so that it can be compared with another. */
const bare = (text: string): string =>
  text
    .replace(/^\+/, '')
    .replace(/^(-?)0+(?=\d)/, '$1')
    .replace(/\.0*$/, '')
