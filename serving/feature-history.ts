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
/** A set's tables in log order, and the index of them while it is of use. */
type Kept = { readonly of: Of; readonly told: Told[]; index: PointInTime | null }
type Of = Pick<PointInTime, 'features' | 'stalenessMicros'>

export function featureHistory(chunks: ChunkStore): Processor & FeatureHistory {
  const sets = new Map<string, Kept>()
  const key = ({ name, version }: SetName) => `${name}@${version}`

  const indexOf = async ({ of, told }: Kept): Promise<PointInTime> => {
    const index = new PointInTime(of)
    for (const { position, chunks: refs } of told)
      for (const ref of refs) index.add(await getRows(chunks, ref), position)
    return index
  }

  return {
    name: 'feature-history',
    version: 1,
    // What was read can be read again.
    save: () => [...sets].map(([set, { of, told }]) => ({ set, ...of, told })),
    restore(memory) {
      for (const { set, told, features, stalenessMicros } of memory as unknown as Saved[])
        sets.set(set, { of: { features, stalenessMicros }, told: [...told], index: null })
    },
    handles: [SetDefined.type, ValuesComputed.type],
    async take(event) {
      if (isEvent(SetDefined, event)) {
        const { set: name, version, stalenessMicros, features } = event.data
        const of = { features: features.map((one) => one.name), stalenessMicros }
        sets.set(key({ name, version }), { of, told: [], index: null })
      }
      if (!isEvent(ValuesComputed, event)) return
      // Sets are frozen by the dozen between two arrivals. An index of all that was ever computed is not kept beyond the next one.
      for (const kept of sets.values()) kept.index = null
      const { set: name, version } = event.data
      sets.get(key({ name, version }))?.told.push({ position: event.position, chunks: event.chunks })
    },
    async read(set) {
      const kept = sets.get(key(set))
      if (kept === undefined) throw refuse('feature.unknown-set', { set: key(set) })
      kept.index ??= await indexOf(kept)
      const { index } = kept
      const entities = index.entities()
      return { features: index.features, asOf: (names, at) => rowsAsOf(index, names, { entities, at }) }
    },
  }
}
