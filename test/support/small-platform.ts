/** A small platform with everything in it: a market, four trials, a committee, a model in force, and days of life. */
import type { PolicySpec } from '../../schemas/events/approval.ts'
import type { DatasetSpec } from '../../schemas/events/data.ts'
import type { RunSpec, TrainingSetSpec } from '../../schemas/events/experiment.ts'
import type { Service } from '../../schemas/events/model.ts'
import { publicKeyOf } from '../../schemas/kernel/signature.ts'
import {
  declareDataset,
  defineFeatures,
  logIdentity,
  promote,
  requestTrainingSet,
  requestValidation,
  reviewCapital,
  setPolicy,
  sign,
  startRun,
} from '../../serving/actions.ts'
import { ingestRows } from '../../serving/ingest.ts'
import { closeDueSessions } from '../../serving/sessions.ts'
import { defineSet } from '../../streams/features/definition.ts'
import { keyOfName, NOTHING_BESIDE, signedPolicy } from './keys.ts'
import { copyOf, type MemoryPlatform, memoryCursor, memoryPlatform } from './memory-platform.ts'
import { CLOSE, PLAIN } from './sessions.ts'
import { closeOf, decidedOf, knownOf, pricesOf, tableOf } from './small-world.ts'

export const HISTORY_DAYS = 300
export const MODEL = 'small'
export const AUTHOR = 'ann'
export const COMMITTEE = ['bob', 'cat', 'dan', AUTHOR] as const
const PRICES = pricesOf(460)

export const SMALL_DATASET: DatasetSpec = {
  dataset: 'small',
  layout: 'long',
  entityColumn: 'name',
  timeColumn: 'time',
  timeOfDay: '',
  timeZone: 'UTC',
  knownAt: { kind: 'lag', column: '', lagMicros: 300_000_000 },
  columns: [{ name: 'close', unit: 'USD' }],
  provenance: 'made up',
  caveat: 'made up',
  ...PLAIN,
  prices: CLOSE,
}

export const SMALL_SET = defineSet(
  {
    set: 'small',
    version: 1,
    entity: 'instrument',
    dataset: 'small',
    features: [
      { name: 'mom_5', formula: 'rank(close / delay(close, 5) - 1) - 0.5', unit: 'rank' },
      { name: 'mom_20', formula: 'rank(close / delay(close, 20) - 1) - 0.5', unit: 'rank' },
      { name: 'vol_10', formula: 'zscore(ts_std(close / delay(close, 1), 10))', unit: 'sd' },
    ],
    stalenessMicros: 7 * 86_400_000_000,
    lagMicros: 0,
    maxGapSessions: 90,
  },
  ['close'],
)

/** A mild policy: what forecasts passes, what does not is refused. */
export const SMALL_POLICY: PolicySpec = {
  version: 1,
  note: 'for tests alone',
  quorum: {
    required: 2,
    members: COMMITTEE.map((member) => ({ member, publicKey: publicKeyOf(keyOfName(member)) })),
  },
  gate: [
    { test: 'held-out-days', comparison: 'at-least', threshold: 100 },
    { test: 'net-sharpe', comparison: 'at-least', threshold: 1 },
    { test: 'max-drawdown', comparison: 'at-most', threshold: 0.5 },
  ],
  validation: { groups: 5, testGroups: 2, embargoDays: 0, ...NOTHING_BESIDE },
  sharpe: { windowDays: 10, deviations: 1.2, direction: 'below', fractionAfter: 0.5 },
  yardstick: null,
  holdout: null,
  // A bad day of this market, so that the limit is reached once in the story.
  losses: { dayLoss: 0.01, drawdown: 0.05, fractionAfter: 0.5 },
  ladder: null,
}

const HORIZONS = [1, 3]
const FEATURES: Readonly<Record<string, readonly string[]>> = {
  momentum: ['mom_5', 'mom_20'],
  noise: ['vol_10'],
}

export const trainingSetOf = (horizon: number): TrainingSetSpec => ({
  trainingSet: `small-h${horizon}`,
  featureSet: SMALL_SET.set,
  featureVersion: SMALL_SET.version,
  featureHash: SMALL_SET.hash,
  label: {
    dataset: 'small',
    formula: `demean(close / delay(close, ${horizon}) - 1)`,
    entryRows: 1,
    exitRows: 1 + horizon,
  },
  from: closeOf(0),
  to: closeOf(HISTORY_DAYS),
})

export const runOf = (subset: string, horizon: number, trainingSetHash: string): RunSpec => ({
  run: `small-h${horizon}-${subset}`,
  family: 'small',
  trainer: 'ridge',
  features: [...(FEATURES[subset] ?? [])],
  params: [{ name: 'alpha', value: 1 }],
  seed: 1,
  trainingSet: `small-h${horizon}`,
  trainingSetHash,
  folds: 4,
  portfolio: {
    construction: 'long-short',
    maxWeight: null,
    neutralise: null,
    holdingDays: horizon,
    spreadBps: 4,
    commissionBps: 1,
    borrowBps: 50,
    impact: null,
  },
  commit: { sha: '0'.repeat(40), signature: 'unchecked', tree: 'clean' },
  environment: 'test',
  author: AUTHOR,
})

