/** Local time in an IANA zone to a moment, where it is certain. */
import type { Micros } from '../../schemas/kernel/time.ts'
import { zoneOf } from '../calendar/zone.ts'

/** Reads local time as if it were UTC, and answers the moment, or NaN where the clocks skip or repeat that time. */
export type ZonedTime = (localMicros: Micros) => Micros

/**
 * The conversion for one zone.
 * @throws Refusal `dataset.time-zone` for a zone that is not in the IANA table
 */
export function zonedTime(timeZone: string): ZonedTime {
  const zone = zoneOf(timeZone)
  return (localMicros) => {
    const moments = zone.moments(localMicros)
    return moments.length === 1 ? moments[0] : Number.NaN
  }
}
