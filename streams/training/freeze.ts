/** Freezes training sets: each session as it could have been decided, what it earned, and what came of it. */
import type { ChunkRef, Recorded } from '../../schemas/envelope.ts'
import { isEvent } from '../../schemas/event.ts'
import { DatasetDeclared, type DatasetSpec, type PriceSpec, RowsArrived } from '../../schemas/events/data.ts'
import {
  TrainingSetFrozen,
  TrainingSetRequested,
  type TrainingSetSpec,
} from '../../schemas/events/experiment.ts'
import { SetDefined } from '../../schemas/events/feature.ts'
import type { Memory } from '../../schemas/kernel/memory.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import { joinRows, type Rows } from '../../schemas/rows.ts'
import { type DatasetSessions, datasetSessions } from '../calendar/dataset-sessions.ts'
import type { FeatureRows } from '../inference/ports.ts'
import type { ChunkStore } from '../log/chunks.ts'
import { TableList } from '../log/table-list.ts'
import { getRows, putRows } from '../log/tables.ts'
import { Marks } from '../portfolio/marks.ts'
import { priceFacts } from '../portfolio/price-rows.ts'
import type { Processor } from '../processor.ts'
import { contentHashOf, SLICE_VALUES } from './frozen.ts'
import { Labels } from './labels.ts'
import { sessionTable } from './session-table.ts'

/** Feature values as they were known: handed in when this is wired. */
export interface FeatureHistory {
  /** Reads what was computed of a set so far. */
  read(set: SetName): Promise<SetHistory>
}

export type SetName = Readonly<{ name: string; version: number }>

export type SetHistory = Readonly<{
  /** The features of the set, in the order of its vector. */
  features: readonly string[]
  asOf(names: readonly string[], at: Micros): FeatureRows
}>

export const trainingSetStream = (name: string): string => `training-${name}`

type Saved = Readonly<{
  arrived: ReadonlyMap<string, Memory>
  declared: ReadonlyMap<string, DatasetSpec>
  maxGaps: ReadonlyMap<string, number>
}>