/** The act of an actor: its content names it. */
export const act = (commandId: string, actor: string = AUTHOR) => ({ actor, commandId })

let judged: Promise<MemoryPlatform> | null = null

/** A history, features, and four trials, all of them judged. Made once for a file of tests and then copied, unless under a policy of its own. */
export async function judgedPlatform(policy?: PolicySpec): Promise<MemoryPlatform> {
  if (policy !== undefined) return judgeTrials(policy)
  judged ??= judgeTrials()
  const { log, chunks } = await judged
  const { position } = await log.head()
  const platform = await memoryPlatform({ log: await copyOf(log), chunks, cursor: memoryCursor(position) })
  platform.moment.advanceTo(closeOf(HISTORY_DAYS))
  return platform
}

const judgeTrials = async (policy?: PolicySpec): Promise<MemoryPlatform> =>
  judgeOn(await memoryPlatform(), policy)

/** The same on a platform that is there, wherever it keeps its bytes. */
export async function judgeOn(
  platform: MemoryPlatform,
  policy: PolicySpec = SMALL_POLICY,
  dataset: DatasetSpec = SMALL_DATASET,
): Promise<MemoryPlatform> {
  await beginOn(platform, policy, dataset)
  for (const horizon of HORIZONS) {
    await requestTrainingSet(platform, trainingSetOf(horizon), act(`set-${horizon}`))
    const { frozen } = platform.folds.experiments.state().trainingSets[`small-h${horizon}`]
    for (const subset of Object.keys(FEATURES)) {
      const spec = runOf(subset, horizon, frozen?.contentHash ?? '')
      await startRun(platform, spec, act(`run-${spec.run}`))
    }
  }
  for (const run of Object.keys(platform.folds.experiments.state().runs)) {
    await requestValidation(platform, { model: MODEL, run }, act(`validate-${run}`))
  }
  return platform
}

/** Its history, its features and its policy: what trials rest on. */
export async function beginOn(
  platform: MemoryPlatform,
  policy: PolicySpec = SMALL_POLICY,
  dataset: DatasetSpec = SMALL_DATASET,
): Promise<void> {
  platform.moment.advanceTo(closeOf(HISTORY_DAYS))
  await declareDataset(platform, dataset, act('declare'))
  await defineFeatures(platform, SMALL_SET, act('features'))
  const rows = tableOf(PRICES, 0, HISTORY_DAYS)
  await ingestRows(platform, { dataset: 'small', source: 'history', rows, actor: AUTHOR })
  await setPolicy(
    platform,
    signedPolicy(policy, null, undefined, logIdentity(platform)),
    act('policy', 'bob'),
  )
}

/** The report on a run, as the registry has it. */
export function reportOn(platform: MemoryPlatform, run: string) {
  const reports = Object.values(platform.folds.registry.state().models[MODEL]?.reports ?? {})
  const report = reports.find((one) => one.run === run)
  if (report === undefined) throw new Error(`there is no report on ${run}`)
  return report
}

/** Two members approve the model of a run, and it is promoted. */
export async function promoteRun(
  platform: MemoryPlatform,
  run: string,
  service: Service = 'durable',
): Promise<void> {
  const { artifact, report } = reportOn(platform, run)
  for (const member of ['bob', 'cat']) {
    const said = { model: MODEL, artifact, report, member, decision: 'approve', reason: 'read' } as const
    await sign(platform, { ...said, privateKey: keyOfName(member) }, act(`${member}-${run}`, member))
  }
  await promote(platform, { model: MODEL, artifact, service }, act(`promote-${run}-${service}`, 'bob'))
}

/** The clock goes on to the decision moment of a day, and the day is closed. */
export async function closeDay(platform: MemoryPlatform, day: number): Promise<void> {
  platform.moment.advanceTo(decidedOf(day))
  await closeDueSessions(platform, 'small', { actor: 'feed' })
}

/** Days arrive one by one, `from` to `to` exclusive; what was cut is given back after five days. */
export async function playDays(platform: MemoryPlatform, from: number, to: number): Promise<void> {
  let waiting = 0
  for (let day = from; day < to; day++) {
    platform.moment.advanceTo(knownOf(day))
    const rows = tableOf(PRICES, day, day + 1)
    await ingestRows(platform, { dataset: 'small', source: `day ${day}`, rows, actor: 'feed' })
    await closeDay(platform, day)
    waiting = platform.folds.capital.state().models[MODEL]?.pendingReview ? waiting + 1 : 0
    if (waiting < 5) continue
    const said = { model: MODEL, fraction: 1, member: 'cat', reason: 'reviewed' }
    await reviewCapital(platform, { ...said, privateKey: keyOfName('cat') }, act(`review-${day}`, 'cat'))
    waiting = 0
  }
}

/** The whole story: judged, promoted, and `days` of life. */
export async function playedPlatform(days = 80): Promise<MemoryPlatform> {
  const platform = await judgedPlatform()
  await promoteRun(platform, 'small-h3-momentum')
  await playDays(platform, HISTORY_DAYS, HISTORY_DAYS + days)
  return platform
}
