/** How long the console's pages take to be answered from a log of a million events: now, and at random moments of the past. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ProjectionRunner } from '../../projections/runner.ts'
import { openProjectionStore } from '../../projections/store.ts'
import type { Draft } from '../../schemas/envelope.ts'
import { DatasetDeclared, RowsArrived } from '../../schemas/events/data.ts'
import { DriftMeasured, SharpeWatched } from '../../schemas/events/drift.ts'
import { OutcomeObserved } from '../../schemas/events/prediction.ts'
import { formatMoment } from '../../schemas/kernel/time.ts'
import { REGISTRY } from '../../schemas/registry.ts'
import { PAGES, type Page } from '../../serving/console/pages.ts'
import { openPast } from '../../serving/console/past.ts'
import { VIEWS } from '../../serving/wire/views.ts'
import { openChunkFolder } from '../../streams/log/chunks/folder.ts'
import { openEmbeddedLog } from '../../streams/log/embedded/open.ts'
import type { EventLog } from '../../streams/log/port.ts'
import { quantileOf } from '../../streams/statistics/quantile.ts'
import { xoshiro128 } from '../../streams/statistics/random.ts'
import { SMALL_DATASET } from '../support/small-platform.ts'

const EVENTS = 1_000_000
const BATCH = 1_000
const MODELS = 50
const ASKED = 25
const DAY = 86_400_000_000
const KINDS = 4

const ASKS: Readonly<Record<string, object>> = {
  timeline: {},
  overview: {},
  data: {},
  dataset: { name: 'data-1' },
  models: {},
  capital: {},
  predictions: {},
  prediction: { name: 'model-1' },
  experiments: { text: '', family: '', status: '', sort: 'started', offset: 0, limit: 100 },
  features: {},
  claims: {},
  audit: { from: 500_000, limit: 100 },
}

/** Outcomes, watches, drift and arrivals: 5,000 sessions of 50 models. */
export async function benchConsole() {
  const folder = mkdtempSync(join(tmpdir(), 'asof-console-bench-'))
  let now = 0
  const log = openEmbeddedLog({ folder, registry: REGISTRY, clock: { nowMicros: () => ++now } })
  const states = openProjectionStore(join(folder, 'projections.db'))
  try {
    await fill(log)
    await new ProjectionRunner({ log, store: states, projections: VIEWS }).catchUp()
    const past = openPast({
      ...{ log, states, chunks: openChunkFolder(join(folder, 'chunks')) },
      confirmed: async () => EVENTS * 2,
      lanes: { status: () => [] },
    })
    const uniform = xoshiro128(1)
    const rows = []
    for (const [page, asked] of Object.entries(ASKS)) {
      const { answer } = PAGES[page as keyof typeof PAGES] as Page<object>
      const timed = async (at: () => string) => {
        const millis = new Float64Array(ASKED)
        for (let i = 0; i < ASKED; i++) {
          const from = performance.now()
          JSON.stringify(await answer(await past({ at: at() }), asked))
          millis[i] = performance.now() - from
        }
        return millis
      }
      const today = await timed(() => 'now')
      const then = await timed(() => formatMoment(Math.floor(uniform() * (EVENTS / KINDS / MODELS)) * DAY))
      rows.push({
        page,
        firstMillis: today[0] ?? 0,
        nowP50Millis: quantileOf(today, 0.5),
        pastP50Millis: quantileOf(then, 0.5),
        pastMaxMillis: Math.max(...then),
      })
    }
    return rows
  } finally {
    states.close()
    await log.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function fill(log: EventLog): Promise<void> {
  const declared = Array.from({ length: MODELS }, (_, i) => {
    const data = { ...SMALL_DATASET, dataset: `data-${i}` }
    return DatasetDeclared.draft(data, { eventTime: 0, knownAt: 0 })
  })
  await append(log, 'declared', declared)
  for (let from = 0; from < EVENTS; from += BATCH)
    // Under the id of a processor's answer, as those of a platform are.
    for (const [processor, make] of Object.entries(MAKE)) {
      const share = BATCH / KINDS
      const events = Array.from({ length: share }, (_, i) => make((from / BATCH) * share + i))
      await append(log, `${processor}/${from + 1}/0`, events)
    }
}

const of = (place: number) => {
  const at = Math.floor(place / MODELS) * DAY
  return { model: `model-${place % MODELS}`, times: { eventTime: at, knownAt: at } }
}

const MAKE: Readonly<Record<string, (place: number) => Draft>> = {
  outcome(place) {
    const { model, times } = of(place)
    const figures = { gross: 0.001, cost: 0.0001, net: 0.0009, turnover: 0.1, capital: 1 }
    return OutcomeObserved.draft({ model, prediction: 1, ...figures, session: 1, backfilled: false }, times)
  },
  'sharpe-watch'(place) {
    const { model, times } = of(place)
    const watched = { sharpe: 1, expected: 1, deviation: 1, z: 0, breach: false, eValue: 1 }
    const test = { heldMean: 0, alarmAt: 20, alarm: false }
    return SharpeWatched.draft({ model, days: 21, ...watched, ...test }, times)
  },
  drift(place) {
    const { model, times } = of(place)
    const limits = { psi: 0.1, psiLimit: 0.2, ks: 0.1, ksLimit: 0.2, effectiveWindows: 9, drifted: false }
    const features = ['a', 'b', 'c'].map((feature) => ({ feature, ...limits }))
    const rows = { currentRows: 21, referenceRows: 2_000, falseAlarmsAYear: 0.05 }
    return DriftMeasured.draft({ model, ...rows, features, unjudged: [] }, times)
  },
  feed(place) {
    const { times } = of(place)
    const counts = {
      rows: 20,
      rowsQuarantined: 0,
      rowsRevised: 0,
      rowsLate: 0,
      rowsRepeated: 0,
      rowsEmpty: 0,
      rowsWithdrawn: 0,
      inexact: [],
    }
    const known = { knownFrom: times.knownAt, knownTo: times.knownAt, sessions: [1] }
    const source = { dataset: `data-${place % MODELS}`, source: `day ${place}`, sourceHash: '0'.repeat(64) }
    return RowsArrived.draft({ ...source, ...counts, ...known }, times)
  },
}

async function append(log: EventLog, commandId: string, events: readonly Draft[]): Promise<void> {
  const stream = `bench-${commandId.split('/')[0]}`
  const expected = await log.revisionOf(stream)
  const by = { actor: 'bench', correlationId: 'bench', causationId: null }
  await log.append({ stream, expected, commandId, ...by, events })
}
