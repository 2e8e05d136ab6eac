/** Reads the times of a data set: dates at a declared local hour, or moments. What is not certain is not read. */
import { refuse } from '../../schemas/kernel/fault.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import { type Reason, reasonCode } from './rejects.ts'
import { type ZonedTime, zonedTime } from './zoned-time.ts'

/** A time that was read (`fault` is 0), or the code of the reason why not (`at` is NaN). */
export type ReadTime = Readonly<{ at: Micros; fault: number }>
export type TimeReader = (text: string) => ReadTime

const TEXT =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?(?: ?(Z|UTC|[+-]\d{2}(?::?\d{2})?))?)?$/

type Fault = 'missing' | 'malformed' | 'ambiguous' | 'too-fine'

/**
 * A reader for one column. With `timeOfDay`, a date (or a local midnight) means that hour in the zone. Without it, a
 * date alone is malformed: midnight would make it known hours before it was. A moment without a zone is local time in
 * `timeZone`, and malformed where none is declared.
 * @throws Refusal `dataset.time-zone`, `dataset.time-of-day`
 */
export function timeReader(
  clock: 'time' | 'known',
  spec: Readonly<{ timeOfDay: string; timeZone: string }>,
): TimeReader {
  const local: ZonedTime | null =
    spec.timeZone === '' && spec.timeOfDay === '' ? null : zonedTime(spec.timeZone)
  const ofDay = spec.timeOfDay === '' ? null : timeOfDayMicros(spec.timeOfDay)
  const failed = (fault: Fault): ReadTime => ({
    at: Number.NaN,
    fault: reasonCode(`${clock}.${fault}` satisfies Reason),
  })
  const inZone = (micros: Micros): ReadTime => {
    if (local === null) return failed('malformed')
    const at = local(micros)
    return Number.isNaN(at) ? failed('ambiguous') : { at, fault: 0 }
  }
  return (text) => {
    if (text === '') return failed('missing')
    const parts = TEXT.exec(text)
    if (parts === null) return failed('malformed')
    const [, year, month, day, hour, minute = '00', second = '00', fraction = '', zone] = parts
    const midnight = dayMicros(Number(year), Number(month), Number(day))
    if (Number.isNaN(midnight)) return failed('malformed')
    if (/[1-9]/.test(fraction.slice(6))) return failed('too-fine')
    if (hour === undefined) return ofDay === null ? failed('malformed') : inZone(midnight + ofDay)
    const clockMicros = clockTimeMicros(Number(hour), Number(minute), Number(second))
    if (Number.isNaN(clockMicros)) return failed('malformed')
    const micros = midnight + clockMicros + Number(fraction.slice(0, 6).padEnd(6, '0'))
    if (zone !== undefined) {
      const offset = zoneMicros(zone)
      return Number.isNaN(offset) ? failed('malformed') : { at: micros - offset, fault: 0 }
    }
    if (ofDay === null) return inZone(micros)
    return micros === midnight ? inZone(midnight + ofDay) : failed('malformed')
  }
}

function timeOfDayMicros(timeOfDay: string): Micros {
  const [hour, minute] = timeOfDay.split(':').map(Number)
  const micros = clockTimeMicros(hour ?? Number.NaN, minute ?? Number.NaN, 0)
  if (Number.isNaN(micros)) throw refuse('dataset.time-of-day', { timeOfDay })
  return micros
}

/** Midnight UTC of a day of the calendar, NaN for one that does not exist. */
function dayMicros(year: number, month: number, day: number): Micros {
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date.getTime() * 1000 : Number.NaN
}

function clockTimeMicros(hour: number, minute: number, second: number): Micros {
  return hour < 24 && minute < 60 && second < 60 ? ((hour * 60 + minute) * 60 + second) * 1e6 : Number.NaN
}

function zoneMicros(zone: string): Micros {
  if (zone === 'Z' || zone === 'UTC') return 0
  const digits = zone.slice(1).replace(':', '').padEnd(4, '0')
  const micros = clockTimeMicros(Number(digits.slice(0, 2)), Number(digits.slice(2)), 0)
  return zone.startsWith('-') ? -micros : micros
}
