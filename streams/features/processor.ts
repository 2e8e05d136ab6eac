/** Data arrivals into feature values: each arrival is followed by the values that hold a changed row, and by no others. */
import type { ChunkRef, Recorded } from '../../schemas/envelope.ts'
import { isEvent } from '../../schemas/event.ts'
import { DatasetDeclared, type DatasetSpec, RowsArrived } from '../../schemas/events/data.ts'
import { type FeatureSetSpec, SetDefined, ValuesComputed } from '../../schemas/events/feature.ts'
import type { Memory } from '../../schemas/kernel/memory.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import type { Rows } from '../../schemas/rows.ts'
import { joinRows, rowsWhere, SLICE_ROWS, sliceRows } from '../../schemas/rows.ts'
import { datasetSessions } from '../calendar/dataset-sessions.ts'
import { localDays } from '../calendar/sessions.ts'
import type { ChunkStore } from '../log/chunks.ts'
import { type Between, TableList } from '../log/table-list.ts'
import { getRows, putRows } from '../log/tables.ts'
import type { Processor, Reaction } from '../processor.ts'
import { compileSet } from './definition.ts'
import { FeatureEngine } from './engine.ts'
import { arriveFurtherBack } from './further-back.ts'
import { TAIL, type Tail } from './tail.ts'

export const featureStream = (set: string): string => `feature-${set}`

type Computed = {
  readonly spec: FeatureSetSpec
  /** As it was declared when the set was defined: gaps are counted in its sessions. */
  readonly declared: DatasetSpec | null
  /** Keeps a tail: what lies further back is read from the arrivals again. */
  engine: FeatureEngine
}

type Saved = Readonly<{
  engines: readonly Readonly<{ spec: FeatureSetSpec; declared: DatasetSpec | null; memory: Memory }>[]
  declared: ReadonlyMap<string, DatasetSpec>
  arrived: ReadonlyMap<string, Memory>
}>

export function featureProcessor(chunks: ChunkStore, tail: Tail = TAIL): Processor {
  const engines = new Map<string, Computed>()
  const declared = new Map<string, DatasetSpec>()
  /** What arrived, by data set, in log order. */
  const arrived = new Map<string, TableList>()

  /** The tables of one arrival. It is taken in whole: a cross-section must not see a part of one. */
  const read = async (refs: readonly ChunkRef[]): Promise<Rows> => {
    const tables: Rows[] = []
    for (const ref of refs) tables.push(await getRows(chunks, ref))
    return joinRows(tables)
  }

  /** What the first so many tables of a data set say of some event times. */
  const readBefore = async function* (dataset: string, before: number, { from, to }: Between) {
    for (const { refs } of arrived.get(dataset)?.told({ from, to }, before) ?? []) {
      const rows = await read(refs)
      const within = rowsWhere(rows, (row) => rows.eventTime[row] >= from && rows.eventTime[row] < to)
      if (within.length > 0) yield within
    }
  }

  const define = (spec: FeatureSetSpec, dataset: DatasetSpec | null): Computed => {
    const computed = { spec, declared: dataset, engine: emptyEngine(spec, dataset) }
    engines.set(`${spec.set}@${spec.version}`, computed)
    return computed
  }

  /** @param before how many tables of the data set came before the arrival */
  const arrive = async (
    one: Computed,
    { rows, before, isAsked }: Readonly<{ rows: Rows; before: number; isAsked: boolean }>,
  ): Promise<Rows | null> => {
    const { engine, spec } = one
    if (!isAsked && engine.canAbsorb(rows)) {
      engine.absorb(rows)
      return null
    }
    if (engine.reaches(rows)) return engine.arrive(rows)
    const archive = {
      fresh: () => emptyEngine(spec, one.declared),
      read: (from: Micros, to: Micros) => readBefore(spec.dataset, before, { from, to }),
    }
    const further = await arriveFurtherBack(engine, rows, archive)
    if (further.engine !== engine) further.engine.keepTail(tail)
    one.engine = further.engine
    return further.values
  }

  /** A set that is defined takes all that arrived before, one after the other. */
  const backfill = async ({ spec, engine }: Computed, isAsked: boolean): Promise<Rows[]> => {
    const tables: Rows[] = []
    for (const { refs } of arrived.get(spec.dataset)?.told() ?? []) {
      const rows = await read(refs)
      if (isAsked) tables.push(engine.arrive(rows))
      else engine.absorb(rows)
    }
    engine.keepTail(tail)
    return tables
  }

  return {
    name: 'features',
    version: 1,
    save() {
      const saved = [...engines.values()].map(({ engine, ...one }) => ({ ...one, memory: engine.save() }))
      const lists = new Map([...arrived].map(([dataset, list]) => [dataset, list.save()]))
      return { engines: saved, declared, arrived: lists }
    },
    restore(memory) {
      const saved = memory as unknown as Saved
      for (const one of saved.engines) {
        const { engine } = define(one.spec, one.declared)
        engine.restore(one.memory)
        engine.keepTail(tail)
      }
      for (const [dataset, spec] of saved.declared) declared.set(dataset, spec)
      for (const [dataset, list] of saved.arrived) arrived.set(dataset, TableList.from(list))
    },
    handles: [DatasetDeclared.type, SetDefined.type, RowsArrived.type],
    async take(event, say) {
      const isAsked = say !== null
      const tell = async (spec: FeatureSetSpec, tables: readonly Rows[]) => {
        const told = tables.filter(({ length }) => length > 0)
        if (told.length > 0) say?.(await valuesEvent(chunks, spec, told, event))
      }
      if (isEvent(DatasetDeclared, event)) declared.set(event.data.dataset, event.data)
      if (isEvent(SetDefined, event)) {
        const one = define(event.data, declared.get(event.data.dataset) ?? null)
        await tell(one.spec, await backfill(one, isAsked))
      }
      if (!isEvent(RowsArrived, event) || event.chunks.length === 0) return
      const { dataset, knownFrom } = event.data
      const arrivals = arrived.get(dataset) ?? new TableList()
      arrived.set(dataset, arrivals)
      const before = arrivals.length
      arrivals.add({ position: event.position, knownFrom, refs: event.chunks })
      const wanting = [...engines.values()].filter(({ spec }) => spec.dataset === dataset)
      if (wanting.length === 0) return
      const rows = await read(event.chunks)
      for (const one of wanting) {
        const values = await arrive(one, { rows, before, isAsked })
        if (values !== null) await tell(one.spec, [values])
      }
    },
  }
}

function emptyEngine(spec: FeatureSetSpec, dataset: DatasetSpec | null): FeatureEngine {
  const sessions = dataset === null ? localDays('UTC') : datasetSessions(dataset)
  return new FeatureEngine(compileSet(spec), sessions)
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
