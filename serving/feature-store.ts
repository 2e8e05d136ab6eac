/** The feature store of the live lane: the latest values in memory, and any earlier moment from chunks. */

import { PointInTime } from '../projections/feature/point-in-time.ts'
import type { Position, Recorded } from '../schemas/envelope.ts'
import { isEvent } from '../schemas/event.ts'
import { SetDefined, ValuesComputed } from '../schemas/events/feature.ts'
import type { Digest } from '../schemas/kernel/canonical.ts'
import { refuse } from '../schemas/kernel/fault.ts'
import type { Memory } from '../schemas/kernel/memory.ts'
import { MICROS_PER_DAY, type Micros } from '../schemas/kernel/time.ts'
import { packed } from '../streams/features/online/entry.ts'
import type { Entries, SetHead, SetKey } from '../streams/features/online/port.ts'
import type { LookedUp } from '../streams/features/online/row.ts'
import type { FeatureRows, OnlineFeatures } from '../streams/inference/ports.ts'
import type { ChunkStore } from '../streams/log/chunks.ts'
import { TableList } from '../streams/log/table-list.ts'
import { getRows } from '../streams/log/tables.ts'
import type { RecentFeatures } from '../streams/monitoring/drift-processor.ts'
import type { Processor } from '../streams/processor.ts'
import type { SetName } from '../streams/training/freeze.ts'
import { DecisionMoments } from './decision-moments.ts'
import { indexBetween } from './feature-past.ts'

type FeatureStore = Processor & OnlineFeatures & RecentFeatures & Lookup & Newest

export interface Lookup {
  /** Resolves when no values are being taken in: each arrival is seen whole. */
  settled(): Promise<void>
  /**
   * The rows of some entities, and the position of the newest values that had been taken in then.
   * @param of.readAt only what had been taken in by that position; all that there is unless it is given
   */
  lookup(
    set: SetName,
    names: readonly string[],
    of: Readonly<{ entities: readonly string[]; moment: Micros; readAt?: Position }>,
  ): Promise<Readonly<{ rows: readonly LookedUp[]; readAt: Position; source?: Source }>>
}

/**
 * Where an answer comes from, where there is a choice; and why from the process: the shared store is `away`, `behind` what the process has
 * taken in, `differs` from it, or has no vector for a moment that lies in the `past`.
 */
export type Source = Readonly<{
  place: 'redis' | 'process'
  why: 'away' | 'behind' | 'differs' | 'past' | null
}>

/** The newest vectors of each set, for other stores of them. */
export interface Newest {
  sets(): readonly SetKey[]
  /** What is said of a set as a whole, at the newest values that were taken in. */
  headOf(set: SetKey): Omit<SetHead, 'event'>
  /** @param entities all of them unless they are named */
  entriesOf(set: SetKey, moment: Micros, entities?: Iterable<string>): Entries
}

/** How far back what was known is kept: more than the 63 sessions that drift looks at, on any exchange. */
const KEPT_MICROS = 128 * MICROS_PER_DAY
/** What is older goes when the rows have become more by an eighth, and by this at least. */
const ROWS_AT_ONCE = 4096

/** A row's two times and its position. */
const TIMES_OF_ROW = 3
/** How many values are kept in full: what is older is kept as of decision moments alone. 64 MiB of them. */
const VALUES_IN_FULL = 2 ** 23

/** A set's latest values, the number of rows at which older ones are let go, and where all its values lie. */
type Kept = {
  readonly set: SetKey & Readonly<{ hash: Digest }>
  readonly index: PointInTime
  due: number
  readonly told: TableList
}
type Saved = Readonly<{
  newest: Position
  moments: Memory
  sets: ReadonlyMap<string, Readonly<{ set: Kept['set']; index: Memory; due: number; told: Memory }>>
}>

type Past = Readonly<{ from: Micros; to: Micros; readAt: Position }>

type Parts = Readonly<{
  chunks: ChunkStore
  keptMicros?: Micros
  rowsAtOnce?: number
  valuesInFull?: number
}>

