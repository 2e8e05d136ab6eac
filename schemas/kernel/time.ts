/** Time: whole microseconds since 1970-01-01T00:00:00Z, held in a number (exact until the year 2255). */
import { refuse } from './fault.ts'

export type Micros = number

export const MICROS_PER_SECOND = 1_000_000
export const MICROS_PER_DAY = 86_400 * MICROS_PER_SECOND

/** The only way that time enters: a pure core gets a moment, an edge gets a clock. */
export interface Clock {
  nowMicros(): Micros
}

const MOMENT =
  /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?(Z|[+-]\d{2}:\d{2}))?$/

/**
 * Reads an ISO 8601 moment. A date alone means midnight UTC; a time needs its zone, because a guess would be wrong
 * for somebody.
 * @throws Refusal `moment.malformed`
 */
export function parseMoment(text: string): Micros {
  const parts = MOMENT.exec(text.trim())
  if (parts === null) throw refuse('moment.malformed', { text })
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '', zone = 'Z'] = parts
  const millis = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${zone}`)
  const sameDay =
    Number(day) === new Date(Date.UTC(Number(year), Number(month) - 1, Number(day))).getUTCDate()
  if (!Number.isFinite(millis) || !sameDay) throw refuse('moment.malformed', { text })
  return millis * 1000 + Number(fraction.padEnd(6, '0'))
}

/** The second that was written last: events that follow each other are often of the same one, and a date takes longer than all the rest. */
let written: Readonly<{ second: Micros; text: string }> = { second: 0, text: '1970-01-01T00:00:00' }

/** ISO 8601 in UTC, with as many digits of the second as are needed. */
export function formatMoment(at: Micros): string {
  const micros = ((at % MICROS_PER_SECOND) + MICROS_PER_SECOND) % MICROS_PER_SECOND
  const second = at - micros
  if (second !== written.second)
    written = { second, text: new Date(second / 1000).toISOString().slice(0, 19) }
  const whole = written.text
  const fraction = micros === 0 ? '' : `.${String(micros).padStart(6, '0').replace(/0+$/, '')}`
  return `${whole}${fraction}Z`
}

/** The UTC calendar day of a moment, `2008-09-15`. */
export const formatDay = (at: Micros): string => formatMoment(at).slice(0, 10)
