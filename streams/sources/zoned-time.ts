/** Local time in an IANA zone to a moment: from the zone's rules alone, never from the machine's own zone or locale. */
import { refuse } from '../../schemas/kernel/fault.ts'
import { MICROS_PER_DAY, type Micros } from '../../schemas/kernel/time.ts'

/** Reads local time as if it were UTC, and answers the moment, or NaN where the clocks skip or repeat that time. */
export type ZonedTime = (localMicros: Micros) => Micros

export type Zone = Readonly<{
  toMoment: ZonedTime
  /** Local time minus UTC at a moment; positive east of Greenwich. */
  offsetAt: (at: Micros) => Micros
}>

/** Local time to moments, in one zone: see `zoneOf`. */
export const zonedTime = (timeZone: string): ZonedTime => zoneOf(timeZone).toMoment

/**
 * The conversion for one zone. An offset is looked up once per day; only a day on which it changes is looked at twice.
 * @throws Refusal `dataset.time-zone` for a zone that is not in the IANA table
 */
export function zoneOf(timeZone: string): Zone {
  const format = formatIn(timeZone)
  return { toMoment: toMomentBy(format), offsetAt: (at) => offsetAt(format, at) }
}

function toMomentBy(format: Intl.DateTimeFormat): ZonedTime {
  const offsets = new Map<number, Micros>()
  const offsetOnDay = (day: number): Micros => {
    const known = offsets.get(day)
    if (known !== undefined) return known
    const offset = offsetAt(format, day * MICROS_PER_DAY)
    offsets.set(day, offset)
    return offset
  }
  return (localMicros) => {
    const day = Math.floor(localMicros / MICROS_PER_DAY)
    const before = offsetOnDay(day - 1)
    const after = offsetOnDay(day + 2)
    if (before === after) return localMicros - before
    const fits = [before, after].filter((offset) => offsetAt(format, localMicros - offset) === offset)
    return fits.length === 1 ? localMicros - (fits[0] ?? Number.NaN) : Number.NaN
  }
}

function formatIn(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  } catch {
    throw refuse('dataset.time-zone', { timeZone })
  }
}

function offsetAt(format: Intl.DateTimeFormat, at: Micros): Micros {
  const seconds = Math.floor(at / 1_000_000)
  const part: Record<string, string> = {}
  for (const { type, value } of format.formatToParts(seconds * 1000)) part[type] = value
  const local = Date.UTC(
    Number(part.year),
    Number(part.month) - 1,
    Number(part.day),
    Number(part.hour),
    Number(part.minute),
    Number(part.second),
  )
  return (local - seconds * 1000) * 1000
}
