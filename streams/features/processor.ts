/** Data arrivals into feature values: each arrival is followed by the values that hold a changed row, and by no others. */
import type { ChunkRef, Recorded } from '../../schemas/envelope.ts'
import { isEvent } from '../../schemas/event.ts'
import { DatasetDeclared, type DatasetSpec, RowsArrived } from '../../schemas/events/data.ts'
import { type FeatureSetSpec, SetDefined, ValuesComputed } from '../../schemas/events/feature.ts'
import type { Memory } from '../../schemas/kernel/memory.ts'
import type { Rows } from '../../schemas/rows.ts'
import { joinRows, SLICE_ROWS, sliceRows } from '../../schemas/rows.ts'
import { datasetSessions } from '../calendar/dataset-sessions.ts'
import { localDays } from '../calendar/sessions.ts'
import type { ChunkStore } from '../log/chunks.ts'
import { getRows, putRows } from '../log/tables.ts'
import type { Processor, Reaction } from '../processor.ts'
import { compileSet } from './definition.ts'
import { FeatureEngine } from './engine.ts'

export const featureStream = (set: string): string => `feature-${set}`

type Computed = Readonly<{
  spec: FeatureSetSpec
  /** As it was declared when the set was defined: gaps are counted in its sessions. */
  declared: DatasetSpec | null
  engine: FeatureEngine
}>

type Saved = Readonly<{
  engines: readonly Readonly<{ spec: FeatureSetSpec; declared: DatasetSpec | null; memory: Memory }>[]
  declared: ReadonlyMap<string, DatasetSpec>
  arrived: ReadonlyMap<string, ChunkRef[][]>
}>

export function featureProcessor(chunks: ChunkStore): Processor {
  const engines = new Map<string, Computed>()
  const declared = new Map<string, DatasetSpec>()
  /** The tables of each arrival, by data set, in log order. */
  const arrived = new Map<string, (readonly ChunkRef[])[]>()

  /** Hands each arrival, whole, to the engines that want it: a cross-section must not see a part of one. */
  const feed = async (
    arrivals: readonly (readonly ChunkRef[])[],
    wanting: readonly Computed[],
    take: (spec: FeatureSetSpec, engine: FeatureEngine, rows: Rows) => void,
  ) => {
    if (wanting.length === 0) return
    for (const refs of arrivals) {
      if (refs.length === 0) continue
      const tables: Rows[] = []
      for (const ref of refs) tables.push(await getRows(chunks, ref))
      const rows = joinRows(tables)
      for (const { spec, engine } of wanting) take(spec, engine, rows)
    }
  }

  const define = (spec: FeatureSetSpec, dataset: DatasetSpec | null): Computed => {
    const sessions = dataset === null ? localDays('UTC') : datasetSessions(dataset)
    const computed = { spec, declared: dataset, engine: new FeatureEngine(compileSet(spec), sessions) }
    engines.set(`${spec.set}@${spec.version}`, computed)
    return computed
  }

  /** The arrivals that an event makes engines see, and the engines that see them. */
  const concern = (event: Recorded) => {
    if (isEvent(DatasetDeclared, event)) {
      declared.set(event.data.dataset, event.data)
      return { arrivals: [], wanting: [] }
    }
    if (isEvent(RowsArrived, event)) {
      const { dataset } = event.data
      const arrivals = arrived.get(dataset) ?? []
      arrivals.push(event.chunks)
      arrived.set(dataset, arrivals)
      const wanting = [...engines.values()].filter(({ spec }) => spec.dataset === dataset)
      return { arrivals: [event.chunks], wanting }
    }
    if (isEvent(SetDefined, event)) {
      const { dataset } = event.data
      const wanting = [define(event.data, declared.get(dataset) ?? null)]
      return { arrivals: arrived.get(dataset) ?? [], wanting }
    }
    return { arrivals: [], wanting: [] }
  }

  return {
    name: 'features',
    version: 1,
    save() {
      const saved = [...engines.values()].map(({ engine, ...one }) => ({ ...one, memory: engine.save() }))
      return { engines: saved, declared, arrived }
    },
    restore(memory) {
      const saved = memory as unknown as Saved
      for (const one of saved.engines) define(one.spec, one.declared).engine.restore(one.memory)
      for (const [dataset, spec] of saved.declared) declared.set(dataset, spec)
      for (const [dataset, arrivals] of saved.arrived) arrived.set(dataset, arrivals)
    },
    handles: [DatasetDeclared.type, SetDefined.type, RowsArrived.type],
    async take(event, say) {
      const { arrivals, wanting } = concern(event)
      if (say === null) {
        await feed(arrivals, wanting, (_, engine, rows) => engine.absorb(rows))
        return
      }
      const emitted = new Map(wanting.map(({ spec }) => [spec, [] as Rows[]]))
      await feed(arrivals, wanting, (spec, engine, rows) => {
        const values = engine.arrive(rows)
        if (values.length > 0) emitted.get(spec)?.push(values)
      })
      for (const [spec, tables] of emitted)
        if (tables.length > 0) say(await valuesEvent(chunks, spec, tables, event))
    },
  }
}

async function valuesEvent(
  chunks: ChunkStore,
  spec: FeatureSetSpec,
  tables: readonly Rows[],
  cause: Recorded,
): Promise<Reaction> {
  const refs: ChunkRef[] = []
  let [rows, knownFrom, knownTo] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const table of tables) {
    rows += table.length
    for (const known of table.knownAt) {
      knownFrom = Math.min(knownFrom, known)
      knownTo = Math.max(knownTo, known)
    }
    for (let from = 0; from < table.length; from += SLICE_ROWS) {
      refs.push(await putRows(chunks, sliceRows(table, from, from + SLICE_ROWS)))
    }
  }
  const { set, version, hash, dataset } = spec
  const eventTime = Math.max(...refs.map((ref) => ref.eventTimeTo))
  const data = { set, version, hash, dataset, cause: cause.position, rows, knownFrom, knownTo }
  const events = [ValuesComputed.draft(data, { eventTime, knownAt: knownTo }, refs)]
  return { stream: featureStream(set), events }
}
