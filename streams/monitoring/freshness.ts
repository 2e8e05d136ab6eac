/** How long a data set has been silent, beside how long it ever was between two arrivals. */
import type { Position } from '../../schemas/envelope.ts'
import type { DatasetSpec } from '../../schemas/events/data.ts'
import type { Finding } from '../../schemas/events/monitor.ts'
import { MICROS_PER_DAY, type Micros } from '../../schemas/kernel/time.ts'
import { datasetSessions } from '../calendar/dataset-sessions.ts'
import { LEAST_VALUES } from './usual.ts'

/** When an arrival's newest row was known, and how long after that of the arrival before it. */
export type Gap = Readonly<{ position: Position; gap: number }>

type Declared = Pick<DatasetSpec, 'calendar' | 'prices' | 'timeZone'>

/**
 * In sessions of the exchange's calendar, where the data set has one, and else in days: weekends and holidays are no silence.
 * @returns NaN where the calendar does not reach
 */
export function silence(spec: Declared, from: Micros, to: Micros): number {
  if (spec.calendar === null) return (to - from) / MICROS_PER_DAY
  const { find, count } = datasetSessions(spec)
  const [first, last] = [find(from), find(to)]
  return Number.isNaN(first) || Number.isNaN(last) ? Number.NaN : count(first, Math.max(first, last))
}

/**
 * A data set is overdue when it has been silent for longer than ever among its latest gaps, and half as long again: of sessions,
 * one more. What is usual is no quantile, because gaps have few values (one day, three over a weekend).
 * @param gaps the latest, oldest first
 * @returns null where it is not overdue, or too few gaps tell
 */
export function overdue(spec: Declared, gaps: readonly Gap[], silent: number): Finding | null {
  const told = gaps.map(({ gap }) => gap).filter((gap) => !Number.isNaN(gap))
  if (told.length < LEAST_VALUES) return null
  const longest = told.reduce((most, gap) => Math.max(most, gap), 0)
  const high = spec.calendar === null ? 1.5 * longest : longest + 1
  if (!(silent > high)) return null
  const unit = spec.calendar === null ? 'days' : 'sessions'
  const what = `${unit} since the latest arrival`
  return { what, observed: silent, usual: longest, low: null, high, chance: null }
}
