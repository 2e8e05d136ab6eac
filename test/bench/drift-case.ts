/** Drift of a model in force, in a process of its own: what its promotion costs, the first day that is measured, and those after it. */
import type { ChunkRef } from '../../schemas/envelope.ts'
import { SetDefined, ValuesComputed } from '../../schemas/events/feature.ts'
import { Promoted } from '../../schemas/events/model.ts'
import { PredictionMade } from '../../schemas/events/prediction.ts'
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import type { Rows } from '../../schemas/rows.ts'
import { featureStore } from '../../serving/feature-store.ts'
import { datasetSessions } from '../../streams/calendar/dataset-sessions.ts'
import { defineSet } from '../../streams/features/definition.ts'
import type { LiveModel } from '../../streams/inference/ports.ts'
import type { ChunkStore } from '../../streams/log/chunks.ts'
import { putRows } from '../../streams/log/tables.ts'
import { driftProcessor, EVERY_DAYS } from '../../streams/monitoring/drift-processor.ts'
import { WINDOW_DAYS } from '../../streams/monitoring/feature-drift.ts'
import { referencesIn } from '../../streams/monitoring/references.ts'
import { quantileOf } from '../../streams/statistics/quantile.ts'
import { normals, xoshiro128 } from '../../streams/statistics/random.ts'
import { recorded } from '../support/recorded.ts'
import { IN_TIME, longDataset } from '../support/sessions.ts'
import { runOf } from '../support/small-platform.ts'
import { entityName, SET } from './growth-panel.ts'
import { inFolder } from './in-folder.ts'

const TRAINED_DAYS = 2520
const DAYS_A_SLICE = 63
/** So many days are measured. */
const MEASURED = 10
const DATASET = longDataset('bench', [{ name: 'close', unit: 'USD' }])
const SESSIONS = datasetSessions(DATASET)
const SPEC = defineSet(SET, ['close', 'volume'])
const FEATURES = SPEC.features.map(({ name }) => name)
const NOW = { eventTime: 0, knownAt: 0 }
const IN_FORCE = { model: 'm', artifact: 'a', service: 'durable' } as const

/** Values of all names on some days, the same on every run. */
function valuesOf(names: number, from: number, to: number): Rows {
  const length = names * (to - from)
  const noise = normals(xoshiro128(from + 1), length)
  const eventTime = Float64Array.from(
    { length },
    (_, row) => (from + Math.floor(row / names)) * MICROS_PER_DAY,
  )
  return {
    length,
    entities: Array.from({ length: names }, (_, name) => entityName(name)),
    entity: Uint32Array.from({ length }, (_, row) => row % names),
    eventTime,
    knownAt: eventTime.map((at) => at + 1),
    columns: FEATURES.map((name, f) => ({ name, values: noise.map((value) => value * (f + 1)) })),
  }
}

function liveModel(): LiveModel {
  const run = { ...runOf('bench', 1, 'h'), features: FEATURES }
  const set = { featureSet: SPEC.set, featureVersion: SPEC.version }
  return { ...IN_FORCE, ...set, promotion: 1, dataset: DATASET.dataset, run }
}

async function monitored(chunks: ChunkStore, names: number) {
  const trainingSet: ChunkRef[] = []
  for (let day = 0; day < TRAINED_DAYS; day += DAYS_A_SLICE)
    trainingSet.push(await putRows(chunks, valuesOf(names, day, day + DAYS_A_SLICE)))
  const [live, store] = [liveModel(), featureStore({ chunks })]
  const told = {
    spec: live.run,
    status: 'finished',
    artifact: 'a',
    missing: [],
    started: 1,
    scores: null,
  } as const
  const trial = { ...told, returns: null, trainingSet, label: null, to: 1, formulas: [] }
  const withRows: number[] = []
  const market = {
    ...{
      sessions: SESSIONS,
      withRows,
      servedAfter: -1,
      entities: [],
      marks: undefined,
      hindsight: undefined,
    },
    closed: { session: 0, decideAt: 0 },
    placeOf: () => 0,
  }
  const drift = driftProcessor({
    models: { trading: () => [live], inForce: () => live },
    markets: { of: () => market },
    features: store,
    references: referencesIn({ chunks, trials: { trial: () => trial, family: () => [] } }),
  })
  await store.take(recorded(SetDefined.draft(SPEC, NOW), 1), null)
  return {
    drift,
    async day(day: number): Promise<void> {
      const rows = valuesOf(names, day, day + 1)
      const counted = {
        set: SPEC.set,
        version: SPEC.version,
        hash: SPEC.hash,
        dataset: DATASET.dataset,
        cause: 1,
      }
      const data = { ...counted, rows: names, knownFrom: rows.knownAt[0], knownTo: rows.knownAt[0] }
      const refs = [await putRows(chunks, rows)]
      await store.take(recorded(ValuesComputed.draft(data, NOW, refs), 2 + day), null)
      withRows.push(day)
      market.closed = { session: day, decideAt: SESSIONS.decides(day) }
    },
  }
}

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const used = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(used)
  return (user + system) / 1000
}

const measured = (names: number) =>
  inFolder(async (chunks) => {
    const { drift, day } = await monitored(chunks, names)
    const events: unknown[] = []
    const take = (draft: Parameters<typeof recorded>[0], position: number) =>
      timed(() => drift.take(recorded(draft, position), (reaction) => events.push(...reaction.events)))
    const promoted = { run: 'bench', report: 'r', policyVersion: 1, approvals: [], readAt: 1 }
    const promotionCpuMs = await take(Promoted.draft({ ...IN_FORCE, ...promoted }, NOW), 1)
    const made = {
      features: 1,
      featureHash: 'h',
      rows: [],
      ...IN_TIME,
      model: 'm',
      artifact: 'a',
      promotion: 1,
    }
    const costs: number[] = []
    for (let at = TRAINED_DAYS; at < TRAINED_DAYS + WINDOW_DAYS - 1; at++) await day(at)
    for (let at = 1; at <= MEASURED * EVERY_DAYS; at++) {
      const now = TRAINED_DAYS + WINDOW_DAYS - 2 + at
      await day(now)
      const cost = await take(PredictionMade.draft(made, NOW), now)
      if (at % EVERY_DAYS === 0) costs.push(cost)
    }
    if (events.length !== MEASURED) throw new Error(`${events.length} of ${MEASURED} days were measured`)
    const [firstDriftDayCpuMs, ...later] = costs
    const driftDayCpuMs = quantileOf(Float64Array.from(later), 0.5)
    const most = Math.max(...later)
    return {
      promotionCpuMs,
      firstDriftDayCpuMs,
      driftDayCpuMs,
      dearestDriftDayCpuMs: most,
      firstRatio: firstDriftDayCpuMs / driftDayCpuMs,
    }
  })

console.log(JSON.stringify(await measured(Number(process.argv[2]))))
