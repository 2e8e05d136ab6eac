/** Data sets that a policy names beside the candidate's own, as series: one for each entity, corrections applied. */
import { type Session, sessionDate } from '../../schemas/calendar.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import { datasetSessions } from '../../streams/calendar/dataset-sessions.ts'
import type { GivenData } from './evidence.ts'

/** A column of a data set for one entity, by ascending event time, each as it was known last. */
export type GivenSeries = Readonly<{
  entity: string
  eventTimes: Float64Array
  knownAt: Float64Array
  values: Float64Array
}>

type Cell = Readonly<{ eventTime: Micros; knownAt: Micros; value: number }>

export function seriesOf(
  { arrivals, asOf }: Pick<GivenData, 'arrivals' | 'asOf'>,
  column = 0,
): readonly GivenSeries[] {
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
        own.set(eventTime, { eventTime, knownAt, value: rows.columns[column].values[row] })
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

/** A series of returns by ascending session. */
export type SessionSeries = Readonly<{
  name: string
  sessions: Float64Array
  returns: Float64Array
  /**
   * Whether a return goes back to the session before it in the series, however far that is, as one that is made from prices
   * does. Otherwise it is of one usual step, and what a missing session earned is not known.
   */
  spansHoles: boolean
}>

/** What a return of 1 is, by the unit that its column declares. A column in any other unit holds prices. */
const SCALES: Readonly<Record<string, number>> = {
  return: 1,
  fraction: 1,
  percent: 100,
  '%': 100,
  bps: 10_000,
}

/**
 * Factor returns by the data set's own sessions. The unit of the first column says what it holds: returns in return, fraction,
 * percent, % or bps, and then each column of returns is a factor of each entity; in any other unit, prices above 0, from which
 * returns are made, and then no other column counts (a volume is no factor). A missing value is passed over.
 * @throws Refusal `factor.unit`, `factor.price`, `factor.month-start`
 */
export function factorReturns(given: GivenData): readonly SessionSeries[] {
  const { spec } = given
  const ofReturns = spec.columns.flatMap(({ unit }, column) => (scaleOf(unit) === undefined ? [] : [column]))
  const columns = ofReturns.includes(0) ? ofReturns : [0]
  return columns.flatMap((column) => {
    const { name, unit } = spec.columns[column]
    return seriesOf(given, column).map((series) => {
      const factor = columns.length === 1 ? series.entity : `${series.entity} ${name}`
      return returnsOf({ ...series, entity: factor }, { spec, unit })
    })
  })
}

const scaleOf = (unit: string): number | undefined =>
  Object.hasOwn(SCALES, unit.toLowerCase()) ? SCALES[unit.toLowerCase()] : undefined

type Column = Readonly<{ spec: GivenData['spec']; unit: string }>

function returnsOf({ entity: name, eventTimes, values }: GivenSeries, { spec, unit }: Column): SessionSeries {
  const { dataset } = spec
  const scale = scaleOf(unit)
  const sessions = datasetSessions(spec)
  const bySession = new Map<Session, number>()
  for (const [i, at] of eventTimes.entries())
    if (!Number.isNaN(values[i])) bySession.set(sessions.of(at), values[i] / (scale ?? 1))
  const found = Float64Array.from(bySession.keys())
  const levels = Float64Array.from(bySession.values())
  const wrong = (is: (value: number) => boolean) => {
    const at = levels.findIndex(is)
    return at < 0 ? null : { dataset, factor: name, value: levels[at], session: sessionDate(found[at]), unit }
  }
  if (scale === undefined) {
    const impossible = wrong((price) => !(price > 0))
    if (impossible !== null) throw refuse('factor.price', impossible)
    const returns = levels.map((price, i) => (i === 0 ? Number.NaN : price / levels[i - 1] - 1))
    return { name, sessions: found, returns, spansHoles: true }
  }
  const impossible = wrong((value) => value < -1 || value > MOST_RETURN)
  if (impossible !== null) throw refuse('factor.unit', impossible)
  if (found.length > 1 && found.every((session) => sessionDate(session).endsWith('-01')))
    throw refuse('factor.month-start', { dataset, factor: name })
  return { name, sessions: found, returns: levels, spansHoles: false }
}

/** A factor that gained a thousand percent in a session is one in another unit. */
const MOST_RETURN = 10

/** More than so many times the usual distance from one common session to the next is a hole, not a period. */
const HOLE = 3
/** The same in sessions of the first series, for returns of one step: a month has 19 to 23, a week 3 to 5. */
const SKIPPED = 1.5

/**
 * Every series over the same periods: from one session that all of them have to the next, compounded. A monthly factor is so
 * compared with the book's months, never with single days. A period in which a series has a hole is left out.
 * @param series the first one is the book's own
 * @returns the session at the end of each period, and the returns of each series
 */
export function commonPeriods(
  series: readonly SessionSeries[],
): Readonly<{ sessions: Float64Array; returns: readonly Float64Array[] }> {
  const places = series.map(({ sessions }) => new Map(Array.from(sessions, (one, place) => [one, place])))
  const placeIn = (one: number, session: Session): number => places[one].get(session) ?? 0
  const shared = [...(series[0]?.sessions ?? [])].filter((one) => places.every((of) => of.has(one)))
  const widths = shared.slice(1).map((session, k) => placeIn(0, session) - placeIn(0, shared[k]))
  const steps = shared.slice(1).map((session, k) => session - shared[k])
  const most = {
    days: HOLE * Math.max(middle(steps), 4),
    sessions: series.every(({ spansHoles }) => spansHoles)
      ? Number.POSITIVE_INFINITY
      : SKIPPED * middle(widths),
  }
  const ends = shared.flatMap((_, k) =>
    k > 0 && steps[k - 1] <= most.days && widths[k - 1] <= most.sessions ? [k] : [],
  )
  return {
    sessions: Float64Array.from(ends, (k) => shared[k]),
    returns: series.map(({ returns }, one) =>
      Float64Array.from(ends, (k) => {
        const [from, to] = [placeIn(one, shared[k - 1]), placeIn(one, shared[k])]
        if (to - from === 1) return returns[to]
        return returns.subarray(from + 1, to + 1).reduce((wealth, value) => wealth * (1 + value), 1) - 1
      }),
    ),
  }
}

const middle = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >>> 1] ?? 0
