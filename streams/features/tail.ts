/**
 * How much of the histories an engine keeps: all that a value at or after its horizon can depend on, and all that is known of it
 * since some moment. What lies further back stands in the chunks of the arrivals.
 */
import { MICROS_PER_DAY, type Micros } from '../../schemas/kernel/time.ts'
import type { Panel } from './panel.ts'
import type { Program } from './program.ts'
import type { IsGap } from './runs.ts'
import type { Series } from './series.ts'

/** Where the horizon lies, and how often it moves. */
export type Tail = Readonly<{
  /** So many event times, and so long, are after it: corrections of them are at hand. */
  times: number
  micros: Micros
  /** It moves when the facts have become more by an eighth, and by this at least. */
  facts: number
}>

/** What is joined, as reports are, comes long after the time that it is about. */
export const JOINED_TAIL_MICROS = 400 * MICROS_PER_DAY

/** A quarter of sessions, or a week where rows come more often than once a session. */
export const TAIL: Tail = { times: 64, micros: 7 * MICROS_PER_DAY, facts: 4096 }

/** Calendars and days count apart by less than this: see `gapRule`. */
const UNSURE = 3 * MICROS_PER_DAY

/** The event time from which on all can be computed; -Infinity where there are too few rows. */
export function horizonOf(panel: Panel, { times, micros }: Tail): Micros {
  const { lastTime } = panel
  const latest = new Set<Micros>()
  for (const { time, length } of panel.of(0))
    for (let row = Math.max(0, length - times); row < length; row++) latest.add(time[row])
  if (latest.size < times) return Number.NEGATIVE_INFINITY
  const ascending = Float64Array.from(latest).sort()
  return Math.min(ascending[ascending.length - times], lastTime - micros)
}

type Of = Readonly<{
  program: Pick<Program, 'lookbackRows' | 'lookbackMicros' | 'spansWithin' | 'crossesWithin' | 'sources'>
  isGap: IsGap | null
  horizon: Micros
}>

/** The first rows, and the first event time of which any entity's value is read. */
type FirstRows = Readonly<{ from: Micros; rows: ReadonlyMap<Series, number> }>

/**
 * For each series the first row that a value at or after the horizon can depend on. A window over a cross-section reads other entities
 * at the times of its own rows, so that each such step reaches as far back again.
 */
export function firstRows(panel: Panel, { program, isGap, horizon }: Of): FirstRows {
  const isGone = (time: Micros): boolean => isGap?.(time + UNSURE, horizon) ?? false
  const isApart = ({ time, length, source }: Series, row: number): boolean => {
    if (source > 0) return false
    return row === length || time[row] >= horizon
      ? isGone(time[row - 1])
      : (isGap?.(time[row - 1], time[row]) ?? false)
  }
  /** The first row of so many before a row, and of those after a moment, with the one before them. */
  const before = (
    series: Series,
    end: number,
    { rows, after }: Readonly<{ rows: number; after: Micros }>,
  ): number => {
    let first = end
    while (first > 0 && (end - first < rows || series.time[first] > after) && !isApart(series, first)) first--
    return first
  }
  const back = (series: Series, from: Micros): number => {
    const rows = program.lookbackRows + 1
    let first = before(series, series.lowerBound(from), { rows, after: Number.POSITIVE_INFINITY })
    // Windows of rows and of time lie in each other in any order: each of these steps is as far as all of a kind together.
    for (let step = 0; step < program.spansWithin && first < series.length; step++) {
      const after = series.time[first] - program.lookbackMicros
      first = before(series, first, { rows, after })
    }
    return first
  }
  let from = horizon
  for (let step = 0; step < program.crossesWithin; step++) from = earliestOf(panel, from, back)
  const rows = new Map(panel.of(0).map((series) => [series, back(series, from)]))
  if (program.sources > 1) {
    const earliest = earliestOf(panel, from, back)
    for (const series of panel.series) if (series.source > 0) rows.set(series, back(series, earliest + 1))
  }
  return { from, rows }
}

function earliestOf(panel: Panel, from: Micros, back: (series: Series, from: Micros) => number): Micros {
  let earliest = from
  for (const series of panel.of(0)) {
    const first = back(series, from)
    if (first < series.length) earliest = Math.min(earliest, series.time[first])
  }
  return earliest
}
