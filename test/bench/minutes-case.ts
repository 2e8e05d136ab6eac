/** A month of minute bars through a platform with a model in force, in a process of its own: `minutes-case.ts NAMES DAYS`. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MICROS_PER_DAY, type Micros, parseMoment } from '../../schemas/kernel/time.ts'
import type { Rows } from '../../schemas/rows.ts'
import {
  declareDataset,
  defineFeatures,
  logIdentity,
  promote,
  requestTrainingSet,
  requestValidation,
  setPolicy,
  sign,
  startRun,
} from '../../serving/actions.ts'
import { PlayedClock } from '../../serving/clock.ts'
import { inferenceOf } from '../../serving/inference/inference.ts'
import { ingestRows } from '../../serving/ingest.ts'
import { openPlatform, type Platform } from '../../serving/platform.ts'
import { closeDueSessions } from '../../serving/sessions.ts'
import { quantileOf } from '../../streams/statistics/quantile.ts'
import { keyOfName, signedPolicy } from '../support/keys.ts'
import { CLOSE } from '../support/sessions.ts'
import { act, MODEL, runOf, SMALL_POLICY, trainingSetOf } from '../support/small-platform.ts'
import { entityName } from './growth-panel.ts'
import { BAR_SET, BARS, MICROS_PER_BAR } from './opening-panel.ts'

const [names, days] = process.argv.slice(2).map(Number)
/** Sessions of one row each, which a model is trained on; then sessions of minutes. */
const HISTORY_DAYS = 150
const BARS_PER_SESSION = 390
const START = parseMoment('2005-01-03T14:30Z')
const KNOWN_AFTER = 1_000_000
const POLICY = {
  ...SMALL_POLICY,
  gate: [{ test: 'held-out-days', comparison: 'at-least', threshold: 10 } as const],
}

const timeOf = (day: number, minute: number): Micros => START + day * MICROS_PER_DAY + minute * MICROS_PER_BAR
const closeOf = (day: number): Micros => timeOf(day, BARS_PER_SESSION - 1)

/** Drifts that change slowly, so that momentum forecasts a little. */
const price = (entity: number, day: number, minute: number): number => {
  const at = day + minute / BARS_PER_SESSION
  return (
    100 * Math.exp(0.15 * Math.sin(at / 20 + entity)) +
    ((entity * 7919 + day * 104729 + minute * 3571) % 1000) / 2000
  )
}

function barOf(day: number, minute: number): Rows {
  const each = (of: (entity: number) => number) => Float64Array.from({ length: names }, (_, e) => of(e))
  const at = timeOf(day, minute)
  return {
    length: names,
    entities: Array.from({ length: names }, (_, entity) => entityName(entity)),
    entity: Uint32Array.from({ length: names }, (_, entity) => entity),
    eventTime: each(() => at),
    knownAt: each(() => at + KNOWN_AFTER),
    columns: [
      { name: 'close', values: each((entity) => price(entity, day, minute)) },
      {
        name: 'volume',
        values: each((entity) => 1000 + ((entity * 6007 + (day * 390 + minute) * 15485863) % 99991)),
      },
    ],
  }
}

const dataset = {
  ...BARS,
  prices: CLOSE,
  knownAt: { kind: 'lag', column: '', lagMicros: KNOWN_AFTER },
} as const

async function bar(platform: Platform, moment: PlayedClock, day: number, minute: number): Promise<void> {
  moment.advanceTo(timeOf(day, minute) + KNOWN_AFTER)
  const source = `day ${day} minute ${minute}`
  await ingestRows(platform, { dataset: BARS.dataset, source, rows: barOf(day, minute), actor: 'feed' })
}

