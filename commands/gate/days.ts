/** The sessions on which a candidate was held out: what each earned, cost and traded. */
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import { columnOf, type Rows } from '../../schemas/rows.ts'
import { periodsPerYear } from '../../streams/calendar/spacing.ts'
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

export function daysFrom(rows: Rows): Days {
  const values = (name: string) => columnOf(rows, name) ?? new Float64Array(rows.length).fill(Number.NaN)
  const sessions = values(SESSION)
  return {
    sessions,
    moments: sessions.map((session) => session * MICROS_PER_DAY),
    decidedAt: rows.knownAt,
    gross: values('gross'),
    cost: values('cost'),
    net: values('net'),
    turnover: values('turnover'),
    periodsPerYear: periodsPerYear(sessions),
  }
}
