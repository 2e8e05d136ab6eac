/** Data arrivals into feature values: each arrival is followed by the values that hold a changed row, and by no others. */
import type { ChunkRef, Recorded } from '../../schemas/envelope.ts'
import { isEvent } from '../../schemas/event.ts'
import { RowsArrived } from '../../schemas/events/data.ts'
import { type FeatureSetSpec, SetDefined, ValuesComputed } from '../../schemas/events/feature.ts'
import type { Rows } from '../../schemas/rows.ts'
import { sliceRows } from '../../schemas/rows.ts'
import type { ChunkStore } from '../log/chunks.ts'
import { getRows, putRows, SLICE_ROWS } from '../log/tables.ts'
import type { Processor, Reaction } from '../processor.ts'
import { compileSet } from './definition.ts'
import { FeatureEngine } from './engine.ts'

export const featureStream = (set: string): string => `feature-${set}`

export function featureProcessor(chunks: ChunkStore): Processor {
  const engines = new Map<string, { spec: FeatureSetSpec; engine: FeatureEngine }>()
  const arrived = new Map<string, ChunkRef[]>()

  /** Hands each table to the engines that want it and collects what they emit. */
  const feed = async (
    refs: readonly ChunkRef[],
    wanting: readonly { spec: FeatureSetSpec; engine: FeatureEngine }[],
    take: (spec: FeatureSetSpec, engine: FeatureEngine, rows: Rows) => void,
  ) => {
    if (wanting.length === 0) return
    for (const ref of refs) {
      const rows = await getRows(chunks, ref)
      for (const { spec, engine } of wanting) take(spec, engine, rows)
    }
  }

  /** The tables that an event makes a set's engine see, and the engines that see them. */
  const concern = (event: Recorded) => {
    if (isEvent(RowsArrived, event)) {
      const { dataset } = event.data
      const refs = arrived.get(dataset) ?? []
      refs.push(...event.chunks)
      arrived.set(dataset, refs)
      const wanting = [...engines.values()].filter(({ spec }) => spec.dataset === dataset)
      return { refs: event.chunks, wanting }
    }
    if (isEvent(SetDefined, event)) {
      const entry = { spec: event.data, engine: new FeatureEngine(compileSet(event.data)) }
      engines.set(`${event.data.set}@${event.data.version}`, entry)
      return { refs: arrived.get(event.data.dataset) ?? [], wanting: [entry] }
    }
    return { refs: [], wanting: [] }
  }

  return {
    name: 'features',
    handles: [SetDefined.type, RowsArrived.type],
    async absorb(event) {
      const { refs, wanting } = concern(event)
      await feed(refs, wanting, (_, engine, rows) => engine.absorb(rows))
    },
    async react(event): Promise<readonly Reaction[]> {
      const { refs, wanting } = concern(event)
      const emitted = new Map(wanting.map(({ spec }) => [spec, [] as Rows[]]))
      await feed(refs, wanting, (spec, engine, rows) => {
        const values = engine.arrive(rows)
        if (values.length > 0) emitted.get(spec)?.push(values)
      })
      const reactions: Reaction[] = []
      for (const [spec, tables] of emitted) {
        if (tables.length > 0) reactions.push(await valuesEvent(chunks, spec, tables, event))
      }
      return reactions
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
