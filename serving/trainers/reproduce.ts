/** Trains a run again from the log alone and compares bytes: what came out otherwise, and what is not as it was. Nothing is recorded. */
import type { ExperimentsState, RunView } from '../../projections/experiment/experiments.ts'
import { isBuiltIn } from '../../schemas/events/experiment.ts'
import { sha256 } from '../../schemas/kernel/canonical.ts'
import { Refusal, refuse } from '../../schemas/kernel/fault.ts'
import { encodeRows } from '../../streams/log/arrow.ts'
import type { ChunkStore } from '../../streams/log/chunks.ts'
import { trainerHere } from '../../streams/training/trainer.ts'
import type { Site } from './site.ts'
import { modelsOf, taskOf, walkForwardOf } from './task.ts'
import { originHere } from './trial.ts'

export type Compared = Readonly<{ what: string; recorded: string; made: string; isEqual: boolean }>

export type Reproduction = Readonly<{
  run: string
  isEqual: boolean
  parts: readonly Compared[]
  /** What is not as it was, in words: code, environment. Data and seed are the log's own. */
  changed: readonly string[]
  /** Why it came to nothing; null where it came to models. */
  failure: string | null
}>

type Source = Readonly<{ state: ExperimentsState; chunks: ChunkStore; site: Site }>

/**
 * The data are those that the log has the hash of: a chunk that was changed is refused, so that data and seed never differ.
 * @throws Refusal `experiment.unknown-run`, `experiment.run-unfinished`, `chunk.*`, and as `taskOf`
 */
export async function reproduce(source: Source, name: string): Promise<Reproduction> {
  const { runs } = source.state
  const run = Object.hasOwn(runs, name) ? runs[name] : undefined
  if (run === undefined) throw refuse('experiment.unknown-run', { run: name })
  if (run.status !== 'finished') throw refuse('experiment.run-unfinished', { run: name, status: run.status })
  const { parts, changed, failure } = await (isBuiltIn(run.spec)
    ? here(source, run)
    : elsewhere(source, name))
  const isEqual = failure === null && parts.every((part) => part.isEqual)
  return { run: name, isEqual, parts, changed, failure }
}

type Found = Omit<Reproduction, 'run' | 'isEqual'>

const compared = (what: string, recorded: string, made: string): Compared => ({
  ...{ what, recorded, made },
  isEqual: recorded === made,
})

async function here({ state, chunks }: Source, { spec, chunks: refs }: RunView): Promise<Found> {
  const set = state.trainingSets[spec.trainingSet]?.frozen
  if (set == null) throw refuse('experiment.unknown-training-set', { trainingSet: spec.trainingSet })
  const { artifact, scores, days } = await trainerHere(chunks).train(spec, set.chunks)
  const made = [artifact, encodeRows(scores), encodeRows(days)].map((bytes) => sha256(bytes))
  const parts = ['model', 'held-out scores', 'held-out days'].map((what, at) =>
    compared(what, refs[at].hash, made[at]),
  )
  const now = originHere()
  const changed = [
    ...(spec.commit?.sha === now.commit?.sha
      ? []
      : [`code: commit ${spec.commit?.sha ?? 'unknown'} then, ${now.commit?.sha ?? 'unknown'} now`]),
    ...(now.commit?.tree === 'dirty' ? ['code: files are not those of the commit'] : []),
    ...(spec.environment === now.environment
      ? []
      : [`environment: ${spec.environment ?? 'unknown'} then, ${now.environment} now`]),
  ]
  return { parts, changed, failure: null }
}

async function elsewhere({ state, chunks, site }: Source, name: string): Promise<Found> {
  const changed: string[] = []
  const task = await taskOf(
    {
      ...{ state, chunks },
      async environmentFor(trainer) {
        try {
          return await site.environmentFor(trainer)
        } catch (error) {
          const config = site.config.environments[trainer.environmentName]
          if (!(error instanceof Refusal) || error.fault.code !== 'trainer.other-environment') throw error
          changed.push(`environment: ${trainer.environment} then, ${error.fault.detail.now} now`)
          return config
        }
      },
    },
    name,
  )
  const { executor } = site.poolFor(task.run.spec.trainer)
  await executor.assertReady()
  const { kept, failure } = await modelsOf(task, {
    ...{ which: walkForwardOf(task), executor, part: 'again', of: '' },
    keep: async (model) => sha256(model),
  })
  const recorded = [task.run.artifact ?? '', ...task.run.folds]
  const parts = recorded.map((hash, at) =>
    compared(at === 0 ? 'model' : `model of fold ${at}`, hash, kept[at] ?? ''),
  )
  return { parts, changed, failure }
}