/** A history of closes, a model that was trained and judged on it, and its promotion. */
async function withModel(platform: Platform, moment: PlayedClock): Promise<void> {
  moment.advanceTo(closeOf(-1))
  await declareDataset(platform, dataset, act('declare'))
  await defineFeatures(platform, BAR_SET, act('features'))
  for (let day = 0; day < HISTORY_DAYS; day++) await bar(platform, moment, day, BARS_PER_SESSION - 1)
  await setPolicy(
    platform,
    signedPolicy(POLICY, null, undefined, logIdentity(platform)),
    act('policy', 'bob'),
  )
  const small = trainingSetOf(3)
  const of = { featureSet: BAR_SET.set, featureVersion: BAR_SET.version, featureHash: BAR_SET.hash }
  const label = { ...small.label, dataset: BARS.dataset }
  const set = { ...small, ...of, label, from: timeOf(0, 0), to: closeOf(HISTORY_DAYS - 1) }
  await requestTrainingSet(platform, set, act('set'))
  const { frozen } = platform.folds.experiments.state().trainingSets[set.trainingSet]
  const features = BAR_SET.features.map(({ name }) => name)
  const spec = { ...runOf('momentum', 3, frozen?.contentHash ?? ''), features }
  await startRun(platform, spec, act('run'))
  await requestValidation(platform, { model: MODEL, run: spec.run }, act('validate'))
  const [report] = Object.values(platform.folds.registry.state().models[MODEL]?.reports ?? {})
  for (const member of ['bob', 'cat']) {
    const { artifact, report: digest } = report
    const said = {
      model: MODEL,
      artifact,
      report: digest,
      member,
      decision: 'approve',
      reason: 'read',
    } as const
    await sign(platform, { ...said, privateKey: keyOfName(member) }, act(member, member))
  }
  await promote(platform, { model: MODEL, artifact: report.artifact }, act('promote', 'bob'))
}

function megabytesKept(): number {
  globalThis.gc?.()
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return (heapUsed + external) / 1e6
}

type Cost = Readonly<{ wallMs: number; cpuMs: number }>

async function month(platform: Platform, moment: PlayedClock) {
  const inference = inferenceOf(platform)
  const entities = Array.from({ length: names }, (_, entity) => entityName(entity))
  const caller = { name: 'oms', isKnown: true, deadline: Number.POSITIVE_INFINITY }
  const found = []
  let costs: Cost[] = []
  const quantile = (p: number, of: (cost: Cost) => number) => quantileOf(Float64Array.from(costs, of), p)
  for (let day = 0; day < days; day++) {
    for (let minute = 0; minute < BARS_PER_SESSION; minute++) {
      const [started, used] = [performance.now(), process.cpuUsage()]
      await bar(platform, moment, HISTORY_DAYS + day, minute)
      // Recorded and durable when it is answered.
      await inference.answer({ model: MODEL, version: '', id: '', entities, asOf: null }, caller)
      const { user, system } = process.cpuUsage(used)
      costs.push({ wallMs: performance.now() - started, cpuMs: (user + system) / 1000 })
    }
    moment.advanceTo(timeOf(HISTORY_DAYS + day + 1, 0) - 1)
    await closeDueSessions(platform, BARS.dataset, { actor: 'feed' })
    if ((day + 1) % 5 !== 0 && day + 1 !== days) continue
    const [p50, p99] = [0.5, 0.99].map((p) => quantile(p, ({ wallMs }) => wallMs))
    const [cpuP50, cpuP99] = [0.5, 0.99].map((p) => quantile(p, ({ cpuMs }) => cpuMs))
    const measured = { wallP50Ms: p50, wallP99Ms: p99, cpuP50Ms: cpuP50, cpuP99Ms: cpuP99 }
    const rssMb = process.memoryUsage.rss() / 1e6
    found.push({ session: day + 1, bars: costs.length, ...measured, keptMb: megabytesKept(), rssMb })
    console.error(JSON.stringify(found.at(-1)))
    costs = []
  }
  return found
}

const path = mkdtempSync(join(tmpdir(), 'asof-minutes-'))
try {
  const moment = new PlayedClock(timeOf(0, 0))
  const platform = await openPlatform({ path, moment })
  await withModel(platform, moment)
  console.log(JSON.stringify(await month(platform, moment)))
  await platform.close()
} finally {
  rmSync(path, { recursive: true, force: true })
}
