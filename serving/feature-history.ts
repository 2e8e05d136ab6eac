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

type Saved = Readonly<{
  set: string
  features: readonly string[]
  stalenessMicros: number
  told: readonly Told[]
}>

type Told = Readonly<{ position: Position; chunks: readonly ChunkRef[] }>
/** A set's index, its tables in log order, and how many of those the index holds. */
type Kept = { readonly index: PointInTime; readonly told: Told[]; read: number }

export function featureHistory(chunks: ChunkStore): Processor & FeatureHistory {
  const sets = new Map<string, Kept>()
  const key = ({ name, version }: SetName) => `${name}@${version}`

  return {
    name: 'feature-history',
    version: 1,
    // What was read can be read again.
    save: () =>
      [...sets].map(([set, { index, told }]) => {
        const { features, stalenessMicros } = index
        return { set, features, stalenessMicros, told }
      }),
    restore(memory) {
      for (const { set, told, ...of } of memory as unknown as Saved[])
        sets.set(set, { index: new PointInTime(of), told: [...told], read: 0 })
    },
    handles: [SetDefined.type, ValuesComputed.type],
    async take(event) {
      if (isEvent(SetDefined, event)) {
        const { set: name, version, stalenessMicros, features } = event.data
        const index = new PointInTime({ features: features.map((one) => one.name), stalenessMicros })
        sets.set(key({ name, version }), { index, told: [], read: 0 })
      }
      if (!isEvent(ValuesComputed, event)) return
      const { set: name, version } = event.data
      sets.get(key({ name, version }))?.told.push({ position: event.position, chunks: event.chunks })
    },
    async read(set) {
      const kept = sets.get(key(set))
      if (kept === undefined) throw refuse('feature.unknown-set', { set: key(set) })
      const { index } = kept
      for (; kept.read < kept.told.length; kept.read++) {
        const { position, chunks: refs } = kept.told[kept.read]
        for (const ref of refs) index.add(await getRows(chunks, ref), position)
      }
      return { features: index.features, asOf: (names, at) => rowsAsOf(index, names, at) }
    },
  }
}