export function featureStore(parts: Parts): FeatureStore {
  const { chunks, keptMicros = KEPT_MICROS, rowsAtOnce = ROWS_AT_ONCE } = parts
  const { valuesInFull = VALUES_IN_FULL } = parts
  const moments = new DecisionMoments(keptMicros)
  const sets = new Map<string, Kept>()
  let newest: Position = 0
  let adding: Promise<void> | null = null
  const key = ({ name, version }: SetName) => `${name}@${version}`

  const find = (set: SetName): Kept => {
    const kept = sets.get(key(set))
    if (kept === undefined) throw refuse('feature.unknown-set', { set: key(set) })
    return kept
  }

  /** An index of moments of the past, `from` to `to`, by the values that were told by a position. */
  const pastOf = ({ index, told }: Kept, past: Past): Promise<PointInTime> => {
    const [from, to] = [past.from - index.stalenessMicros, Number.POSITIVE_INFINITY]
    const near = { from, to, knownAtMost: past.to }
    return indexBetween(chunks, index, { ...past, told: told.told(near) })
  }

  const letGo = (kept: Kept): void => {
    if (kept.index.length < kept.due) return
    const { index } = kept
    index.keepFrom(index.latestKnown - keptMicros)
    const most = Math.ceil(valuesInFull / (index.features.length + TIMES_OF_ROW))
    if (index.length > most) index.thin(index.knownBefore(most >>> 1), moments.all)
    kept.due = index.length + Math.max(rowsAtOnce, index.length >>> 3)
  }

  const see = async (event: Recorded): Promise<void> => {
    moments.see(event)
    if (isEvent(SetDefined, event)) {
      const { set: name, version, hash, stalenessMicros, features } = event.data
      const index = new PointInTime({ features: features.map((one) => one.name), stalenessMicros })
      const set = { name, version, hash }
      sets.set(key(set), { set, index, due: rowsAtOnce, told: new TableList() })
    }
    if (!isEvent(ValuesComputed, event)) return
    const kept = find({ name: event.data.set, version: event.data.version })
    const { position, chunks: refs } = event
    kept.told.add({ position, knownFrom: event.data.knownFrom, refs })
    for (const ref of event.chunks) {
      kept.index.add(await getRows(chunks, ref), event.position)
      letGo(kept)
    }
    newest = event.position
  }

  /** The rows at these moments, each as all that was ever told of the set answers it. */
  const rowsAt = async (
    set: SetName,
    names: readonly string[],
    asked: readonly Micros[],
  ): Promise<readonly FeatureRows[]> => {
    const kept = find(set)
    const { index } = kept
    const entities = index.entities()
    const earlier = asked.filter((moment) => !index.answers(moment))
    const from = earlier.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
    const to = earlier.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
    const isSparse = earlier.length * index.stalenessMicros < to - from
    const all = isSparse || earlier.length === 0 ? null : await pastOf(kept, { from, to, readAt: newest })
    const rows: FeatureRows[] = []
    for (const at of asked) {
      const past = index.answers(at)
        ? index
        : (all ?? (await pastOf(kept, { from: at, to: at, readAt: newest })))
      rows.push(rowsAsOf(past, names, { entities, at }))
    }
    return rows
  }

  return {
    name: 'feature-store',
    version: 3,
    save: () => ({
      newest,
      moments: moments.save(),
      sets: new Map(
        [...sets].map(([name, { set, index, due, told }]) => [
          name,
          { set, index: index.save(), due, told: told.save() },
        ]),
      ),
    }),
    restore(memory) {
      const saved = memory as unknown as Saved
      newest = saved.newest
      moments.restore(saved.moments)
      for (const [name, { set, index, due, told }] of saved.sets)
        sets.set(name, { set, index: PointInTime.from(index), due, told: TableList.from(told) })
    },
    handles: [...DecisionMoments.handles, SetDefined.type, ValuesComputed.type],
    async take(event) {
      adding = see(event)
      await adding
      adding = null
    },
    async settled() {
      while (adding !== null) {
        await adding.catch((problem: unknown) => {
          // What failed midway is in part there, and the lane begins anew or stops.
          throw refuse('inference.not-ready', { problem: String(problem) })
        })
      }
    },
    async lookup(set, names, { entities, moment, readAt = newest }) {
      const kept = find(set)
      const rowsIn = (index: PointInTime) =>
        entities.map((entity) => lookedUp(index, names, { entity, moment }))
      if (readAt === newest && kept.index.answers(moment)) return { readAt, rows: rowsIn(kept.index) }
      const past = await pastOf(kept, { from: moment, to: moment, readAt })
      // Of a name that has nothing fresh then, the past is not read: it is known all the same.
      const isKnown = (entity: string) =>
        kept.index.asOf(entity, Number.POSITIVE_INFINITY).status !== 'NOT_FOUND'
      return { readAt, rows: rowsIn(past).map((one) => (isKnown(one.entity) ? notFresh(one) : one)) }
    },
    sets: () => [...sets.values()].map(({ set: { name, version } }) => ({ name, version })),
    headOf({ name, version }) {
      const { set, index } = find({ name, version })
      const { features, stalenessMicros, latest: position } = index
      return { set: name, version, hash: set.hash, features, stalenessMicros, position }
    },
    entriesOf(set, moment, entities) {
      const { index } = find(set)
      const from = Math.max(moment, index.fullFrom)
      return new Map([...(entities ?? index.entities())].map((one) => [one, packed(index.told(one, from))]))
    },
    async asOf(set, names, at) {
      const [rows] = await rowsAt(set, names, [at])
      return rows
    },
    async recent(set, names, { decided, sessionOf }) {
      const found = await rowsAt(
        set,
        names,
        decided.map(({ decideAt }) => decideAt),
      )
      return decided.map(({ session }, place) => {
        const { eventTimes, columns } = found[place]
        // A name of which nothing is known, or nothing that is not stale, has no event time.
        const isNew = (_: number, i: number) =>
          !Number.isNaN(eventTimes[i]) && sessionOf(eventTimes[i]) === session
        return columns.map((values) => values.filter(isNew))
      })
    },
  }
}

/** The newest row of each entity as it was known at a moment. */
export function rowsAsOf(
  index: PointInTime,
  names: readonly string[],
  { entities, at }: Readonly<{ entities: readonly string[]; at: Micros }>,
): FeatureRows {
  const entity = Uint32Array.from(entities.keys())
  const { row } = index.join({ entities, entity, moment: new Float64Array(entities.length).fill(at) })
  const { eventTime: eventTimes } = index.times(row)
  return { entities, eventTimes, columns: names.map((name) => index.gather(name, row)) }
}

function lookedUp(
  index: PointInTime,
  names: readonly string[],
  { entity, moment }: Readonly<{ entity: string; moment: Micros }>,
): LookedUp {
  const answer = index.asOf(entity, moment)
  const unusable = names.flatMap((feature) => {
    const status = answer.statusOf(feature)
    return status === 'PRESENT' ? [] : [{ feature, status }]
  })
  const { stalenessMicros } = index
  const values = Float64Array.from(names, (name) => answer.value(name))
  return { entity, eventTime: answer.eventTime, values, unusable, stalenessMicros }
}

const notFresh = (one: LookedUp): LookedUp => ({
  ...one,
  unusable: one.unusable.map((why) => (why.status === 'NOT_FOUND' ? { ...why, status: 'NOT_FRESH' } : why)),
})
