/** A market with a trainer that is not built in, whose executor a test stands in for. */
import { tableFromIPC } from 'apache-arrow'
import { trainer, trainerStream } from '../../commands/experiment/trainer.ts'
import type { RunSpec } from '../../schemas/events/experiment.ts'
import type { TrainerSpec } from '../../schemas/events/trainer.ts'
import { sha256 } from '../../schemas/kernel/canonical.ts'
import { by } from '../../serving/act.ts'
import { requestTrainingSet } from '../../serving/actions.ts'
import { trainingConfig } from '../../serving/trainers/config.ts'
import { environmentOf } from '../../serving/trainers/environment.ts'
import type { Executor, Job, Made } from '../../serving/trainers/port.ts'
import { siteWith } from '../../serving/trainers/site.ts'
import { runTrial } from '../../serving/trainers/trial.ts'
import { onnxOf } from '../../streams/inference/linear-file.ts'
import { putDocument } from '../../streams/log/tables.ts'
import { fitRidge } from '../../streams/training/ridge.ts'
import { copyOf, type MemoryPlatform, memoryCursor, memoryPlatform } from './memory-platform.ts'
import { act, beginOn, runOf, SMALL_POLICY, trainingSetOf } from './small-platform.ts'

/** Any file is a program here: nothing starts it, and its bytes are hashed for each trial. Those of Node are a hundred megabytes. */
export const PROGRAM = import.meta.filename
export const CONFIG = trainingConfig.parse({ environments: { node: { run: [PROGRAM] } } })
export const CODE = new TextEncoder().encode('no tar: the executor of this test reads none')

/** Fits ridge on the table that it is given, as the built-in one does on the same rows. */
export function ridgeOn({ table, told }: Job): Made {
  const { features, params } = told as { features: string[]; params: { alpha: number } }
  const read = tableFromIPC(table)
  const columns = features.map((name) => read.getChild(name)?.toArray() as Float64Array)
  const y = Float64Array.from(read.getChild('label')?.toArray() as Float64Array)
  const x = Float64Array.from(
    { length: y.length * features.length },
    (_, at) => columns[at % features.length][Math.floor(at / features.length)],
  )
  const model = onnxOf(fitRidge({ x, y, columns: features.length }, params.alpha), features)
  return { model, metrics: [{ name: 'rows', value: y.length }], seconds: 1, failure: null, isLost: false }
}

export const executorOf = (
  run: (job: Job) => Made | Promise<Made>,
  notHeld: readonly string[] = [],
): Executor => ({
  ...{ name: 'test', notHeld, atOnce: 2, tries: 3 },
  assertReady: async () => undefined,
  run: async (job) => run(job),
})

export const FAILED: Made = {
  model: new Uint8Array(),
  metrics: [],
  seconds: 1,
  failure: 'it fell over',
  isLost: false,
}

let ready: Promise<MemoryPlatform> | null = null

/** A market with a frozen training set, made once and copied, and a trainer that was admitted. */
export async function begun(change: Partial<TrainerSpec> = {}): Promise<MemoryPlatform> {
  ready ??= (async () => {
    const made = await memoryPlatform()
    await beginOn(made, SMALL_POLICY)
    await requestTrainingSet(made, trainingSetOf(1), act('set'))
    return made
  })()
  const { log, chunks, moment } = await ready
  const cursor = memoryCursor((await log.head()).position)
  const platform = await memoryPlatform({ log: await copyOf(log), chunks, cursor })
  platform.moment.advanceTo(moment.nowMicros())
  const lockfile = change.lockfile === null ? null : Buffer.from('lock')
  const stock = await environmentOf({ name: 'node', config: CONFIG.environments.node, lockfile })
  const spec: TrainerSpec = {
    ...{ trainer: 'mine-1', repository: 'alpha', entry: 'train.js', environmentName: 'node', ...stock },
    commit: { sha: 'a'.repeat(40), signature: 'verified', tree: 'clean' },
    ...{ signer: 'ann', key: 'SHA256:x', allowedSigners: sha256(CODE), problem: null, code: sha256(CODE) },
    lockfile: lockfile && { path: 'lock', sha256: sha256(lockfile) },
    limits: CONFIG.limits,
    ...change,
  }
  const code = await putDocument(chunks, CODE, 'file')
  await by(trainer)(platform, {
    stream: trainerStream('mine-1'),
    command: () => ({ kind: 'admit', spec, code }),
    ...act('admit'),
  })
  return platform
}

export function specOf(platform: MemoryPlatform, trained: string): RunSpec {
  const { trainingSets, trainers } = platform.folds.experiments.state()
  const spec = runOf('momentum', 1, trainingSets['small-h1'].frozen?.contentHash ?? '')
  if (trained === 'ridge') return spec
  const { commit, environment } = trainers[trained].spec
  return { ...spec, run: `small-${trained}`, trainer: trained, commit, environment }
}

export async function tried(platform: MemoryPlatform, executor: Executor) {
  const spec = specOf(platform, 'mine-1')
  await runTrial(platform, spec, { ...act('run'), site: siteWith(CONFIG, executor) })
  return platform.folds.experiments.state().runs[spec.run]
}
