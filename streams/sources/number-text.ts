/** Numbers from what a file holds: the double nearest to the text, or what stands for "not there" and "not a number". */
import { trimmed } from './columns.ts'
import { NOT_FINITE, UNREADABLE } from './rejects.ts'

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/
const INFINITE = /^[+-]?inf(?:inity)?$/i
const latin1 = new TextDecoder('latin1')

const POWERS = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`))

/**
 * The number in `bytes[from, to)`. Nothing, and NaN in any case, are NaN: missing. Separators of thousands, decimal
 * commas, hexadecimal and words are `UNREADABLE`.
 */
export function numberIn(bytes: Uint8Array, from: number, to: number): number {
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
export function numberOf(text: string): number {
  if (text === '' || /^[+-]?nan$/i.test(text)) return Number.NaN
  if (DECIMAL.test(text)) {
    const value = Number(text)
    return Number.isFinite(value) ? value : NOT_FINITE
  }
  return INFINITE.test(text) ? NOT_FINITE : UNREADABLE
}

/** As `numberIn`, for a value of JSON or Arrow. */
export function numberFrom(value: unknown): number {
  if (value === null || value === undefined) return Number.NaN
  if (typeof value === 'number') return Math.abs(value) === Number.POSITIVE_INFINITY ? NOT_FINITE : value
  if (typeof value === 'bigint') return Number(value)
  return typeof value === 'string' ? numberOf(trimmed(value)) : UNREADABLE
}
