/** Has a run's trainer make its models, one for each way to split the rows, and puts down what came of it. */
import { trained, trainedStream } from '../../commands/experiment/trained.ts'
import { type Scheme, splitUnder } from '../../commands/gate/splits.ts'
import { putDocument } from '../../streams/log/tables.ts'
import { type Act, by } from '../act.ts'
import type { Platform } from '../platform.ts'
import type { Site } from './site.ts'
import { modelsOf, type Task, taskOf, walkForwardOf } from './task.ts'

export type Training = Act & Readonly<{ site: Site; progress?: (done: number, of: number) => void }>

/**
 * Trains a run that was started, on all its rows and on each fold of its walk-forward, and attests what was made. It is judged when this
 * returns. What was attested before stays.
 * @throws Refusal `trainer.no-sandbox`, as `taskOf`, and `work.cancelled` once the run has been told to have failed by it
 */
export async function trainRun(platform: Platform, name: string, training: Training): Promise<void> {
  const task = await taskIn(platform, name, training)
  const { run } = task
  const wanted = { which: walkForwardOf(task), part: 'walk-forward' }
  const { models, work, told, cancelled } = await madeBy(platform, task, { ...wanted, training })
  const [artifact = null, ...folds] = models
  const data = {
    ...{ run: run.spec.run, started: run.started, artifact: artifact?.hash ?? '' },
    ...{ folds: folds.map(({ hash }) => hash), told: [...told], ...work },
  }
  const { position } = await attest(platform, { kind: 'trained', data, models }, training)
  await platform.lanes.answered(position, ['research'])
  if (cancelled !== null) throw cancelled
}

/** Trains again on every fold of the gate's own split; the gate judges by what is attested. */
export async function trainSplits(
  platform: Platform,
  name: string,
  { scheme, ...training }: Training & Readonly<{ scheme: Scheme }>,
): Promise<void> {
  const task = await taskIn(platform, name, training)
  const { run, rows } = task
  const which = splitUnder(rows, scheme).folds.map(({ train }) => train)
  const { groups, testGroups, embargoDays } = scheme
  const part = `splits ${groups} ${testGroups} ${embargoDays}`
  const { models, work, cancelled } = await madeBy(platform, task, { which, part, training })
  if (cancelled !== null) throw cancelled
  const data = {
    ...{ run: run.spec.run, started: run.started, groups, testGroups, embargoDays },
    ...{ models: models.map(({ hash }) => hash), ...work },
  }
  await attest(platform, { kind: 'splits', data, models }, training)
}

async function taskIn({ folds, chunks }: Platform, name: string, { site }: Training): Promise<Task> {
  await site.executor.assertReady()
  return taskOf({ state: folds.experiments.state(), chunks, environmentFor: site.environmentFor }, name)
}

type Wanted = Readonly<{ which: readonly ArrayLike<number>[]; part: string; training: Training }>

async function madeBy(platform: Platform, task: Task, { training, ...wanted }: Wanted) {
  const { site, beginning, progress } = training
  const { executor } = site
  const { kept, failure, cancelled, told, seconds } = await modelsOf(task, {
    ...{ ...wanted, executor, beginning, progress },
    keep: (model) => putDocument(platform.chunks, model, 'onnx'),
  })
  return {
    cancelled,
    models: failure === null ? kept : [],
    told: failure === null ? told : [],
    work: { executor: executor.name, notHeld: [...executor.notHeld], seconds, failure },
  }
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
