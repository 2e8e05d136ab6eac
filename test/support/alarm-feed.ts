/** A vendor's feed that was made up, played into the alarm processor alone: arrivals with faults, and what is raised of them. */
import type { Draft, Recorded } from '../../schemas/envelope.ts'
import { DatasetDeclared, type DatasetSpec, RowsArrived } from '../../schemas/events/data.ts'
import { AlertRuleDeclared, type AlertRuleSpec, DeadlinePassed } from '../../schemas/events/monitor.ts'
import { PredictionMade } from '../../schemas/events/prediction.ts'
import { MICROS_PER_DAY, MICROS_PER_SECOND, parseMoment } from '../../schemas/kernel/time.ts'
import type { Rows } from '../../schemas/rows.ts'
import { openChunkMemory } from '../../streams/log/chunks/memory.ts'
import { putRows } from '../../streams/log/tables.ts'
import { type AlarmProcessor, alarmProcessor } from '../../streams/monitoring/alarm-processor.ts'
import { insufficient } from '../../streams/statistics/measured.ts'
import { normals, type Uniform, xoshiro128 } from '../../streams/statistics/random.ts'
import { recorded } from './recorded.ts'
import { SMALL_DATASET } from './small-platform.ts'

export const FEED: DatasetSpec = {
  ...SMALL_DATASET,
  dataset: 'feed',
  columns: ['close', 'volume', 'estimate'].map((name) => ({ name, unit: 'USD' })),
}
const NAMES = Array.from({ length: 30 }, (_, name) => `N${String(name).padStart(2, '0')}`)
const START = parseMoment('2020-01-01T20:00Z')

export const RULE: AlertRuleSpec = {
  ...{ rule: 'feeds', version: 1, about: '', severity: 'critical', owner: 'data desk', remedy: 'Call.' },
  checks: ['freshness', 'latency', 'volume', 'missing', 'range', 'duplicate', 'schema'],
  ...{ things: [], history: 60, falseAlarmsAYear: 1, looksAYear: 252, resolveAfter: 3 },
}

/** Values of the names by column. */
export type Day = Readonly<Record<string, Float64Array>>

/** Prices that walk, volumes with heavy tails, and an estimate of which a tenth is missing. */
export function cleanDays(count: number, seed = 1): readonly Day[] {
  const uniform = xoshiro128(seed)
  const close = normals(uniform, NAMES.length).map((z) => 50 * Math.exp(0.5 * z))
  return Array.from({ length: count }, () => {
    const market = 0.01 * normals(uniform, 1)[0]
    const own = normals(uniform, NAMES.length)
    for (const [at, z] of own.entries()) close[at] *= Math.exp(market + 0.015 * z)
    const volume = normals(uniform, NAMES.length).map((z) => Math.round(1e5 * Math.exp(1.2 * z)))
    return { close: close.slice(), volume, estimate: estimates(uniform) }
  })
}

const estimates = (uniform: Uniform): Float64Array =>
  normals(uniform, NAMES.length).map((z) => (uniform() < 0.1 ? Number.NaN : 2 + z))

export const changed = (day: Day, column: string, of: (value: number) => number): Day => ({
  ...day,
  [column]: day[column].map(of),
})

function rowsOf(day: Day, at: number, names: number): Rows {
  const times = new Float64Array(names).fill(at)
  return {
    length: names,
    entities: NAMES.slice(0, names),
    entity: Uint32Array.from({ length: names }, (_, name) => name),
    ...{ eventTime: times, knownAt: times },
    columns: Object.entries(day).map(([name, values]) => ({ name, values: values.slice(0, names) })),
  }
}

/** The processor with a rule, or none, and a day of the feed at a time. */
export function playedFeed(rule: AlertRuleSpec | null = RULE) {
  const chunks = openChunkMemory()
  const make = (): AlarmProcessor =>
    alarmProcessor({
      ...{ chunks, datasets: () => ({ [FEED.dataset]: { spec: FEED } }) },
      models: { inForce: () => undefined, trading: () => [] },
      markets: { of: () => undefined },
      references: async () => [],
      skill: async () => insufficient('no model'),
    })
  let processor = make()
  let position = 0
  const said: Draft[] = []

  const take = async (draft: Draft): Promise<readonly Draft[]> => {
    const event: Recorded = recorded(draft, ++position)
    const before = said.length
    await processor.take(event, ({ events }) => said.push(...events))
    return said.slice(before)
  }

  return {
    said,
    take,
    get processor() {
      return processor
    },
    /** A new processor goes on with what this one saved. */
    restart(bytes: (processor: AlarmProcessor) => AlarmProcessor) {
      processor = bytes(processor)
    },
    make,
    begin: async () => {
      await take(DatasetDeclared.draft(FEED, { eventTime: START, knownAt: START }))
      if (rule !== null) await take(AlertRuleDeclared.draft(rule, { eventTime: START, knownAt: START }))
    },
    declare: (spec: AlertRuleSpec) =>
      take(AlertRuleDeclared.draft(spec, { eventTime: START, knownAt: START })),
    /** What arrives of a day; `repeated`: rows that were sent again. */
    async arrive(
      number: number,
      day: Day,
      { names = NAMES.length, repeated = 0, quarantined = 0, minutes = 0 } = {},
    ) {
      const at = START + number * MICROS_PER_DAY
      const rows = rowsOf(day, at, names)
      const data = {
        ...{ dataset: FEED.dataset, source: `day ${number}`, sourceHash: String(number), rows: names },
        ...{ rowsQuarantined: quarantined, knownFrom: at, knownTo: at, rowsRevised: 0, rowsLate: 0 },
        ...{ rowsRepeated: repeated, rowsEmpty: 0, sessions: [number], rowsWithdrawn: 0, inexact: [] },
      }
      const refs = names === 0 ? [] : [await putRows(chunks, rows)]
      return take(
        RowsArrived.draft(data, { eventTime: at, knownAt: at + minutes * 60 * MICROS_PER_SECOND }, refs),
      )
    },
    /** What a model says of a day. */
    predict(number: number, scores: Float64Array, { backfilled = false } = {}) {
      const at = START + number * MICROS_PER_DAY
      const rows = [...scores].map((score, name) => ({ entity: NAMES[name], score, target: 0, weight: 0 }))
      const from = { artifact: 'a', promotion: 1, features: 1, featureHash: 'h' }
      const data = { model: 'm', ...from, rows, session: number, backfilled }
      return take(PredictionMade.draft(data, { eventTime: at, knownAt: at }))
    },
    /** The platform's clock is read. */
    clock: (number: number) => {
      const at = START + number * MICROS_PER_DAY
      const data = { rule: RULE.rule, dataset: FEED.dataset, latest: position }
      return take(DeadlinePassed.draft(data, { eventTime: at, knownAt: at }))
    },
  }
}
