/** An IANA time zone, both ways: from the zone's rules alone, never from the machine's own zone or locale. */
import { refuse } from '../../schemas/kernel/fault.ts'
import { MICROS_PER_DAY, MICROS_PER_SECOND, type Micros } from '../../schemas/kernel/time.ts'

export interface Zone {
  /** Local time, read as if it were UTC, at a moment. Cheap: offsets are looked up once a day. */
  local(at: Micros): Micros
  /** The moments at which the clocks show a local time, ascending: none where they skip it, two where they repeat it. */
  moments(local: Micros): readonly Micros[]
  /** The first moment at which the clocks show a local time, or where they skip it, as much after the gap. */
  moment(local: Micros): Micros
}

/** One for each zone: to lay one out takes .4 ms. */
const KNOWN = new Map<string, Zone>()

/**
 * The conversion for one zone. It takes the clocks to change once a day at most, and on a whole second.
 * @throws Refusal `dataset.time-zone` for a zone that is not in the IANA table
 */
export function zoneOf(timeZone: string): Zone {
  const known = KNOWN.get(timeZone) ?? laidOut(timeZone)
  KNOWN.set(timeZone, known)
  return known
}

function laidOut(timeZone: string): Zone {
  const format = formatIn(timeZone)
  const midnights = new Map<number, Micros>()
  const changes = new Map<number, Micros>()
  const offsetOnDay = (day: number): Micros => {
    const known = midnights.get(day)
    if (known !== undefined) return known
    const offset = offsetAt(format, day * MICROS_PER_DAY)
    midnights.set(day, offset)
    return offset
  }
  const changeOn = (day: number): Micros => {
    const known = changes.get(day)
    if (known !== undefined) return known
    const change = changeBetween(format, day * MICROS_PER_DAY, (day + 1) * MICROS_PER_DAY)
    changes.set(day, change)
    return change
  }
  const around = (local: Micros): [before: Micros, after: Micros] => {
    const day = Math.floor(local / MICROS_PER_DAY)
    return [offsetOnDay(day - 1), offsetOnDay(day + 2)]
  }
  const moments = (local: Micros): readonly Micros[] => {
    const [before, after] = around(local)
    if (before === after) return [local - before]
    const fits = [before, after].filter((offset) => offsetAt(format, local - offset) === offset)
    return fits.map((offset) => local - offset).sort((a, b) => a - b)
  }
  return {
    local(at) {
      const day = Math.floor(at / MICROS_PER_DAY)
      const before = offsetOnDay(day)
      const after = offsetOnDay(day + 1)
      return at + (before === after || at < changeOn(day) ? before : after)
    },
    moments,
    moment: (local) => moments(local)[0] ?? local - around(local)[0],
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

/** The first moment of the offset that holds at `to`, given that another holds at `from`. */
function changeBetween(format: Intl.DateTimeFormat, from: Micros, to: Micros): Micros {
  const before = offsetAt(format, from)
  let [low, high] = [from / MICROS_PER_SECOND, to / MICROS_PER_SECOND]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (offsetAt(format, middle * MICROS_PER_SECOND) === before) low = middle
    else high = middle
  }
  return high * MICROS_PER_SECOND
}

/** Local time minus UTC at a moment; positive east of Greenwich. */
function offsetAt(format: Intl.DateTimeFormat, at: Micros): Micros {
  const seconds = Math.floor(at / MICROS_PER_SECOND)
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
