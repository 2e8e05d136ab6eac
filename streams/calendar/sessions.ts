/** Trading sessions: which one a moment falls in, when it opens and closes, and which comes next. */
import {
  type CalendarSpec,
  hoursOn,
  minutesOf,
  type Session,
  sessionDate,
  sessionOfDate,
  weekdayOf,
} from '../../schemas/calendar.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { MICROS_PER_DAY, MICROS_PER_SECOND, type Micros } from '../../schemas/kernel/time.ts'
import { type Zone, zoneOf } from './zone.ts'

/**
 * A local time that the clocks skip is taken as much after the gap, and one that they repeat the first time.
 * A date outside the calendar is refused: `calendar.outside`. A day that is no session has no hours: `calendar.no-session`.
 */
export interface Sessions {
  /** The session that an event time falls in: that of its local date, or the next one where that date is none (weekend, holiday). */
  of(eventTime: Micros): Session
  /** The same for any moment of any data set: NaN where the calendar does not reach, and for NaN. */
  find(eventTime: Micros): Session
  opens(session: Session): Micros
  closes(session: Session): Micros
  isSession(day: Session): boolean
  /** The first session after a day. */
  next(session: Session): Session
  /** The last session before a day. */
  previous(session: Session): Session
  /** Sessions from (inclusive) to (exclusive). */
  between(from: Session, to: Session): Session[]
  /** How many sessions there are from (inclusive) to (exclusive), however far apart, at once. */
  count(from: Session, to: Session): number
}

const MICROS_PER_MINUTE = 60 * MICROS_PER_SECOND

const dayIn = (zone: Zone, at: Micros): Session => Math.floor(zone.local(at) / MICROS_PER_DAY)

/**
 * The sessions of an exchange.
 * @throws Refusal `dataset.time-zone`
 */
export function exchangeSessions(spec: CalendarSpec): Sessions {
  const zone = zoneOf(spec.zone)
  const first = sessionOfDate(spec.from)
  const end = sessionOfDate(spec.to)
  const sessions = sessionsIn(spec, first, end)
  /** For each date and the one after the last, how many sessions lie before it. */
  const before = new Int32Array(end - first + 1)
  for (const session of sessions) before[session - first + 1] = 1
  for (let day = 1; day < before.length; day++) before[day] += before[day - 1]
  const early = new Map(spec.earlyCloses.map((one) => [one.date, one.closes]))

  const placeOf = (day: Session): number => {
    if (day >= first && day < end) return before[day - first]
    throw outside(spec, day)
  }
  const at = (place: number, day: Session): Session => {
    if (place >= 0 && place < sessions.length) return sessions[place]
    throw outside(spec, place < 0 ? first - 1 : Math.max(day, end))
  }
  const isSession = (day: Session): boolean => sessions[placeOf(day)] === day
  const next = (day: Session): Session => at(placeOf(day) + (isSession(day) ? 1 : 0), day)
  const placeUpTo = (to: Session): number => placeOf(to - 1) + (isSession(to - 1) ? 1 : 0)
  const timed = (read: (day: string) => string): ((session: Session) => Micros) => {
    const known = new Float64Array(sessions.length).fill(Number.NaN)
    return (session) => {
      const place = placeOf(session)
      if (sessions[place] !== session)
        throw refuse('calendar.no-session', { calendar: spec.calendar, day: sessionDate(session) })
      if (Number.isNaN(known[place])) {
        const minutes = minutesOf(read(sessionDate(session)))
        known[place] = zone.moment(session * MICROS_PER_DAY + minutes * MICROS_PER_MINUTE)
      }
      return known[place]
    }
  }
  return {
    of(eventTime) {
      const day = dayIn(zone, eventTime)
      return at(placeOf(day), day)
    },
    find(eventTime) {
      if (Number.isNaN(eventTime)) return Number.NaN
      const day = dayIn(zone, eventTime)
      return (day >= first && day < end ? sessions[before[day - first]] : undefined) ?? Number.NaN
    },
    opens: timed((day) => hoursOn(spec.hours, day)?.opens ?? ''),
    closes: timed((day) => early.get(day) ?? hoursOn(spec.hours, day)?.closes ?? ''),
    isSession,
    next,
    previous: (day) => at(placeOf(day) - 1, day),
    between(from, to) {
      if (from >= to) return []
      return [...sessions.subarray(placeOf(from), placeUpTo(to))]
    },
    count: (from, to) => (from >= to ? 0 : placeUpTo(to) - placeOf(from)),
  }
}

function sessionsIn(spec: CalendarSpec, first: Session, end: Session): Int32Array {
  const weekdays = new Set(spec.weekdays)
  const holidays = new Set(spec.holidays.map(sessionOfDate))
  const days = Array.from({ length: end - first }, (_, place) => first + place)
  return Int32Array.from(days.filter((day) => weekdays.has(weekdayOf(day)) && !holidays.has(day)))
}

const outside = ({ calendar, from, to }: CalendarSpec, day: Session) =>
  refuse('calendar.outside', { calendar, from, to, day: sessionDate(day) })

/**
 * Where no calendar is declared: each local date of the zone is a session, open from midnight to midnight. A date that the
 * zone left out (Apia, 2011-12-30) is none. Where clocks go back over midnight, as in St. John's until 2011, the minutes that
 * are shown again belong to the earlier date, and it has closed.
 * @throws Refusal `dataset.time-zone`
 */
export function localDays(timeZone: string): Sessions {
  const zone = zoneOf(timeZone)
  const opens = (day: Session): Micros => zone.moment(day * MICROS_PER_DAY)
  const isSession = (day: Session): boolean => dayIn(zone, opens(day)) === day
  const next = (day: Session): Session => (isSession(day + 1) ? day + 1 : day + 2)
  const opened = (day: Session): Session => {
    if (isSession(day)) return day
    throw refuse('calendar.no-session', { calendar: timeZone, day: sessionDate(day) })
  }
  const leftOut = datesLeftOut(isSession)
  return {
    of: (eventTime) => dayIn(zone, eventTime),
    find: (eventTime) => (Number.isNaN(eventTime) ? Number.NaN : dayIn(zone, eventTime)),
    opens: (session) => opens(opened(session)),
    closes: (session) => opens(next(opened(session))),
    isSession,
    next,
    previous: (day) => (isSession(day - 1) ? day - 1 : day - 2),
    between(from, to) {
      const days = Array.from({ length: Math.max(0, to - from) }, (_, place) => from + place)
      return days.filter(isSession)
    },
    count: (from, to) => (from >= to ? 0 : to - from - leftOut(from, to)),
  }
}

/** Counts the dates that a zone left out, and looks at each date once. */
function datesLeftOut(isSession: (day: Session) => boolean): (from: Session, to: Session) => number {
  const found: Session[] = []
  let [lookedFrom, lookedTo] = [0, 0]
  const look = (day: Session): void => {
    if (!isSession(day)) found.push(day)
  }
  return (from, to) => {
    while (lookedTo < to) look(lookedTo++)
    while (lookedFrom > from) look(--lookedFrom)
    return found.filter((day) => from <= day && day < to).length
  }
}