export function freezeProcessor(
  parts: Readonly<{
    chunks: ChunkStore
    features: FeatureHistory
    /** Values in a slice of a set; `SLICE_VALUES` unless given. */
    sliceValues?: number
  }>,
): Processor {
  const { chunks, features, sliceValues = SLICE_VALUES } = parts
  /** The tables of each arrival, by data set, in log order. */
  const arrived = new Map<string, TableList>()
  const declared = new Map<string, DatasetSpec>()
  /** The greatest gap in a window of each feature set, by `name@version`: it is that of the labels beside it too. */
  const maxGaps = new Map<string, number>()
  /** The labels that were made last: a sweep over features asks for the same ones again. */
  let held: { key: string; labels: Labels } | null = null

  const remember = (event: Recorded): void => {
    if (isEvent(DatasetDeclared, event)) declared.set(event.data.dataset, event.data)
    if (isEvent(SetDefined, event))
      maxGaps.set(`${event.data.set}@${event.data.version}`, event.data.maxGapSessions)
    if (!isEvent(RowsArrived, event)) return
    if (event.chunks.length === 0) return
    const { dataset, knownFrom } = event.data
    const arrivals = arrived.get(dataset) ?? new TableList()
    arrived.set(dataset, arrivals)
    arrivals.add({ position: event.position, knownFrom, refs: event.chunks })
  }

  const factsOf = async (dataset: string): Promise<Rows[]> => {
    const facts: Rows[] = []
    for (const { refs } of arrived.get(dataset)?.told() ?? []) {
      const tables: Rows[] = []
      for (const ref of refs) tables.push(await getRows(chunks, ref))
      facts.push(joinRows(tables))
    }
    return facts
  }

  const labelsOf = (spec: TrainingSetSpec, market: Market): Labels => {
    const { label, to } = spec
    const { facts, sessions, spine } = market
    const maxGapSessions = maxGaps.get(`${spec.featureSet}@${spec.featureVersion}`) ?? 0
    const key = JSON.stringify([label, to, facts.length, maxGapSessions])
    if (held?.key !== key) {
      const gaps = { maxGapSessions, sessions }
      const options = { knownBefore: to, sessionOf: sessions.of, spine, gaps }
      held = { key, labels: new Labels(label, facts, options) }
    }
    return held.labels
  }

  const freeze = async (spec: TrainingSetSpec, dataset: DatasetSpec, prices: PriceSpec) => {
    const facts = await factsOf(dataset.dataset)
    const actions = prices.actions === '' ? [] : await factsOf(prices.actions)
    const market = marketOf(dataset, facts)
    const { sessions, spine } = market
    const sessionOf = sessions.find
    const marks = new Marks(prices)
    for (const rows of facts)
      for (const fact of priceFacts(rows, prices, { what: 'prices', sessionOf })) marks.learn(fact)
    for (const rows of actions)
      for (const fact of priceFacts(rows, prices, { what: 'actions', sessionOf })) marks.learn(fact)
    const history = await features.read({ name: spec.featureSet, version: spec.featureVersion })
    const names = history.features
    const decided = spine
      .map((session) => ({ session, decideAt: sessions.decides(session) }))
      .filter(({ decideAt }) => decideAt < spec.to)
    const sources = {
      spine: decided,
      from: spec.from,
      marks,
      features: names,
      featuresAt: (moment: Micros) => history.asOf(names, moment),
      sessionOf,
      labels: labelsOf(spec, market),
    }
    const set: ChunkRef[] = []
    const slices = sessionTable(sources, sliceValues)
    let next = slices.next()
    while (!next.done) {
      set.push(await putRows(chunks, next.value))
      next = slices.next()
    }
    return { set, untrained: next.value, names }
  }

  return {
    name: 'freeze',
    version: 1,
    save() {
      const lists = new Map([...arrived].map(([dataset, list]) => [dataset, list.save()]))
      return { arrived: lists, declared, maxGaps }
    },
    restore(memory) {
      const saved = memory as unknown as Saved
      for (const [dataset, list] of saved.arrived) arrived.set(dataset, TableList.from(list))
      for (const [dataset, spec] of saved.declared) declared.set(dataset, spec)
      for (const [set, sessions] of saved.maxGaps) maxGaps.set(set, sessions)
    },
    handles: [DatasetDeclared.type, SetDefined.type, RowsArrived.type, TrainingSetRequested.type],
    async take(event, say) {
      remember(event)
      if (say === null || !isEvent(TrainingSetRequested, event)) return
      const spec = event.data
      const dataset = declared.get(spec.label.dataset)
      // The decision refuses such a request; one that was written by hand is passed over.
      if (dataset?.prices == null) return
      const { set, untrained, names } = await freeze(spec, dataset, dataset.prices)
      const data = {
        trainingSet: spec.trainingSet,
        readAt: event.position,
        rows: set.reduce((sum, { rows }) => sum + rows, 0),
        features: [...names],
        contentHash: contentHashOf(set),
        dropped: [
          { reason: 'a feature is missing: not trained on', rows: untrained.withoutFeature },
          { reason: 'the label is not known: not trained on', rows: untrained.withoutLabel },
        ].filter((one) => one.rows > 0),
      }
      const times = { eventTime: event.eventTime, knownAt: event.knownAt }
      const events = [TrainingSetFrozen.draft(data, times, set)]
      say({ stream: trainingSetStream(spec.trainingSet), events })
    },
  }
}

export type Market = Readonly<{ facts: readonly Rows[]; sessions: DatasetSessions; spine: readonly number[] }>

/** The data set's sessions from its first row to its last. */
export function marketOf(dataset: DatasetSpec, facts: readonly Rows[]): Market {
  const sessions = datasetSessions(dataset)
  const found = new Set<number>()
  for (const { eventTime } of facts) for (const at of eventTime) found.add(sessions.of(at))
  const withRows = [...found].sort((a, b) => a - b)
  const [first = 0, last = -1] = [withRows.at(0), withRows.at(-1)]
  return { facts, sessions, spine: sessions.spine(first, last, withRows) }
}
