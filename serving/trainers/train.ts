/** Has a run's trainer make its models, one for each way to split the rows, and puts down what came of it. */
import { metered, meteredStream } from '../../commands/experiment/metered.ts'
import { trained, trainedStream } from '../../commands/experiment/trained.ts'
import { isSameScheme, type Scheme, splitUnder } from '../../commands/gate/splits.ts'
import { isBuiltIn } from '../../schemas/events/experiment.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import { putDocument } from '../../streams/log/tables.ts'
import { type Act, by } from '../act.ts'
import { wallClock } from '../clock.ts'
import type { Platform } from '../platform.ts'
import { teamOf } from './budget.ts'
import { assertMayTrain } from './may-train.ts'
import type { Pool } from './pools.ts'
import { type Site, siteOf } from './site.ts'
import { modelsOf, type Task, taskOf, type Usage, walkForwardOf } from './task.ts'

export type Training = Act & Readonly<{ site: Site; progress?: (done: number, of: number) => void }>

/**
 * Trains a run that was started, on all its rows and on each fold of its walk-forward, and attests what was made. It is judged when this
 * returns. What was attested before stays.
 * @throws Refusal as `assertMayTrain` and `taskOf`, and `work.cancelled` once the run has been told to have failed by it
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

/** A trainer that is not built in is run again on every split of the policy, unless it was, before the gate is asked. */
export async function trainAgain(platform: Platform, name: string, act: Act): Promise<void> {
  const run = platform.folds.experiments.state().runs[name]
  const scheme = platform.folds.registry.state().policy?.validation
  if (run?.status !== 'finished' || scheme === undefined || isBuiltIn(run.spec)) return
  if (run.missing.length > 0) return
  if (run.splits.some((one) => one.failure === null && isSameScheme(one, scheme))) return
  await trainSplits(platform, name, { ...act, site: await siteOf(platform), scheme })
}

async function taskIn(platform: Platform, name: string, { site, actor }: Training): Promise<Task> {
  const { folds, chunks } = platform
  const state = folds.experiments.state()
  const task = await taskOf({ state, chunks, environmentFor: site.environmentFor }, name)
  await assertMayTrain(platform, site, { trainer: task.run.spec.trainer, subject: actor })
  return task
}

type Wanted = Readonly<{ which: readonly ArrayLike<number>[]; part: string; training: Training }>

async function madeBy(platform: Platform, task: Task, { training, ...wanted }: Wanted) {
  const { site, beginning, progress } = training
  const pool = site.poolFor(task.run.spec.trainer)
  const { executor } = pool
  const from = wallClock.nowMicros()
  const { kept, failure, cancelled, told, ...spent } = await modelsOf(task, {
    ...{ ...wanted, executor, of: training.actor, beginning, progress },
    keep: (model) => putDocument(platform.chunks, model, 'onnx'),
  })
  const { seconds } = spent
  // It is paid for, whatever came of it.
  await meter(platform, { task, part: wanted.part, pool, spent, from, training })
  return {
    cancelled,
    models: failure === null ? kept : [],
    told: failure === null ? told : [],
    work: { executor: executor.name, notHeld: [...executor.notHeld], seconds, failure },
  }
}

type Metering = Readonly<{
  task: Task
  part: string
  pool: Pool
  spent: Usage
  from: Micros
  training: Training
}>

async function meter(platform: Platform, { task, part, pool, spent, from, training }: Metering) {
  if (spent.tries === 0) return
  const { started } = task.run
  const { run, family } = task.run.spec
  const { actor, commandId, site } = training
  const data = {
    ...{
      run,
      started,
      family,
      part,
      team: teamOf(site.config, actor),
      pool: pool.name,
      from,
      to: wallClock.nowMicros(),
    },
    ...{ ...spent, atOnce: pool.executor.atOnce, ...pool.price },
  }
  const ids = { actor, commandId: `${commandId}:metered ${part}`, once: 'written' } as const
  await by(metered)(platform, { stream: meteredStream(run), command: () => data, ...ids })
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
