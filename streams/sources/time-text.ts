/** Reads the times of a data set: dates at a declared local hour, or moments. What is not certain is not read. */
import { refuse } from '../../schemas/kernel/fault.ts'
import { MICROS_PER_DAY, type Micros } from '../../schemas/kernel/time.ts'
import { type Reason, reasonCode } from './rejects.ts'
import { clockTimeMicros, type PartsOf, partsOf } from './time-pattern.ts'
import { type LocalZone, localZone } from './zoned-time.ts'

/** A time that was read (`fault` is 0), or the code of the reason why not (`at` is NaN). */
export type ReadTime = Readonly<{ at: Micros; fault: number }>
export type TimeReader = (text: string) => ReadTime

type TimeSpec = Readonly<{
  timeOfDay: string
  timeZone: string
  /** As in `FileFormat`; empty is ISO 8601. */
  pattern?: string
  /** The pattern of a clock that stands behind the date and a space; null where there is no such column. */
  clock?: string | null
  finerThanMicros?: 'refuse' | 'round-up'
}>

type Fault =
  | 'missing'
  | 'malformed'
  | 'ambiguous'
  | 'too-fine'
  | 'date-alone'
  | 'beside-time-of-day'
  | 'out-of-range'

const EPOCH = /^epoch (s|ms|us|ns)$/
const NANOS_PER_UNIT = { s: 1_000_000_000n, ms: 1_000_000n, us: 1_000n, ns: 1n }
const COUNT = /^(-?)(\d{1,30})(?:\.(\d{1,30}))?$/
/** What typed columns say of years that no moment here reaches, and of "never". */
const BEYOND = /^(?:[+-]?\d{5,}-|-\d|[+-]?infinity|.*\(BC\))/i

/**
 * A reader for one column. With `timeOfDay`, a date means that hour in the zone, and so does a midnight: a local one, or
 * a moment that is midnight in the zone. Any other moment is refused there for the event's time. Without `timeOfDay`, a
 * date alone is refused, and so is a midnight without a zone: it would be known hours before it was. A moment without a
 * zone is local time in `timeZone`, and malformed where none is declared.
 * @throws Refusal `dataset.time-zone`, `dataset.time-of-day`, `dataset.format`
 */
export function timeReader(clock: 'time' | 'known', spec: TimeSpec): TimeReader {
  const zone: LocalZone | null =
    spec.timeZone === '' && spec.timeOfDay === '' ? null : localZone(spec.timeZone)
  const ofDay = spec.timeOfDay === '' ? null : timeOfDayMicros(spec.timeOfDay)
  const up = spec.finerThanMicros === 'round-up'
  const failed = (fault: Fault): ReadTime => ({
    at: Number.NaN,
    fault: reasonCode(`${clock}.${fault}` satisfies Reason),
  })
  const good = (at: Micros): ReadTime =>
    Number.isSafeInteger(at) ? { at, fault: 0 } : failed('out-of-range')
  const local = (micros: Micros): ReadTime => {
    if (zone === null) return failed('malformed')
    if (!Number.isSafeInteger(micros)) return failed('out-of-range')
    const at = zone.toMoment(micros)
    return Number.isNaN(at) ? failed('ambiguous') : good(at)
  }
  const moment = (at: Micros): ReadTime => {
    if (!Number.isSafeInteger(at)) return failed('out-of-range')
    if (ofDay === null || zone === null) return good(at)
    const shown = at + zone.offsetAt(at)
    if (shown % MICROS_PER_DAY === 0) return local(shown + ofDay)
    return clock === 'known' ? good(at) : failed('beside-time-of-day')
  }
  if ((spec.pattern ?? '').startsWith('epoch')) return epochReader(spec.pattern ?? '', { failed, moment, up })

  const partsIn: PartsOf = partsOf({ time: spec.pattern ?? '', clock: spec.clock ?? null })
  return (text) => {
    if (text === '') return failed('missing')
    const parts = partsIn(text)
    if (parts === null) return failed(BEYOND.test(text) ? 'out-of-range' : 'malformed')
    const midnight = dayMicros(parts.year, parts.month, parts.day)
    if (Number.isNaN(midnight) || Number.isNaN(parts.clockMicros)) return failed('malformed')
    if (parts.clockMicros === null) return ofDay === null ? failed('date-alone') : local(midnight + ofDay)
    const finer = /[1-9]/.test(parts.fraction.slice(6))
    if (finer && !up) return failed('too-fine')
    const fraction = Number(parts.fraction.slice(0, 6).padEnd(6, '0')) + (finer ? 1 : 0)
    const micros = midnight + parts.clockMicros + fraction
    if (parts.zone !== undefined) {
      const offset = zoneMicros(parts.zone)
      return Number.isNaN(offset) ? failed('malformed') : moment(micros - offset)
    }
    if (micros !== midnight) return ofDay === null ? local(micros) : failed('beside-time-of-day')
    if (zone === null) return failed('malformed')
    return ofDay === null ? failed('date-alone') : local(midnight + ofDay)
  }
}

type Judged = Readonly<{ failed: (fault: Fault) => ReadTime; moment: (at: Micros) => ReadTime; up: boolean }>

/** Counts since 1970 UTC, in whole numbers or with a decimal part: never by way of a double. */
function epochReader(pattern: string, { failed, moment, up }: Judged): TimeReader {
  const unit = EPOCH.exec(pattern)?.[1] as keyof typeof NANOS_PER_UNIT | undefined
  if (unit === undefined) {
    const problem = 'is not one of epoch s, epoch ms, epoch us, epoch ns'
    throw refuse('dataset.format', { key: 'time', text: pattern, problem })
  }
  const perUnit = NANOS_PER_UNIT[unit]
  return (text) => {
    if (text === '') return failed('missing')
    const [, sign, whole = '', part = ''] = COUNT.exec(text) ?? []
    if (whole === '') return failed('malformed')
    const scale = 10n ** BigInt(part.length)
    const nanos =
      (BigInt(whole) * scale + BigInt(part === '' ? 0 : part)) * perUnit * (sign === '-' ? -1n : 1n)
    const perMicro = 1000n * scale
    const rest = ((nanos % perMicro) + perMicro) % perMicro
    if (rest !== 0n && !up) return failed('too-fine')
    return moment(Number((nanos - rest) / perMicro + (rest === 0n ? 0n : 1n)))
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

function zoneMicros(zone: string): Micros {
  if (zone === 'Z' || zone === 'UTC') return 0
  const digits = zone.slice(1).replace(':', '').padEnd(4, '0')
  const micros = clockTimeMicros(Number(digits.slice(0, 2)), Number(digits.slice(2)), 0)
  return zone.startsWith('-') ? -micros : micros
}
