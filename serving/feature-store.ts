/** The feature store in memory: every emitted value, arranged so that any past moment can be asked. */

import { PointInTime } from '../projections/feature/point-in-time.ts'
import type { Recorded } from '../schemas/envelope.ts'
import { isEvent } from '../schemas/event.ts'
import { SetDefined, ValuesComputed } from '../schemas/events/feature.ts'
import { refuse } from '../schemas/kernel/fault.ts'
import type { Micros } from '../schemas/kernel/time.ts'
import type { FeatureRows, OnlineFeatures } from '../streams/inference/ports.ts'
import type { ChunkStore } from '../streams/log/chunks.ts'
import { getRows } from '../streams/log/tables.ts'
import type { RecentFeatures } from '../streams/monitoring/drift-processor.ts'
import type { Processor } from '../streams/processor.ts'
import type { SetName } from '../streams/training/freeze.ts'

type FeatureStore = Processor & OnlineFeatures & RecentFeatures

export function featureStore(chunks: ChunkStore): FeatureStore {
  const indexes = new Map<string, PointInTime>()
  const key = ({ name, version }: SetName) => `${name}@${version}`

  const indexOf = (set: SetName): PointInTime => {
    const index = indexes.get(key(set))
    if (index === undefined) throw refuse('feature.unknown-set', { set: key(set) })
    return index
  }

  const see = async (event: Recorded): Promise<void> => {
    if (isEvent(SetDefined, event)) {
      const { set: name, version, stalenessMicros, features } = event.data
      indexes.set(
        key({ name, version }),
        new PointInTime({ features: features.map((one) => one.name), stalenessMicros }),
      )
    }
    if (!isEvent(ValuesComputed, event)) return
    const index = indexOf({ name: event.data.set, version: event.data.version })
    for (const ref of event.chunks) index.add(await getRows(chunks, ref), event.position)
  }

  return {
    name: 'feature-store',
    handles: [SetDefined.type, ValuesComputed.type],
    take: see,
    asOf: (set, names, at) => rowsAsOf(indexOf(set), names, at),
    recent(set, names, { decided, sessionOf }) {
      const index = indexOf(set)
      return decided.map(({ session, decideAt }) => {
        const { eventTimes, columns } = rowsAsOf(index, names, decideAt)
        // A name of which nothing is known, or nothing that is not stale, has no event time.
        const isNew = (_: number, i: number) =>
          !Number.isNaN(eventTimes[i]) && sessionOf(eventTimes[i]) === session
        return columns.map((values) => values.filter(isNew))
      })
    },
  }
}

export function rowsAsOf(index: PointInTime, names: readonly string[], at: Micros): FeatureRows {
  const entities = index.entities()
  const entity = Uint32Array.from(entities.keys())
  const { row } = index.join({ entities, entity, moment: new Float64Array(entities.length).fill(at) })
  const { eventTime: eventTimes } = index.times(row)
  return { entities, eventTimes, columns: names.map((name) => index.gather(name, row)) }
}
