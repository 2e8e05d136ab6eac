/** Data arrivals into feature values: each arrival is followed by the values that hold a changed row, and by no others. */
import type { ChunkRef, Recorded } from '../../schemas/envelope.ts'
import { isEvent } from '../../schemas/event.ts'
import { DatasetDeclared, RowsArrived } from '../../schemas/events/data.ts'
import { type FeatureSetSpec, SetDefined, ValuesComputed } from '../../schemas/events/feature.ts'
import type { Rows } from '../../schemas/rows.ts'
import { joinRows, SLICE_ROWS, sliceRows } from '../../schemas/rows.ts'
import { datasetSessions } from '../calendar/dataset-sessions.ts'
import { localDays, type Sessions } from '../calendar/sessions.ts'
import type { ChunkStore } from '../log/chunks.ts'
import { getRows, putRows } from '../log/tables.ts'
import type { Processor, Reaction } from '../processor.ts'
import { compileSet } from './definition.ts'
import { FeatureEngine } from './engine.ts'

export const featureStream = (set: string): string => `feature-${set}`

export function featureProcessor(chunks: ChunkStore): Processor {
  const engines = new Map<string, { spec: FeatureSetSpec; engine: FeatureEngine }>()
  /** The sessions that gaps are counted in, by data set. */
  const sessions = new Map<string, Sessions>()
  /** The tables of each arrival, by data set, in log order. */
  const arrived = new Map<string, (readonly ChunkRef[])[]>()

  /** Hands each arrival, whole, to the engines that want it: a cross-section must not see a part of one. */
  const feed = async (
    arrivals: readonly (readonly ChunkRef[])[],
    wanting: readonly { spec: FeatureSetSpec; engine: FeatureEngine }[],
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

  const engineOf = (spec: FeatureSetSpec): FeatureEngine =>
    new FeatureEngine(compileSet(spec), sessions.get(spec.dataset) ?? localDays('UTC'))

  /** The arrivals that an event makes engines see, and the engines that see them. */
  const concern = (event: Recorded) => {
    if (isEvent(DatasetDeclared, event)) {
      sessions.set(event.data.dataset, datasetSessions(event.data))
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
      const entry = { spec: event.data, engine: engineOf(event.data) }
      engines.set(`${event.data.set}@${event.data.version}`, entry)
      return { arrivals: arrived.get(event.data.dataset) ?? [], wanting: [entry] }
    }
    return { arrivals: [], wanting: [] }
  }

  return {
    name: 'features',
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
