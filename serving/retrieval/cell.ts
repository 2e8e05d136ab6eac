/** One cell as it was known at a moment: its value or why there is none, the events that it comes from, and what it was before and since. */
import type { PointInTime } from '../../projections/feature/point-in-time.ts'
import { ROW_STATUSES, type RowStatus } from '../../projections/feature/status.ts'
import type { Moment } from '../../projections/runner.ts'
import type { Position } from '../../schemas/envelope.ts'
import { isEvent } from '../../schemas/event.ts'
import { RowsArrived } from '../../schemas/events/data.ts'
import type { FeatureStatus } from '../../schemas/feature-status.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import { type Ground, groundAt, type Readable } from '../lineage/ground.ts'
import { isNewer, type Told, toldOf, valuesOf } from '../lineage/rows.ts'
import type { Bundle } from '../lineage/tree.ts'
import { windowOf } from '../lineage/window.ts'
import { setAsOf } from './set.ts'
import { indexOf } from './windows.ts'

/** What an event said of the cell. */
export type Telling = Readonly<{
  value: number | null
  knownAt: Micros
  /** Of the values, and of the arrival or definition that they follow from, which came from a file or topic. */
  position: Position
  cause: Position
  source: string
}>

export type CellAnswer = Readonly<{
  set: string
  feature: string
  entity: string
  at: Micros
  status: FeatureStatus
  value: number | null
  /** Null where there is no row. */
  eventTime: Micros | null
  /** The telling that counts at the moment; null where there is none. */
  told: Telling | null
  /** Earlier tellings of the same row, the newest first, and those that came to be known after the moment and are not hidden. */
  before: readonly Telling[]
  since: readonly Telling[]
  /** The rows of the data set that the value was computed from. */
  window: Bundle | null
}>

/**
 * @param asked.cell `<set>:<feature>`
 * @throws Refusal `retrieval.unknown-cell`, `retrieval.unknown-feature`, `feature.unknown-set`
 */
export async function cellAsOf(
  archive: Readable,
  asked: Readonly<{ cell: string; entity: string; at: Micros }>,
  moment: Moment,
): Promise<CellAnswer> {
  const { cell, entity, at } = asked
  const colon = cell.lastIndexOf(':')
  if (colon <= 0)
    throw refuse('retrieval.unknown-cell', { text: cell, remedy: 'asof at now features lists the sets.' })
  const feature = cell.slice(colon + 1)
  const set = await setAsOf(archive, cell.slice(0, colon), moment)
  const known = set.spec.features.map(({ name }) => name)
  if (!known.includes(feature))
    throw refuse('retrieval.unknown-feature', { set: set.key, feature, known: known.join(', ') })
  const knownBy = Math.min(at, set.knownBy)
  const of = { features: [feature], stalenessMicros: set.spec.stalenessMicros }
  const near = set.tables.filter(
    ({ knownFrom, ref }) => knownFrom <= at && ref.eventTimeTo >= at - of.stalenessMicros,
  )
  const statusIn = (index: PointInTime): RowStatus =>
    ROW_STATUSES[index.join({ entities: [entity], entity: [0], moment: [at], knownBy }).status[0]]
  let index = await indexOf(archive.chunks, of, near)
  // Why there is none is known by all that was told.
  if (statusIn(index) !== 'PRESENT') index = await indexOf(archive.chunks, of, set.tables)
  const row = statusIn(index)
  const { eventTime, value } = index.asOf(entity, knownBy)
  const isNull = row === 'PRESENT' && Number.isNaN(value(feature))
  const status: FeatureStatus = isNull ? 'NULL_AT_SOURCE' : row
  const base = { set: set.key, feature, entity, at, status }
  if (Number.isNaN(eventTime))
    return { ...base, value: null, eventTime: null, told: null, before: [], since: [], window: null }
  const cut = moment.position === undefined ? {} : { position: moment.position }
  const ground = await groundAt(archive, cut)
  const all = await toldOf(ground, valuesOf(set.key), { entity, from: eventTime, to: eventTime })
  const versions = all.toSorted((a, b) => (isNewer(a, b) ? -1 : 1))
  const [counts, ...earlier] = versions.filter((one) => one.knownAt <= knownBy)
  const later = versions.filter((one) => one.knownAt > knownBy && one.knownAt <= set.knownBy)
  const telling = (one: Told) => tellingOf(ground, feature, one)
  return {
    ...base,
    value: status === 'PRESENT' ? numberOrNull(counts.values[feature]) : null,
    eventTime,
    told: await telling(counts),
    before: await Promise.all(earlier.map(telling)),
    since: await Promise.all(later.map(telling)),
    window: await windowOf(ground, { spec: set.spec, feature, entity, told: counts }),
  }
}

const numberOrNull = (value: number): number | null => (Number.isNaN(value) ? null : value)

async function tellingOf(ground: Ground, feature: string, told: Told): Promise<Telling> {
  const cause = ground.places.series(told.place.key).cause[told.place.index]
  const event = cause === 0 ? null : await ground.event(cause)
  const source =
    event !== null && isEvent(RowsArrived, event)
      ? event.data.source
      : 'what had arrived before the set was defined'
  return {
    value: numberOrNull(told.values[feature]),
    knownAt: told.knownAt,
    position: told.position,
    cause,
    source,
  }
}
