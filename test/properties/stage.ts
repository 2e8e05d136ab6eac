/** Plays a story on the real platform, in memory: a history, a run and its promotion on each exchange, then live sessions. */
import type { Recorded } from '../../schemas/envelope.ts'
import { type EventDefinition, type EventOf, isEvent } from '../../schemas/event.ts'
import type { PolicySpec } from '../../schemas/events/approval.ts'
import type { RunSpec, TrainingSetSpec } from '../../schemas/events/experiment.ts'
import { publicKeyOf } from '../../schemas/kernel/signature.ts'
import { MICROS_PER_DAY, type Micros } from '../../schemas/kernel/time.ts'
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
import { ingestRows } from '../../serving/ingest.ts'
import { closeDueSessions } from '../../serving/sessions.ts'
import { defineSet } from '../../streams/features/definition.ts'
import { keyOfName, NOTHING_BESIDE, signedPolicy } from '../support/keys.ts'
import { type MemoryPlatform, memoryPlatform } from '../support/memory-platform.ts'
import type { Act, Script } from './script.ts'
import { tableOf } from './script.ts'
import { PRICES, type Stage } from './story.ts'

/** One member decides, and a held-out day is enough. */
const POLICY: PolicySpec = {
  version: 1,
  note: 'for tests alone',
  quorum: { required: 1, members: [{ member: 'bob', publicKey: publicKeyOf(keyOfName('bob')) }] },
  gate: [{ test: 'held-out-days', comparison: 'at-least', threshold: 1 }],
  validation: { groups: 3, testGroups: 2, embargoDays: 0, ...NOTHING_BESIDE },
  sharpe: { windowDays: 5, deviations: 2, direction: 'below', fractionAfter: 0.5 },
  yardstick: null,
  holdout: null,
  losses: { dayLoss: 0.02, drawdown: 0.05, fractionAfter: 0.5 },
  ladder: null,
}

const setOf = ({ dataset, exchange }: Stage) =>
  defineSet(
    {
      set: dataset,
      version: 1,
      entity: 'instrument',
      dataset,
      features: [
        { name: 'mom', formula: `rank(close / delay(close, ${exchange.momentum}) - 1) - 0.5`, unit: 'rank' },
        { name: 'sig', formula: 'signal + 0', unit: '' },
      ],
      stalenessMicros: 20 * MICROS_PER_DAY,
      lagMicros: 0,
      maxGapSessions: 20,
    },
    PRICES,
  )

export const portfolioOf = ({ exchange }: Stage): RunSpec['portfolio'] => ({
  construction: 'long-short',
  maxWeight: null,
  neutralise: null,
  holdingDays: exchange.holding,
  spreadBps: 4,
  commissionBps: 1,
  borrowBps: 50,
  impact: null,
})

const act = (commandId: string, actor = 'ann') => ({ commandId, actor })

const trainingSetOf = (stage: Stage, name: string, to: Micros): TrainingSetSpec => {
  const { set, version, hash } = setOf(stage)
  return {
    trainingSet: `${stage.dataset}-${name}`,
    featureSet: set,
    featureVersion: version,
    featureHash: hash,
    label: {
      dataset: stage.dataset,
      formula: 'close / delay(close, 1) - 1',
      entryRows: 1,
      exitRows: 2,
    },
    from: stage.spine[0] * MICROS_PER_DAY,
    to,
  }
}

/** Freezes a training set over all sessions up to a moment. */
export async function frozenSet(platform: MemoryPlatform, stage: Stage, name: string, to: Micros) {
  const spec = trainingSetOf(stage, name, to)
  await requestTrainingSet(platform, spec, act(`set:${spec.trainingSet}`))
  const { frozen } = platform.folds.experiments.state().trainingSets[spec.trainingSet]
  if (frozen === null) throw new Error(`${spec.trainingSet} is not frozen`)
  return frozen
}

async function promoted(platform: MemoryPlatform, stage: Stage, to: Micros): Promise<void> {
  const { dataset, exchange } = stage
  const { contentHash } = await frozenSet(platform, stage, 'history', to)
  const spec: RunSpec = {
    run: `${dataset}-run`,
    family: dataset,
    trainer: 'ridge',
    features: [...exchange.features],
    params: [{ name: 'alpha', value: 1 }],
    seed: 1,
    trainingSet: `${dataset}-history`,
    trainingSetHash: contentHash,
    folds: 2,
    portfolio: portfolioOf(stage),
    commit: { sha: '0'.repeat(40), signature: 'unchecked', tree: 'clean' },
    environment: 'test',
    author: 'ann',
  }
  await startRun(platform, spec, act(`run:${dataset}`))
  await requestValidation(platform, { model: dataset, run: spec.run }, act(`validate:${dataset}`))
  const report = Object.values(platform.folds.registry.state().models[dataset]?.reports ?? {}).at(0)
  if (report === undefined) throw new Error(`there is no report on ${spec.run}`)
  const said = { model: dataset, artifact: report.artifact, report: report.report, member: 'bob' } as const
  await sign(
    platform,
    { ...said, decision: 'approve', reason: 'read', privateKey: keyOfName('bob') },
    act(`sign:${dataset}`, 'bob'),
  )
  await promote(platform, { model: dataset, artifact: report.artifact }, act(`promote:${dataset}`, 'bob'))
}

/** A platform that has read the history, with a model in force on each exchange. */
export async function readyPlatform(
  stages: readonly Stage[],
  script: Script,
  parts: Parameters<typeof memoryPlatform>[0] = {},
): Promise<MemoryPlatform> {
  const platform = await memoryPlatform(parts)
  platform.moment.advanceTo(script.promotedAt)
  await setPolicy(platform, signedPolicy(POLICY, null, ['bob'], logIdentity(platform)), act('policy', 'bob'))
  for (const stage of stages) {
    for (const spec of [stage.actions, stage.spec])
      if (spec !== null) await declareDataset(platform, spec, act(`declare:${spec.dataset}`))
    await defineFeatures(platform, setOf(stage), act(`features:${stage.dataset}`))
  }
  await play(platform, script.history)
  for (const stage of stages) await promoted(platform, stage, script.promotedAt)
  return platform
}

/** Plays acts in order. What was played before is passed over. */
export async function play(platform: MemoryPlatform, acts: readonly Act[]): Promise<void> {
  for (const one of acts) {
    platform.moment.advanceTo(one.at)
    if (one.kind === 'close') await closeDueSessions(platform, one.dataset, { actor: 'feed' })
    else if (one.rows.length > 0) {
      const { dataset, rows, at, columns } = one
      await ingestRows(platform, {
        dataset,
        source: `file of ${at}`,
        rows: tableOf(rows, columns),
        actor: 'feed',
      })
    }
  }
}

export const said = <D extends EventDefinition>(events: readonly Recorded[], definition: D): EventOf<D>[] =>
  events.filter((event): event is EventOf<D> => isEvent(definition, event))
