/** Commands on experiments: training sets are frozen, runs are started, one by one or as a sweep. */
import { z } from 'zod'
import { runSpec, trainingSetSpec } from '../../schemas/events/experiment.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { name } from '../../schemas/kernel/name.ts'
import { requestTrainingSet } from '../actions.ts'
import type { Platform } from '../platform.ts'
import { retireFamily, retireTrainer } from '../retire.ts'
import { runSweep, sweepSpec, trialsOf } from '../sweep.ts'
import { admission, admitTrainer } from '../trainers/admit.ts'
import { siteOf } from '../trainers/site.ts'
import { originOf, runTrial } from '../trainers/trial.ts'
import { defineCommand } from './definition.ts'
import { outcomeOf } from './outcome.ts'
import { headOf } from './recorded.ts'

const freezing = z.strictObject({ spec: trainingSetSpec })
type Frozen = Readonly<{
  trainingSet: string
  rows: number
  contentHash: string
  features: readonly string[]
}>

export const experimentFreeze = defineCommand<z.infer<typeof freezing>, Frozen>({
  name: 'experiment.freeze',
  about: 'Freeze a training set: features and labels as they were known, for ever under its name.',
  input: freezing,
  permission: 'experiment.run',
  isLong: true,
  async act(platform, { spec }, act) {
    const handled = await requestTrainingSet(platform, spec, act)
    const { trainingSet } = spec
    const frozen = await outcomeOf(
      () => frozenOf(platform, trainingSet),
      () => unknownSet(trainingSet),
    )
    return { ...handled, answer: { trainingSet, ...frozen } }
  },
})

/** Null where it is not frozen. */
function frozenOf({ folds }: Platform, trainingSet: string): Omit<Frozen, 'trainingSet'> | null {
  const frozen = folds.experiments.state().trainingSets[trainingSet]?.frozen
  if (frozen == null) return null
  const { rows, contentHash, features } = frozen
  return { rows, contentHash, features }
}

const unknownSet = (trainingSet: string) => refuse('experiment.unknown-training-set', { trainingSet })

/** Where it comes from, on which bytes and by whom, the platform says itself. */
const starting = z.strictObject({
  spec: runSpec.omit({ trainingSetHash: true, commit: true, environment: true, author: true }),
})

export type Trial = Readonly<{
  run: string
  status: string
  artifact: string | null
  metrics: Readonly<Record<string, number>>
  missing: readonly string[]
  failure: string | null
}>

function trialOf({ folds }: Platform, run: string): Trial {
  const { status, artifact, metrics, missing, failure } = folds.experiments.state().runs[run]
  return { run, status, artifact, metrics, missing, failure }
}

/** A run that was started has ended, one way or the other. */
const endedTrial = (platform: Platform, run: string): Promise<Trial> =>
  outcomeOf(
    () =>
      platform.folds.experiments.state().runs[run]?.status === 'running' ? null : trialOf(platform, run),
    () => refuse('experiment.run-unfinished', { run, status: 'running' }),
  )

export const experimentStart = defineCommand<z.infer<typeof starting>, Trial>({
  name: 'experiment.start',
  about: 'Start one run on a frozen training set. It counts as a trial for ever.',
  input: starting,
  permission: 'experiment.run',
  isLong: true,
  async act(platform, { spec }, act) {
    const frozen = frozenOf(platform, spec.trainingSet)
    if (frozen === null) throw unknownSet(spec.trainingSet)
    const origin = await originOf(platform, spec.trainer)
    const run = { ...spec, trainingSetHash: frozen.contentHash, ...origin, author: act.actor }
    const handled = await runTrial(platform, run, act)
    return { ...handled, answer: await endedTrial(platform, spec.run) }
  },
})

const sweeping = z.strictObject({ sweep: sweepSpec })

export const experimentSweep = defineCommand<z.infer<typeof sweeping>, readonly Trial[]>({
  name: 'experiment.sweep',
  about: 'Freeze the training sets of a sweep and run every trial of it; each counts for ever.',
  input: sweeping,
  permission: 'experiment.run',
  isLong: true,
  async act(platform, { sweep }, { progress = () => {}, ...act }) {
    const before = await headOf(platform.log)
    progress(0, trialsOf(sweep))
    const runs = await runSweep(platform, sweep, { ...act, onRun: progress })
    const { runs: records } = platform.folds.experiments.state()
    const position = Math.max(...runs.map((run) => records[run].started))
    return { position, changed: position > before, answer: runs.map((run) => trialOf(platform, run)) }
  },
})

type Admitted = Readonly<{
  trainer: string
  commit: string
  signature: string
  signer: string | null
  problem: string | null
}>

export const experimentAdmitTrainer = defineCommand<z.infer<typeof admission>, Admitted>({
  name: 'experiment.admit-trainer',
  about: 'Admit a trainer from a commit: its signature is checked and its environment taken stock of.',
  input: admission,
  permission: 'experiment.run',
  async act(platform, asked, act) {
    const { config } = await siteOf(platform)
    const handled = await admitTrainer(platform, asked, { ...act, config })
    const { admitted, spec } = platform.folds.experiments.state().trainers[asked.trainer]
    const { trainer, commit, signer, problem } = spec
    const answer = { trainer, commit: commit.sha, signature: commit.signature, signer, problem }
    return { ...handled, position: handled.changed ? handled.position : admitted, answer }
  },
})

const why = z.string().min(1).max(2_000)
const retiringFamily = z.strictObject({ family: name, reason: why })

export const experimentRetire = defineCommand<
  z.infer<typeof retiringFamily>,
  z.infer<typeof retiringFamily> & Readonly<{ trials: number }>
>({
  name: 'experiment.retire',
  about: 'Retire a family of trials: none is started in it any more, and those that were count as they did.',
  input: retiringFamily,
  permission: 'experiment.run',
  async act(platform, what, act) {
    const handled = await retireFamily(platform, what, act)
    const { families, retired } = platform.folds.experiments.state()
    const position = handled.changed ? handled.position : retired[what.family].position
    return { ...handled, position, answer: { ...what, trials: families[what.family].length } }
  },
})

const retiringTrainer = z.strictObject({ trainer: name, reason: why })

export const experimentRetireTrainer = defineCommand<
  z.infer<typeof retiringTrainer>,
  z.infer<typeof retiringTrainer>
>({
  name: 'experiment.retire-trainer',
  about: 'Retire a trainer: no trial is started with it any more, and what it made stays.',
  input: retiringTrainer,
  permission: 'experiment.run',
  async act(platform, what, act) {
    const handled = await retireTrainer(platform, what, act)
    const retired = platform.folds.experiments.state().trainers[what.trainer]?.retired
    return {
      ...handled,
      position: handled.changed ? handled.position : (retired?.position ?? 0),
      answer: what,
    }
  },
})
