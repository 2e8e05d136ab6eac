/** Feature values for training: where each set's tables lie is remembered, and they are read when a set is frozen. */
import { PointInTime } from '../projections/feature/point-in-time.ts'
import { isEvent } from '../schemas/event.ts'
import { SetDefined, ValuesComputed } from '../schemas/events/feature.ts'
import { refuse } from '../schemas/kernel/fault.ts'
import type { Memory } from '../schemas/kernel/memory.ts'
import type { ChunkStore } from '../streams/log/chunks.ts'
import { TableList } from '../streams/log/table-list.ts'
import { getRows } from '../streams/log/tables.ts'
import type { Processor } from '../streams/processor.ts'
import type { FeatureHistory, SetName } from '../streams/training/freeze.ts'
import { rowsAsOf } from './feature-store.ts'

type Saved = Readonly<{
  set: string
  features: readonly string[]
  stalenessMicros: number
  told: Memory
}>

/** A set's tables in log order, and the index of them while it is of use. */
type Kept = { readonly of: Of; readonly told: TableList; index: PointInTime | null }
type Of = Pick<PointInTime, 'features' | 'stalenessMicros'>

export function featureHistory(chunks: ChunkStore): Processor & FeatureHistory {
  const sets = new Map<string, Kept>()
  const key = ({ name, version }: SetName) => `${name}@${version}`

  const indexOf = async ({ of, told }: Kept): Promise<PointInTime> => {
    const index = new PointInTime(of)
    for (const { position, refs } of told.told())
      for (const ref of refs) index.add(await getRows(chunks, ref), position)
    return index
  }

  return {
    name: 'feature-history',
    version: 2,
    // What was read can be read again.
    save: () => [...sets].map(([set, { of, told }]) => ({ set, ...of, told: told.save() })),
    restore(memory) {
      for (const { set, told, features, stalenessMicros } of memory as unknown as Saved[])
        sets.set(set, { of: { features, stalenessMicros }, told: TableList.from(told), index: null })
    },
    handles: [SetDefined.type, ValuesComputed.type],
    async take(event) {
      if (isEvent(SetDefined, event)) {
        const { set: name, version, stalenessMicros, features } = event.data
        const of = { features: features.map((one) => one.name), stalenessMicros }
        sets.set(key({ name, version }), { of, told: new TableList(), index: null })
      }
      if (!isEvent(ValuesComputed, event)) return
      // Sets are frozen by the dozen between two arrivals. An index of all that was ever computed is not kept beyond the next one.
      for (const kept of sets.values()) kept.index = null
      const { set: name, version, knownFrom } = event.data
      const { position, chunks: refs } = event
      sets.get(key({ name, version }))?.told.add({ position, knownFrom, refs })
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
