/** The sessions on which a candidate was held out: what each earned, cost and traded. */
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import { columnOf, type Rows } from '../../schemas/rows.ts'
import { periodsPerYear } from '../../streams/calendar/spacing.ts'
import type { DayResult } from '../../streams/portfolio/account.ts'
import { SESSION } from '../../streams/training/sample.ts'

/** Held-out sessions, one entry each, as fractions of capital. */
export type Days = Readonly<{
  /** Local dates in days since 1970-01-01; and the same as microseconds. */
  sessions: Float64Array
  moments: Float64Array
  /** When each was decided. */
  decidedAt: Float64Array
  gross: Float64Array
  cost: Float64Array
  net: Float64Array
  turnover: Float64Array
  /** By their spacing. */
  periodsPerYear: number
}>

/** A model in force, and the held-out days of the run behind it. */
export type LiveBook = Readonly<{ model: string; run: string; days: Days }>

/** A book traded session by session, as held-out days. @param at its sessions and when each was decided */
export function daysOf(
  at: Readonly<{ sessions: Float64Array; moments: Float64Array }>,
  results: readonly DayResult[],
): Days {
  const series = (name: keyof DayResult) => Float64Array.from(results, (day) => day[name])
  return {
    ...datesOf(at.sessions),
    decidedAt: at.moments,
    gross: series('gross'),
    cost: series('cost'),
    net: series('net'),
    turnover: series('turnover'),
  }
}

const datesOf = (sessions: Float64Array) => ({
  sessions,
  moments: sessions.map((session) => session * MICROS_PER_DAY),
  periodsPerYear: periodsPerYear(sessions),
})

export function daysFrom(rows: Rows): Days {
  const values = (name: string) => columnOf(rows, name) ?? new Float64Array(rows.length).fill(Number.NaN)
  return {
    ...datesOf(values(SESSION)),
    decidedAt: rows.knownAt,
    gross: values('gross'),
    cost: values('cost'),
    net: values('net'),
    turnover: values('turnover'),
  }
}
