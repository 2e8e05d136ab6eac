/** Patterns of dates and times as vendors write them, `yyyyMMdd HH:mm`, made into one that reads them and nothing else. */
import { refuse } from '../../schemas/kernel/fault.ts'

/**
 * A time as its text has it. A text without a day is of the last day of its month, one without a month of the last of its
 * quarter or year: a period's value is not known before the period is over. `clockMicros` is null where no clock is told.
 */
export type Parts = Readonly<{
  year: number
  month: number
  day: number
  clockMicros: number | null
  /** Digits of the second's fraction. */
  fraction: string
  zone: string | undefined
}>

/** The parts of a text, or null where it is not of the pattern. Whether the day and the clock exist is for the reader to say. */
export type PartsOf = (text: string) => Parts | null

const ZONE = 'Z|UTC|[+-]\\d{2}(?::?\\d{2})?'
const ISO_DATE = '(?<year>\\d{4})-(?<month>\\d{2})-(?<day>\\d{2})'
const ISO_CLOCK = `(?<hour>\\d{2}):(?<minute>\\d{2})(?::(?<second>\\d{2})(?:\\.(?<fraction>\\d+))?)?(?: ?(?<zone>${ZONE}))?`

/** What a pattern may hold. Letters are as in Unicode's date patterns; any other letter stands in single quotes. */
const TOKENS: Readonly<Record<string, string>> = {
  yyyy: '(?<year>\\d{4})',
  Q: '(?<quarter>[1-4])',
  MMM: '(?<monthName>[A-Za-z]{3})',
  MM: '(?<month>\\d{2})',
  M: '(?<month>\\d{1,2})',
  dd: '(?<day>\\d{2})',
  d: '(?<day>\\d{1,2})',
  HH: '(?<hour>\\d{2})',
  H: '(?<hour>\\d{1,2})',
  hh: '(?<hour>\\d{2})',
  h: '(?<hour>\\d{1,2})',
  mm: '(?<minute>\\d{2})',
  ss: '(?<second>\\d{2})',
  a: '(?<half>[AaPp][Mm])',
  X: `(?<zone>${ZONE})`,
}
const TOKEN = /'(?:[^']|'')*'|([A-Za-z])\1*|[^A-Za-z']|'/g
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/** A reader of ISO 8601: a date, and a clock behind a space or a T. */
export const isoParts = (): PartsOf => partsBy(new RegExp(`^${ISO_DATE}(?:[T ]${ISO_CLOCK})?$`))

/**
 * A reader of one pattern, or of a date and a clock that stand in two columns and are joined by a space.
 * @param patterns empty ones are ISO 8601; `clock` is null where the clock has no column of its own
 * @throws Refusal `dataset.format`
 */
export function partsOf(patterns: Readonly<{ time: string; clock: string | null }>): PartsOf {
  const { time, clock } = patterns
  if (clock === null) return time === '' ? isoParts() : partsBy(new RegExp(`^${sourceOf(time, 'time')}$`))
  const date = time === '' ? ISO_DATE : sourceOf(time, 'time')
  const joined = `^${date} ${clock === '' ? ISO_CLOCK : sourceOf(clock, 'clock')}$`
  try {
    return partsBy(new RegExp(joined))
  } catch {
    throw refuse('dataset.format', {
      key: 'clock',
      text: clock,
      problem: 'tells what the date tells already',
    })
  }
}

function sourceOf(pattern: string, key: 'time' | 'clock'): string {
  const wrong = (problem: string) => refuse('dataset.format', { key, text: pattern, problem })
  const letters = new Set<string>()
  let before: 'other' | 'digits' | 'loose' = 'other'
  const parts = (pattern.match(TOKEN) ?? []).map((token) => {
    if (token.startsWith("'")) {
      if (token.length < 2) throw wrong('has a quote that does not end')
      before = 'other'
      return escaped(token === "''" ? "'" : token.slice(1, -1).replaceAll("''", "'"))
    }
    const [letter = ''] = token
    if (!/[A-Za-z]/.test(letter)) {
      before = /\d/.test(letter) ? 'digits' : 'other'
      return escaped(token)
    }
    const source = /^S{1,9}$/.test(token) ? `(?<fraction>\\d{${token.length}})` : TOKENS[token]
    if (source === undefined) {
      throw wrong(`has "${token}"; known are ${Object.keys(TOKENS).join(' ')} and S for digits of a fraction`)
    }
    const kind = letter === 'h' ? 'H' : letter
    if (letters.has(kind)) throw wrong(`has ${letter} twice`)
    const numeric = !['MMM', 'a', 'X'].includes(token)
    const loose = token.length === 1 && numeric && letter !== 'Q' && letter !== 'S'
    if (numeric && (before === 'loose' || (loose && before === 'digits'))) {
      throw wrong(`has "${token}" right behind another number, of one digit or two; write both with two`)
    }
    letters.add(kind).add(letter)
    before = !numeric ? 'other' : loose ? 'loose' : 'digits'
    return source
  })
  for (const [one, needs] of key === 'time' ? NEEDS : CLOCK_NEEDS) {
    if (letters.has(one) && !needs.some((other) => letters.has(other)))
      throw wrong(`has ${one} without ${needs[0]}`)
  }
  if (key === 'time' && !letters.has('y')) throw wrong('has no year (yyyy)')
  if (key === 'clock' && !letters.has('H')) throw wrong('has no hour (HH)')
  return parts.join('')
}

const CLOCK_NEEDS: readonly (readonly [string, readonly string[]])[] = [
  ['m', ['H']],
  ['s', ['m']],
  ['S', ['s']],
  ['h', ['a']],
  ['a', ['h']],
  ['X', ['H']],
]
const NEEDS: readonly (readonly [string, readonly string[]])[] = [...CLOCK_NEEDS, ['d', ['M']], ['H', ['d']]]

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')

function partsBy(pattern: RegExp): PartsOf {
  return (text) => {
    const found = pattern.exec(text)?.groups
    if (found === undefined) return null
    const year = Number(found.year)
    const month = monthOf(found)
    if (month === 0) return null
    const day = found.day === undefined ? lastDayOf(year, month) : Number(found.day)
    const clockMicros = found.hour === undefined ? null : clockOf(found)
    return { year, month, day, clockMicros, fraction: found.fraction ?? '', zone: found.zone }
  }
}

type Found = Readonly<Record<string, string | undefined>>

function monthOf({ month, monthName, quarter }: Found): number {
  if (month !== undefined) return Number(month)
  if (monthName !== undefined) return MONTHS.indexOf(monthName.toLowerCase()) + 1
  return quarter === undefined ? 12 : Number(quarter) * 3
}

const lastDayOf = (year: number, month: number): number =>
  new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate()

/** Microseconds since midnight without the fraction; NaN for a clock that does not exist. */
function clockOf({ hour, minute = '0', second = '0', half }: Found): number {
  const read = Number(hour)
  if (half === undefined) return clockTimeMicros(read, Number(minute), Number(second))
  if (read < 1 || read > 12) return Number.NaN
  return clockTimeMicros((read % 12) + (half.toLowerCase() === 'pm' ? 12 : 0), Number(minute), Number(second))
}

export const clockTimeMicros = (hour: number, minute: number, second: number): number =>
  hour < 24 && minute < 60 && second < 60 ? ((hour * 60 + minute) * 60 + second) * 1e6 : Number.NaN
