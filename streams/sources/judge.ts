/** Judges a staged row by itself: what is missing, unreadable, or of a time that cannot be. */
import { kindOf, typeOfColumn } from '../../schemas/column-type.ts'
import type { DatasetSpec } from '../../schemas/events/data.ts'
import { MICROS_PER_DAY, type Micros } from '../../schemas/kernel/time.ts'
import { datasetSessions } from '../calendar/dataset-sessions.ts'
import { zoneOf } from '../calendar/zone.ts'
import { NOT_EXACT, reasonCode, UNREADABLE } from './rejects.ts'
import type { ReadTime } from './time-text.ts'

const TIME_IN_FUTURE = reasonCode('time.in-future')
const OUTSIDE_CALENDAR = reasonCode('time.outside-calendar')
const KNOWN_IN_FUTURE = reasonCode('known.in-future')
const KNOWN_BEFORE_EVENT = reasonCode('known.before-event')
const KNOWN_BEFORE_CLOSE = reasonCode('known.before-close')
const NOT_A_NUMBER = reasonCode('value.not-a-number')
const NOT_FINITE = reasonCode('value.not-finite')
const INEXACT = reasonCode('value.not-exact')
const NOT_OF_TYPE = reasonCode('value.not-of-type')
const KEY_MISSING = reasonCode('key.missing')

/** Staged rows, as far as they are judged. */
type Rows = Readonly<{
  entity: Uint32Array
  time: Uint32Array
  known: Uint32Array
  values: readonly Float64Array[]
  names: Readonly<{ faults: readonly number[] }>
  times: Readonly<{ read: readonly ReadTime[] }>
  knowns: Readonly<{ read: readonly ReadTime[] }>
}>

/** The code of the reason why the row at a place cannot be used; 0 where it can. */
export type Judge = (rows: Rows, at: number) => number

export function judgeBy(spec: DatasetSpec, receivedAt: Micros): Judge {
  const { knownAt } = spec
  const { covers } = datasetSessions(spec)
  const declared = knownAt.kind === 'declared'
  const lagMicros = knownAt.kind === 'lag' ? knownAt.lagMicros : 0
  const { ahead, key } = spec.rows
  const closeOf = closesOfDailyPrices(spec)
  const isNumber = spec.columns.map(({ name }) => kindOf(typeOfColumn(spec, name)) === undefined)
  const keyPlaces = key.map((column) => spec.columns.findIndex(({ name }) => name === column))
  return (rows, at) => {
    const unnamed = rows.names.faults[rows.entity[at]]
    if (unnamed !== 0) return unnamed
    const time = rows.times.read[rows.time[at]]
    if (time.fault !== 0) return time.fault
    if (time.at > receivedAt && !ahead) return TIME_IN_FUTURE
    if (spec.calendar !== null && !covers(time.at)) return OUTSIDE_CALENDAR
    if (declared) {
      const known = rows.knowns.read[rows.known[at]]
      if (known.fault !== 0) return known.fault
      if (known.at < time.at && !ahead) return KNOWN_BEFORE_EVENT
      if (known.at > receivedAt) return KNOWN_IN_FUTURE
      if (known.at < closeOf(time.at)) return KNOWN_BEFORE_CLOSE
    } else if (time.at + lagMicros > receivedAt && !ahead) return KNOWN_IN_FUTURE
    else if (knownAt.kind === 'lag' && time.at + lagMicros < closeOf(time.at)) return KNOWN_BEFORE_CLOSE
    for (let place = 0; place < rows.values.length; place++) {
      const value = rows.values[place][at]
      if (value - value === 0 && value !== NOT_EXACT) continue
      if (value === NOT_EXACT) return INEXACT
      if (Number.isNaN(value)) continue
      if (value !== UNREADABLE) return NOT_FINITE
      return isNumber[place] === true ? NOT_A_NUMBER : NOT_OF_TYPE
    }
    for (const place of keyPlaces) if (Number.isNaN(rows.values[place][at])) return KEY_MISSING
    return 0
  }
}

/**
 * When the session closes that a row of daily prices is of: its price is that of the close, and nobody has it before. Of other rows, and of
 * a date that is no session, nothing is known of a close.
 */
function closesOfDailyPrices(spec: DatasetSpec): (eventTime: Micros) => Micros {
  const { calendar, prices, timeOfDay } = spec
  if (calendar === null || prices === null || timeOfDay === '') return () => Number.NEGATIVE_INFINITY
  const { find, closes } = datasetSessions(spec)
  const zone = zoneOf(calendar.zone)
  return (eventTime) => {
    const session = find(eventTime)
    return Math.floor(zone.local(eventTime) / MICROS_PER_DAY) === session
      ? closes(session)
      : Number.NEGATIVE_INFINITY
  }
}
