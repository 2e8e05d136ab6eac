/** What a run's trainer is given, as the log has it, and the jobs that it is made of: for whoever trains it, or trains it again. */
import type { ExperimentsState, RunView, TrainerView } from '../../projections/experiment/experiments.ts'
import type { TrainerSpec } from '../../schemas/events/trainer.ts'
import { Refusal, refuse } from '../../schemas/kernel/fault.ts'
import type { Rows } from '../../schemas/rows.ts'
import type { ChunkStore } from '../../streams/log/chunks.ts'
import { readFrozen } from '../../streams/training/frozen.ts'
import { layoutOf } from '../../streams/training/held-out.ts'
import { everyRow } from '../../streams/training/sample.ts'
import type { EnvironmentConfig } from './config.ts'
import type { Executor, Job, Made } from './port.ts'
import { toldOf, trainingTable } from './tables.ts'

export type Task = Readonly<{
  run: RunView
  trainer: TrainerView
  rows: Rows
  code: Uint8Array
  environment: EnvironmentConfig
}>

type Source = Readonly<{
  state: Pick<ExperimentsState, 'runs' | 'trainers' | 'trainingSets'>
  chunks: ChunkStore
  environmentFor: (trainer: TrainerSpec) => Promise<EnvironmentConfig>
}>

/** @throws Refusal `experiment.unknown-run`, `experiment.unknown-trainer`, `experiment.unknown-training-set`, and as the store */
export async function taskOf({ state, chunks, environmentFor }: Source, name: string): Promise<Task> {
  const { runs, trainers, trainingSets } = state
  const run = Object.hasOwn(runs, name) ? runs[name] : undefined
  if (run === undefined) throw refuse('experiment.unknown-run', { run: name })
  const { trainer: named, trainingSet } = run.spec
  const trainer = Object.hasOwn(trainers, named) ? trainers[named] : undefined
  if (trainer === undefined) throw refuse('experiment.unknown-trainer', { trainer: named })
  const frozen = trainingSets[trainingSet]?.frozen
  if (frozen == null || frozen.contentHash !== run.spec.trainingSetHash)
    throw refuse('experiment.unknown-training-set', { trainingSet })
  const environment = await environmentFor(trainer.spec)
  const rows = await readFrozen(chunks, frozen.chunks)
  return { run, trainer, environment, rows, code: await chunks.get(trainer.code.hash) }
}

/** The rows that each model of a run is trained on: all of them, and those of each fold of its walk-forward. */
export const walkForwardOf = ({ run, rows }: Task): readonly ArrayLike<number>[] => [
  everyRow(rows),
  ...layoutOf(rows, run.spec.folds).folds.map(({ train }) => train),
]

type Wanted<K> = Readonly<{
  which: readonly ArrayLike<number>[]
  /** What is kept of each model once it is made: all of them at a time would not fit into memory. */
  keep: (model: Uint8Array) => Promise<K>
  executor: Executor
  /** What the jobs are part of, and who they are for. */
  part: string
  of: string
  /** What it throws ends the work between two jobs. */
  beginning?: (() => void) | undefined
  progress?: ((done: number, of: number) => void) | undefined
}>

/** Of all jobs: how many, how often they were begun, and for how long; and for how long of that nothing came. */
export type Usage = Readonly<{ jobs: number; tries: number; seconds: number; lostSeconds: number }>

type Work<K> = Readonly<{
  /** In order, as far as there are any. */
  kept: readonly K[]
  /** What the trainer said of the first. */
  told: Made['metrics']
  failure: string | null
  cancelled: Refusal | null
}> &
  Usage

/** The jobs that the models of a run are made by, one for each way to split its rows. */
export const jobsOf = (
  task: Task,
  { which, part, of }: Pick<Wanted<never>, 'which' | 'part' | 'of'>,
): readonly Job[] =>
  which.map((rows, at) => jobOf(task, { rows, of, id: `${task.run.spec.run} ${part} ${at}` }))

/** Makes the models; the first failure ends it. */
export async function modelsOf<K>(
  task: Task,
  { which, keep, executor, part, of, beginning, progress }: Wanted<K>,
): Promise<Work<K>> {
  const kept: K[] = []
  const ended: { failure: string | null; cancelled: Refusal | null } = { failure: null, cancelled: null }
  let told: Made['metrics'] = []
  let done = 0
  const spent = { jobs: 0, tries: 0, seconds: 0, lostSeconds: 0 }
  const queue = which.entries()
  const work = async (): Promise<void> => {
    for (const [at, rows] of queue) {
      if (ended.failure !== null) return
      const refusal = refusalOf(beginning)
      if (refusal !== null) {
        ended.cancelled = refusal
        ended.failure = refusal.message
        return
      }
      spent.jobs++
      const made = await tried(
        executor,
        jobOf(task, { rows, of, id: `${task.run.spec.run} ${part} ${at}` }),
        spent,
      )
      ended.failure ??= made.failure
      if (made.failure !== null) return
      if (at === 0) told = made.metrics
      kept[at] = await keep(made.model)
      progress?.(++done, which.length)
    }
  }
  // Where one breaks down, the others begin no more.
  const begun = () =>
    work().catch((error: unknown) => {
      ended.failure ??= String(error)
      throw error
    })
  await Promise.all(Array.from({ length: Math.min(executor.atOnce, which.length) }, begun))
  return { kept, told, ...ended, ...spent }
}

function refusalOf(work: (() => void) | undefined): Refusal | null {
  try {
    work?.()
    return null
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
}

type Of = Readonly<{ rows: ArrayLike<number>; id: string; of: string }>

function jobOf(task: Task, { rows, id, of }: Of): Job {
  const { run, trainer, code, environment } = task
  const { entry, limits } = trainer.spec
  return {
    ...{ id, of, code, limits, mounts: environment.mounts },
    environment: { program: trainer.spec.program, installed: trainer.spec.installed },
    command: [...environment.run, `/code/${entry}`],
    table: trainingTable(task.rows, run.spec, rows),
    told: toldOf(run.spec),
  }
}

async function tried(
  executor: Executor,
  job: Job,
  spent: { tries: number; seconds: number; lostSeconds: number },
): Promise<Made> {
  for (let left = executor.tries; ; left--) {
    const made = await executor.run(job)
    spent.tries++
    spent.seconds += made.seconds
    if (made.isLost) spent.lostSeconds += made.seconds
    if (!made.isLost || left === 1) return made
  }
}
