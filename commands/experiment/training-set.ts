/** A training set: asked for once under its name, then frozen for ever. */
import { TrainingSetRequested, type TrainingSetSpec } from '../../schemas/events/experiment.ts'
import { digestOf } from '../../schemas/kernel/canonical.ts'
import type { Decider } from '../decider.ts'
import { accept, alreadySo, reject } from '../rejections.ts'

export type RequestTrainingSet = Readonly<{ kind: 'request'; spec: TrainingSetSpec }>

type State = Readonly<{ specDigest: string | null }>

export const trainingSet: Decider<RequestTrainingSet, State> = {
  initial: () => ({ specDigest: null }),

  evolve: (state, event) => (TrainingSetRequested.is(event) ? { specDigest: digestOf(event.data) } : state),

  decide({ spec }, state, { now }) {
    if (state.specDigest === digestOf(spec)) return alreadySo
    if (state.specDigest !== null)
      return reject('experiment.training-set-exists', { trainingSet: spec.trainingSet })
    if (spec.from >= spec.to) return reject('experiment.empty-range', { trainingSet: spec.trainingSet })
    if (spec.label.exitRows <= spec.label.entryRows) {
      return reject('experiment.label-backwards', { entry: spec.label.entryRows, exit: spec.label.exitRows })
    }
    return accept(TrainingSetRequested.draft(spec, { eventTime: now, knownAt: now }))
  },
}
