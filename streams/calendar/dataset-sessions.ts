/** The sessions of a data set: those of its exchange, or the local days on which it has rows; and when each is decided. */
import type { Session } from '../../schemas/calendar.ts'
import { minutesOf, sessionOfDate } from '../../schemas/calendar.ts'
import type { DatasetSpec } from '../../schemas/events/data.ts'
import { firstAbove, firstAtLeast } from '../../schemas/kernel/search.ts'
import { MICROS_PER_DAY, MICROS_PER_SECOND, type Micros } from '../../schemas/kernel/time.ts'
import { exchangeSessions, localDays, type Sessions } from './sessions.ts'
import { zoneOf } from './zone.ts'

export type DatasetSessions = Sessions &
  Readonly<{
    /**
     * When a session's decision is made, on what is known then: at the declared local time after its close, and without one
     * at the open of the next session.
     */
    decides(session: Session): Micros
    /** Whether the calendar covers a row of the data set; and of what is traded, the next session too. */
    covers(eventTime: Micros): boolean
    /**
     * The sessions to account between two (both inclusive): the exchange's all, of local days those that have rows.
     * @param withRows ascending
     */
    spine(from: Session, to: Session, withRows: readonly Session[]): readonly Session[]
  }>

type Declared = Pick<DatasetSpec, 'calendar' | 'prices' | 'timeZone'>

/** One for each declaration: a calendar of decades is not laid out for each row. */
const KNOWN = new WeakMap<Declared, DatasetSessions>()

/** @throws Refusal `dataset.time-zone` */
export function datasetSessions(declared: Declared): DatasetSessions {
  const known = KNOWN.get(declared) ?? sessionsOf(declared)
  KNOWN.set(declared, known)
  return known
}

function sessionsOf({ calendar, prices, timeZone }: Declared): DatasetSessions {
  const sessions = calendar === null ? localDays(timeZone || 'UTC') : exchangeSessions(calendar)
  const decideAt = prices?.decideAt ?? ''
  const zone = zoneOf(calendar?.zone ?? (timeZone || 'UTC'))
  const minutes = decideAt === '' ? Number.NaN : minutesOf(decideAt)
  const last = lastOf(calendar, sessions, prices === null ? 1 : 2)
  return {
    ...sessions,
    // NaN is at most nothing.
    covers: (eventTime) => sessions.find(eventTime) <= last,
    decides(session) {
      const next = sessions.next(session)
      if (decideAt === '') return sessions.opens(next)
      const at = (day: Session) => zone.moment(day * MICROS_PER_DAY + minutes * 60 * MICROS_PER_SECOND)
      // A local day has no close of its own before midnight: the time is that day's.
      const sameDay = calendar === null || at(session) >= sessions.closes(session)
      return sameDay ? at(session) : at(session + 1)
    },
    spine: (from, to, withRows) =>
      calendar === null
        ? withRows.slice(firstAtLeast(withRows, from), firstAbove(withRows, to))
        : sessions.between(from, to + 1),
  }
}

/** The last session of a calendar, or as many before the end. */
function lastOf(calendar: Declared['calendar'], sessions: Sessions, fromEnd: number): Session {
  if (calendar === null) return Number.POSITIVE_INFINITY
  const all = sessions.between(sessionOfDate(calendar.from), sessionOfDate(calendar.to))
  return all.at(-fromEnd) ?? Number.NEGATIVE_INFINITY
}
