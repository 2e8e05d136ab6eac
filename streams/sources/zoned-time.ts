/** Local time in an IANA zone to a moment, where only one moment shows it. */
import type { Micros } from '../../schemas/kernel/time.ts'
import { zoneOf } from '../calendar/zone.ts'

/** Reads local time as if it were UTC, and answers the moment, or NaN where the clocks skip or repeat that time. */
export type ZonedTime = (localMicros: Micros) => Micros

export type LocalZone = Readonly<{
  toMoment: ZonedTime
  /** Local time minus UTC at a moment; positive east of Greenwich. */
  offsetAt: (at: Micros) => Micros
}>

/** Local time to moments, in one zone. @throws Refusal `dataset.time-zone` */
export const zonedTime = (timeZone: string): ZonedTime => localZone(timeZone).toMoment

/**
 * The conversion for one zone.
 * @throws Refusal `dataset.time-zone` for a zone that is not in the IANA table
 */
export function localZone(timeZone: string): LocalZone {
  const zone = zoneOf(timeZone)
  return {
    toMoment: (localMicros) => {
      const moments = zone.moments(localMicros)
      return moments.length === 1 ? moments[0] : Number.NaN
    },
    offsetAt: (at) => zone.local(at) - at,
  }
}
