/** Has a run's trainer make its models, one for each way to split the rows, and puts down what came of it. */
import { trained, trainedStream } from '../../commands/experiment/trained.ts'
import { type Scheme, splitUnder } from '../../commands/gate/splits.ts'
import type { RunView, TrainerView } from '../../projections/experiment/experiments.ts'
import type { ChunkRef } from '../../schemas/envelope.ts'
import { Refusal, refuse } from '../../schemas/kernel/fault.ts'
import type { Rows } from '../../schemas/rows.ts'
import { putDocument } from '../../streams/log/tables.ts'
import { readFrozen } from '../../streams/training/frozen.ts'
import { layoutOf } from '../../streams/training/held-out.ts'
import { everyRow } from '../../streams/training/sample.ts'
import { type Act, by } from '../act.ts'
import type { Platform } from '../platform.ts'
import type { EnvironmentConfig } from './config.ts'
import type { Executor, Job, Made } from './port.ts'
import type { Site } from './site.ts'
import { toldOf, trainingTable } from './tables.ts'

export type Training = Act &
  Readonly<{
    site: Site
    progress?: (done: number, of: number) => void
  }>

/** A place that broke down is asked again so often. */
const TRIES = 3

type Task = Readonly<{
  run: RunView
  trainer: TrainerView
  rows: Rows
  code: Uint8Array
  environment: EnvironmentConfig
}>

/**
 * Trains a run that was started, on all its rows and on each fold of its walk-forward, and attests what was made. It is judged when this
 * returns. What was attested before stays.
 * @throws Refusal `trainer.no-sandbox`, as `taskOf`, and `work.cancelled` once the run has been told to have failed by it
 */
export async function trainRun(platform: Platform, name: string, training: Training): Promise<void> {
  const task = await taskOf(platform, name, training.site)
  const { run, rows } = task
  const layout = layoutOf(rows, run.spec.folds)
  const which = [everyRow(rows), ...layout.folds.map(({ train }) => train)]
  const { models, work, told, cancelled } = await modelsOf(platform, task, {
    which,
    training,
    part: 'walk-forward',
  })
  const [artifact = null, ...folds] = models
  const data = {
    ...{ run: run.spec.run, started: run.started, artifact: artifact?.hash ?? '' },
    ...{ folds: folds.map(({ hash }) => hash), told: [...told], ...work },
  }
  const { position } = await attest(platform, { kind: 'trained', data, models }, training)
  await platform.lanes.answered(position, ['research'])
  if (cancelled !== null) throw cancelled
}

/** Trains again on every fold of the gate's own split, unless that is done; the gate judges by what is attested. */
export async function trainSplits(
  platform: Platform,
  name: string,
  { scheme, ...training }: Training & Readonly<{ scheme: Scheme }>,
): Promise<void> {
  const task = await taskOf(platform, name, training.site)
  const { run, rows } = task
  const split = splitUnder(rows, scheme)
  const which = split.folds.map(({ train }) => train)
  const { groups, testGroups, embargoDays } = scheme
  const part = `splits ${groups} ${testGroups} ${embargoDays}`
  const { models, work, cancelled } = await modelsOf(platform, task, { which, training, part })
  const data = {
    ...{ run: run.spec.run, started: run.started, groups, testGroups, embargoDays },
    ...{ models: models.map(({ hash }) => hash), ...work },
  }
  if (cancelled !== null) throw cancelled
  await attest(platform, { kind: 'splits', data, models }, training)
}

type Saying = Parameters<typeof trained.decide>[0]

/** Whatever was asked to be left undone: what was done is put down. */
const attest = (platform: Platform, command: Saying, { actor, commandId }: Act) =>
  by(trained)(platform, {
    stream: trainedStream(command.data.run),
    command: () => command,
    actor,
    commandId: `${commandId}:${command.kind}`,
  })

/** @throws Refusal `experiment.unknown-run`, `experiment.unknown-trainer`, `experiment.unknown-training-set`, and as the store */
async function taskOf({ folds, chunks }: Platform, name: string, site: Site): Promise<Task> {
  const { runs, trainers, trainingSets } = folds.experiments.state()
  const run = Object.hasOwn(runs, name) ? runs[name] : undefined
  if (run === undefined) throw refuse('experiment.unknown-run', { run: name })
  const { trainer: named, trainingSet } = run.spec
  const trainer = Object.hasOwn(trainers, named) ? trainers[named] : undefined
  if (trainer === undefined) throw refuse('experiment.unknown-trainer', { trainer: named })
  const frozen = trainingSets[trainingSet]?.frozen
  if (frozen == null || frozen.contentHash !== run.spec.trainingSetHash)
    throw refuse('experiment.unknown-training-set', { trainingSet })
  site.executor.assertReady()
  const environment = await site.environmentFor(trainer.spec)
  const rows = await readFrozen(chunks, frozen.chunks)
  return { run, trainer, environment, rows, code: await chunks.get(trainer.code.hash) }
}

type Wanted = Readonly<{ which: readonly ArrayLike<number>[]; training: Training; part: string }>

/** The models in order, as far as there are any: the first failure ends it. */
async function modelsOf(platform: Platform, task: Task, { which, training, part }: Wanted) {
  const { site, progress, beginning } = training
  const { executor } = site
  const made: Made[] = []
  let [failure, cancelled, done]: [string | null, Refusal | null, number] = [null, null, 0]
  const queue = which.entries()
  const work = async (): Promise<void> => {
    for (const [at, rows] of queue) {
      if (failure !== null) return
      try {
        beginning?.()
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        cancelled = error
        failure ??= error.message
        return
      }
      made[at] = await tried(executor, jobOf(task, { rows, id: `${task.run.spec.run} ${part} ${at}` }))
      failure ??= made[at].failure
      progress?.(++done, which.length)
    }
  }
  await Promise.all(Array.from({ length: Math.min(executor.atOnce, which.length) }, work))
  const models: ChunkRef[] = []
  if (failure === null)
    for (const { model } of made) models.push(await putDocument(platform.chunks, model, 'onnx'))
  const seconds = made.reduce((sum, one) => sum + (one?.seconds ?? 0), 0)
  return {
    models,
    cancelled: cancelled as Refusal | null,
    told: failure === null ? made[0].metrics : [],
    work: { executor: executor.name, notHeld: [...executor.notHeld], seconds, failure },
  }
}

function jobOf(task: Task, { rows, id }: Readonly<{ rows: ArrayLike<number>; id: string }>): Job {
  const { run, trainer, code, environment } = task
  const { entry, limits } = trainer.spec
  return {
    ...{ id, code, limits, mounts: environment.mounts },
    command: [...environment.run, `/code/${entry}`],
    table: trainingTable(task.rows, run.spec, rows),
    told: toldOf(run.spec),
  }
}

async function tried(executor: Executor, job: Job): Promise<Made> {
  for (let left = TRIES; ; left--) {
    const made = await executor.run(job)
    if (!made.isLost || left === 1) return made
  }
}
