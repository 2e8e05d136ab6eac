/** The feature store in memory: every emitted value, arranged so that any past moment can be asked. */

import { PointInTime } from '../projections/feature/point-in-time.ts'
import type { Recorded } from '../schemas/envelope.ts'
import { isEvent } from '../schemas/event.ts'
import { SetDefined, ValuesComputed } from '../schemas/events/feature.ts'
import { refuse } from '../schemas/kernel/fault.ts'
import { MICROS_PER_DAY, type Micros } from '../schemas/kernel/time.ts'
import type { FeatureRows, OnlineFeatures } from '../streams/inference/ports.ts'
import type { ChunkStore } from '../streams/log/chunks.ts'
import { getRows } from '../streams/log/tables.ts'
import type { RecentFeatures } from '../streams/monitoring/drift-processor.ts'
import type { Processor } from '../streams/processor.ts'
import type { FeatureHistory } from '../streams/training/freeze.ts'

type SetName = Readonly<{ name: string; version: number }>

export type FeatureStore = Processor & OnlineFeatures & FeatureHistory & RecentFeatures

/** Calendar days that hold so many trading days, with room for holidays. */
const calendarMicros = (tradingDays: number): Micros => (tradingDays * 2 + 14) * MICROS_PER_DAY

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
    absorb: see,
    async react(event) {
      await see(event)
      return []
    },
    asOf: (set, names, at) => rowsAsOf(indexOf(set), names, at),
    asKnown(set, range) {
      const index = indexOf(set)
      const spine = index.news(range)
      const { row } = index.join(spine)
      return {
        length: row.length,
        entities: spine.entities,
        entity: Uint32Array.from(spine.entity),
        eventTime: index.times(row).eventTime,
        knownAt: Float64Array.from(spine.moment),
        columns: index.features.map((name) => ({ name, values: index.gather(name, row) })),
      }
    },
    recent(set, names, { at, days }) {
      const index = indexOf(set)
      const spine = index.news({ from: at - calendarMicros(days), to: at + 1 })
      const moments = [...new Set(spine.moment)].slice(-days)
      const from = spine.moment.indexOf(moments[0])
      const { row } = index.join({
        entities: spine.entities,
        entity: spine.entity.slice(from),
        moment: spine.moment.slice(from),
      })
      const columns = names.map((name) => index.gather(name, row))
      return moments.map((moment) => {
        const first = spine.moment.indexOf(moment) - from
        const end = spine.moment.lastIndexOf(moment) + 1 - from
        return columns.map((values) => values.subarray(first, end))
      })
    },
  }
}

function rowsAsOf(index: PointInTime, names: readonly string[], at: Micros): FeatureRows {
  const entities = index.entities()
  const eventTimes = new Float64Array(entities.length).fill(Number.NaN)
  const columns = names.map(() => new Float64Array(entities.length).fill(Number.NaN))
  let eventTime = Number.NEGATIVE_INFINITY
  for (const [i, entity] of entities.entries()) {
    const answer = index.asOf(entity, at)
    if (answer.status !== 'PRESENT') continue
    eventTimes[i] = answer.eventTime
    eventTime = Math.max(eventTime, answer.eventTime)
    for (const [c, name] of names.entries()) columns[c][i] = answer.value(name)
  }
  return { entities, eventTime, eventTimes, columns }
}
