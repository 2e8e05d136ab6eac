/** Figures and moments as they are written everywhere in the console: fixed digits, units, UTC. */

const MINUS = '\u2212'
const NONE = '\u2013'

const signed = (text: string): string => text.replace('-', MINUS)

/** Thousands apart. */
export const count = (value: number): string => signed(value.toLocaleString('en-US'))

export const fixed = (value: number | null, digits = 2): string =>
  value === null || Number.isNaN(value) ? NONE : signed(value.toFixed(digits))

/** A fraction in percent. */
export const percent = (fraction: number | null, digits = 0): string =>
  fraction === null ? NONE : `${signed((fraction * 100).toFixed(digits))}\u00a0%`

/** A figure of any size, to so many significant digits. */
export const figure = (value: number | null, digits = 5): string =>
  value === null ? NONE : signed(String(Number(value.toPrecision(digits))))

const MICROS_PER_DAY = 86_400_000_000

/** ISO 8601 in UTC, to the second, with a finer part where there is one. @param at microseconds since 1970 */
export function moment(at: number | null): string {
  if (at === null) return NONE
  const micros = ((at % 1_000_000) + 1_000_000) % 1_000_000
  const whole = new Date((at - micros) / 1_000).toISOString().slice(0, 19)
  const fraction = micros === 0 ? '' : `.${String(micros).padStart(6, '0').replace(/0+$/, '')}`
  return `${whole}${fraction}Z`
}

/** The same for a table: without the seconds where they are none. */
export const brief = (at: number | null): string => moment(at).replace('T', ' ').replace(':00Z', 'Z')

/** A session, its local date in days since 1970-01-01. */
export const session = (days: number): string => moment(days * MICROS_PER_DAY).slice(0, 10)

/** The first digits of a digest. */
export const short = (digest: string): string => digest.slice(0, 12)

/** Names come from files: what would turn a line round, or hide in it, is written out. */
export const printable = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (sign) => `\\u{${(sign.codePointAt(0) ?? 0).toString(16)}}`)
