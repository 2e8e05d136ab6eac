/** Data arrivals into feature values: each arrival is followed by the values that hold a changed row, and by no others. */
import type { ChunkRef, Recorded } from '../../schemas/envelope.ts'
import { isEvent } from '../../schemas/event.ts'
import { DatasetDeclared, type DatasetSpec, RowsArrived } from '../../schemas/events/data.ts'
import { datasetsOf, type FeatureSetSpec, SetDefined, ValuesComputed } from '../../schemas/events/feature.ts'
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
import { arriveFurtherBack, type FromSource } from './further-back.ts'
import { namesIn, partsOf, slicesOf } from './in-parts.ts'
import { shownRows } from './shown-rows.ts'
import { TAIL, type Tail } from './tail.ts'

export const featureStream = (set: string): string => `feature-${set}`

type Computed = {
  readonly spec: FeatureSetSpec
  /** As it was declared when the set was defined: gaps are counted in its sessions. */
  readonly declared: DatasetSpec | null
  /** Keeps a tail: what lies further back is read from the arrivals again. */
  engine: FeatureEngine
}

type Arrival = FromSource & Readonly<{ position: number; isAsked: boolean }>

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
  const read = async (dataset: string, refs: readonly ChunkRef[]): Promise<Rows> => {
    const tables: Rows[] = []
    for (const ref of refs) tables.push(await getRows(chunks, ref))
    return shownRows(joinRows(tables), declared.get(dataset))
  }

  /** What arrived of a set's data sets about some event times, in log order, each with its place among them. */
  const arrivalsOf = (spec: FeatureSetSpec, between?: Between) =>
    datasetsOf(spec)
      .flatMap((dataset, source) =>
        [...(arrived.get(dataset)?.told(between) ?? [])].map((one) => ({ ...one, dataset, source })),
      )
      .sort((a, b) => a.position - b.position || a.source - b.source)

  /** What a set's arrivals before a position say of some event times. */
  const readBefore = async function* (spec: FeatureSetSpec, before: number, { from, to }: Between) {
    for (const { position, dataset, refs, source } of arrivalsOf(spec, { from, to })) {
      if (position >= before) return
      const rows = await read(dataset, refs)
      const within = rowsWhere(rows, (row) => rows.eventTime[row] >= from && rows.eventTime[row] < to)
      if (within.length > 0) yield { rows: within, source }
    }
  }

  const define = (spec: FeatureSetSpec, dataset: DatasetSpec | null): Computed => {
    const computed = { spec, declared: dataset, engine: emptyEngine(spec, dataset) }
    engines.set(`${spec.set}@${spec.version}`, computed)
    return computed
  }

  /**
   * Takes in an arrival.
   * @param arrival.position its place in the log
   * @returns its values as they are to be stored, computed as they are asked for, all of which must be; nothing where none is asked for
   */
  const arrive = async function* (
    one: Computed,
    { rows, source, position, isAsked }: Arrival,
  ): AsyncGenerator<Rows> {
    const { engine, spec } = one
    const parts = spec.joins.length === 0 ? partsOf(engine, rows) : null
    if (parts !== null) {
      const taken = inTurn(engine, parts, isAsked)
      yield* slicesOf(taken, namesIn(rows))
      return
    }
    if (!isAsked && engine.canAbsorb(rows)) return engine.absorb(rows, source)
    if (engine.reaches(rows)) return yield* slices(engine.arrive(rows, source))
    const archive = {
      fresh: () => emptyEngine(spec, one.declared),
      read: (from: Micros, to: Micros) => readBefore(spec, position, { from, to }),
    }
    const further = await arriveFurtherBack(engine, { rows, source }, archive)
    if (further.engine !== engine) further.engine.keepTail(tail)
    one.engine = further.engine
    if (isAsked) yield* slices(further.values)
  }

  const inOrder = async function* (
    one: Computed,
    arrival: Omit<Arrival, 'source'>,
    sources: readonly number[],
  ) {
    for (const source of sources) yield* arrive(one, { ...arrival, source })
  }

  /** One part after the other, with no more than a tail of those before. */
  const inTurn = function* (
    engine: FeatureEngine,
    parts: readonly Rows[],
    isAsked: boolean,
  ): Generator<Rows> {
    for (const part of parts) {
      if (isAsked) yield engine.arrive(part)
      else engine.absorb(part)
      engine.keepTail(tail)
    }
  }

  /** A set that is defined takes all that arrived before, one after the other. */
  const backfill = async function* (one: Computed, isAsked: boolean): AsyncGenerator<Rows> {
    for (const { dataset, refs, position, source } of arrivalsOf(one.spec)) {
      yield* arrive(one, { rows: await read(dataset, refs), source, position, isAsked })
    }
    one.engine.keepTail(tail)
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
      const tell = async (spec: FeatureSetSpec, tables: AsyncIterable<Rows>) => {
        const told = await valuesEvent(chunks, spec, tables, event)
        if (told !== null) say?.(told)
      }
      if (isEvent(DatasetDeclared, event)) declared.set(event.data.dataset, event.data)
      if (isEvent(SetDefined, event)) {
        const one = define(event.data, declared.get(event.data.dataset) ?? null)
        await tell(one.spec, backfill(one, isAsked))
      }
      if (!isEvent(RowsArrived, event) || event.chunks.length === 0) return
      const { dataset, knownFrom } = event.data
      const arrivals = arrived.get(dataset) ?? new TableList()
      arrived.set(dataset, arrivals)
      arrivals.add({ position: event.position, knownFrom, refs: event.chunks })
      const wanting = [...engines.values()].filter(({ spec }) => datasetsOf(spec).includes(dataset))
      if (wanting.length === 0) return
      const rows = await read(dataset, event.chunks)
      for (const one of wanting) {
        // One event answers an arrival: a data set that is joined twice is taken twice.
        const places = [...datasetsOf(one.spec).entries()].filter(([, name]) => name === dataset)
        const sources = places.map(([source]) => source)
        await tell(one.spec, inOrder(one, { rows, position: event.position, isAsked }, sources))
      }
    },
  }
}

function emptyEngine(spec: FeatureSetSpec, dataset: DatasetSpec | null): FeatureEngine {
  const sessions = dataset === null ? localDays('UTC') : datasetSessions(dataset)
  return new FeatureEngine(compileSet(spec), sessions)
}

function* slices(table: Rows): Generator<Rows> {
  for (let from = 0; from < table.length; from += SLICE_ROWS) yield sliceRows(table, from, from + SLICE_ROWS)
}

/** Null where there is no row. */
async function valuesEvent(
  chunks: ChunkStore,
  spec: FeatureSetSpec,
  tables: AsyncIterable<Rows>,
  cause: Recorded,
): Promise<Reaction | null> {
  const refs: ChunkRef[] = []
  let [rows, knownFrom, knownTo] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for await (const table of tables) {
    rows += table.length
    for (let row = 0; row < table.length; row++) {
      knownFrom = Math.min(knownFrom, table.knownAt[row])
      knownTo = Math.max(knownTo, table.knownAt[row])
    }
    refs.push(await putRows(chunks, table))
  }
  if (rows === 0) return null
  const { set, version, hash, dataset } = spec
  const eventTime = refs.reduce((latest, ref) => Math.max(latest, ref.eventTimeTo), Number.NEGATIVE_INFINITY)
  const data = { set, version, hash, dataset, cause: cause.position, rows, knownFrom, knownTo }
  const events = [ValuesComputed.draft(data, { eventTime, knownAt: knownTo }, refs)]
  return { stream: featureStream(set), events }
}
