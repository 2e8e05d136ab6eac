/** A training set that was frozen, found by its name or by that of a run. */
import {
  type ExperimentsState,
  experiments,
  type RunView,
  type TrainingSetView,
} from '../../projections/experiment/experiments.ts'
import { foldTo } from '../../projections/runner.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { Readable } from './set.ts'

export type FoundSet = Readonly<{
  state: ExperimentsState
  trainingSet: string
  /** The run that was named; undefined where a training set was. */
  run: RunView | undefined
  spec: TrainingSetView['spec']
  frozen: NonNullable<TrainingSetView['frozen']>
}>

/** @param name of a training set, or of a run: the set that it was trained on @throws Refusal `retrieval.no-frozen-set` */
export async function frozenSetOf({ log, states, confirmed }: Readable, name: string): Promise<FoundSet> {
  const { state } = await foldTo(log, states, experiments, { confirmed: await confirmed() })
  const run = Object.hasOwn(state.runs, name) ? state.runs[name] : undefined
  const trainingSet = run?.spec.trainingSet ?? name
  const view: TrainingSetView | undefined = Object.hasOwn(state.trainingSets, trainingSet)
    ? state.trainingSets[trainingSet]
    : undefined
  if (view?.frozen == null) throw refuse('retrieval.no-frozen-set', { name })
  return { state, trainingSet, run, spec: view.spec, frozen: view.frozen }
}
