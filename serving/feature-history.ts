/** Feature values for training: where each set's tables lie is remembered, and they are read when a set is frozen. */
import { PointInTime } from '../projections/feature/point-in-time.ts'
import type { ChunkRef, Position } from '../schemas/envelope.ts'
import { isEvent } from '../schemas/event.ts'
import { SetDefined, ValuesComputed } from '../schemas/events/feature.ts'
import { refuse } from '../schemas/kernel/fault.ts'
import type { ChunkStore } from '../streams/log/chunks.ts'
import { getRows } from '../streams/log/tables.ts'
import type { Processor } from '../streams/processor.ts'
import type { FeatureHistory, SetName } from '../streams/training/freeze.ts'
import { rowsAsOf } from './feature-store.ts'

type Told = Readonly<{ position: Position; chunks: readonly ChunkRef[] }>
/** A set's index, and the tables that it has not read yet, in log order. */
type Kept = { readonly index: PointInTime; waiting: Told[] }

export function featureHistory(chunks: ChunkStore): Processor & FeatureHistory {
  const sets = new Map<string, Kept>()
  const key = ({ name, version }: SetName) => `${name}@${version}`

  return {
    name: 'feature-history',
    handles: [SetDefined.type, ValuesComputed.type],
    async take(event) {
      if (isEvent(SetDefined, event)) {
        const { set: name, version, stalenessMicros, features } = event.data
        const index = new PointInTime({ features: features.map((one) => one.name), stalenessMicros })
        sets.set(key({ name, version }), { index, waiting: [] })
      }
      if (!isEvent(ValuesComputed, event)) return
      const { set: name, version } = event.data
      sets.get(key({ name, version }))?.waiting.push({ position: event.position, chunks: event.chunks })
    },
    async read(set) {
      const kept = sets.get(key(set))
      if (kept === undefined) throw refuse('feature.unknown-set', { set: key(set) })
      const { index } = kept
      for (const { position, chunks: refs } of kept.waiting.splice(0))
        for (const ref of refs) index.add(await getRows(chunks, ref), position)
      return { features: index.features, asOf: (names, at) => rowsAsOf(index, names, at) }
    },
  }
}
