/** Data sets that a policy names beside the candidate's own, as series: one for each entity, corrections applied. */
import type { Session } from '../../schemas/calendar.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import { datasetSessions } from '../../streams/calendar/dataset-sessions.ts'
import type { GivenData } from './evidence.ts'

/** The first column of a data set for one entity, by ascending event time, each as it was known last. */
type GivenSeries = Readonly<{
  entity: string
  eventTimes: Float64Array
  knownAt: Float64Array
  values: Float64Array
}>

type Cell = Readonly<{ eventTime: Micros; knownAt: Micros; value: number }>

export function seriesOf({ arrivals, asOf }: Pick<GivenData, 'arrivals' | 'asOf'>): readonly GivenSeries[] {
  const cells = new Map<string, Map<Micros, Cell>>()
  for (const rows of arrivals)
    for (let row = 0; row < rows.length; row++) {
      if (rows.knownAt[row] > asOf) continue
      const entity = rows.entities[rows.entity[row]]
      const own = cells.get(entity) ?? new Map<Micros, Cell>()
      cells.set(entity, own)
      const [eventTime, knownAt] = [rows.eventTime[row], rows.knownAt[row]]
      const before = own.get(eventTime)
      if (before === undefined || knownAt >= before.knownAt)
        own.set(eventTime, { eventTime, knownAt, value: rows.columns[0].values[row] })
    }
  return [...cells.keys()].sort().map((entity) => {
    const own = [...(cells.get(entity)?.values() ?? [])].sort((a, b) => a.eventTime - b.eventTime)
    return {
      entity,
      eventTimes: Float64Array.from(own, (cell) => cell.eventTime),
      knownAt: Float64Array.from(own, (cell) => cell.knownAt),
      values: Float64Array.from(own, (cell) => cell.value),
    }
  })
}

/** A series of returns: each from the session before it in the series to its own, ascending. */
export type SessionSeries = Readonly<{ name: string; sessions: Float64Array; returns: Float64Array }>

/** What a return of 1 means, by the unit that its column declares. */
const SCALES: Readonly<Record<string, number>> = {
  return: 1,
  fraction: 1,
  percent: 100,
  '%': 100,
  bps: 10_000,
}

/**
 * Factor returns by the data set's own sessions: a first column named `return` holds them in the unit that it declares, any
 * other holds prices from which they are made. A missing value is passed over: the next return covers it.
 * @throws Refusal `factor.unit`
 */
export function factorReturns(given: GivenData): readonly SessionSeries[] {
  const { spec } = given
  const [{ name, unit }] = spec.columns
  const areReturns = name === 'return'
  const scale = areReturns ? SCALES[unit.toLowerCase()] : 1
  if (scale === undefined) throw refuse('factor.unit', { dataset: spec.dataset, unit })
  const sessions = datasetSessions(spec)
  return seriesOf(given).map(({ entity, eventTimes, values }) => {
    const bySession = new Map<Session, number>()
    for (const [i, at] of eventTimes.entries())
      if (!Number.isNaN(values[i])) bySession.set(sessions.of(at), values[i] / scale)
    const found = Float64Array.from(bySession.keys())
    const levels = Float64Array.from(bySession.values())
    const impossible = levels.find((value) => areReturns && value < -1)
    if (impossible !== undefined)
      throw refuse('factor.unit', { dataset: spec.dataset, unit: `${unit} (${entity} has ${impossible})` })
    const returns = areReturns
      ? levels
      : levels.map((price, i) => (i === 0 ? Number.NaN : price / levels[i - 1] - 1))
    return { name: entity, sessions: found, returns }
  })
}

/** More than so many times the usual distance from one common session to the next is a hole, not a period. */
const HOLE = 3

/**
 * Every series over the same periods: from one session that all of them have to the next, compounded. A monthly factor is so
 * compared with the book's months, never with single days.
 * @returns the session at the end of each period, and the returns of each series
 */
export function commonPeriods(
  series: readonly SessionSeries[],
): Readonly<{ sessions: Float64Array; returns: readonly Float64Array[] }> {
  const places = series.map(({ sessions }) => new Map(Array.from(sessions, (one, place) => [one, place])))
  const shared = [...(series[0]?.sessions ?? [])].filter((one) => places.every((of) => of.has(one)))
  const steps = shared.slice(1).map((session, k) => session - shared[k])
  const usual = [...steps].sort((a, b) => a - b)[steps.length >>> 1] ?? 0
  const ends = shared.flatMap((_, k) => (k > 0 && steps[k - 1] <= HOLE * Math.max(usual, 4) ? [k] : []))
  return {
    sessions: Float64Array.from(ends, (k) => shared[k]),
    returns: series.map(({ returns }, s) =>
      Float64Array.from(ends, (k) => {
        const [from, to] = [places[s].get(shared[k - 1]) ?? 0, places[s].get(shared[k]) ?? 0]
        if (to - from === 1) return returns[to]
        return returns.subarray(from + 1, to + 1).reduce((wealth, value) => wealth * (1 + value), 1) - 1
      }),
    ),
  }
}
