/** A run: once started it is a trial for ever, whatever becomes of it. */
import type { PolicySpec } from '../../schemas/events/approval.ts'
import {
  isBuiltIn,
  RunFailed,
  RunFinished,
  type RunSpec,
  RunStarted,
  type TrainingSetSpec,
} from '../../schemas/events/experiment.ts'
import type { TrainerSpec } from '../../schemas/events/trainer.ts'
import { digestOf, isSame } from '../../schemas/kernel/canonical.ts'
import { err } from '../../schemas/kernel/result.ts'
import { heldOutOf } from '../../schemas/policy.ts'
import type { Decider } from '../decider.ts'
import { accept, alreadySo, reject } from '../rejections.ts'

/** `columns` are those of the training set that the run is on, as the caller read them. */
type StartRun = Readonly<{
  kind: 'start'
  spec: RunSpec
  columns: readonly string[]
  trainingSet: TrainingSetSpec
  /** The one in force. */
  policy: PolicySpec | null
  /** The one that it names, where that was admitted. */
  trainer?: TrainerSpec | undefined
  /** Why its family, or its trainer, takes no trial any more; null where it does. */
  familyRetired?: Over | null
  trainerRetired?: Over | null
}>

type Over = Readonly<{ author: string; reason: string }>

type State = Readonly<{ specDigest: string | null; ended: boolean }>

export const run: Decider<StartRun, State> = {
  initial: () => ({ specDigest: null, ended: false }),

  evolve(state, event) {
    if (RunStarted.is(event)) return { ...state, specDigest: digestOf(event.data) }
    if (RunFinished.is(event) || RunFailed.is(event)) return { ...state, ended: true }
    return state
  },

  decide(command, state, { now }) {
    const { spec, columns, trainingSet, policy, trainer, familyRetired, trainerRetired } = command
    if (state.specDigest === digestOf(spec)) return alreadySo
    if (state.specDigest !== null) return reject('experiment.run-exists', { run: spec.run })
    if (familyRetired) {
      const { author, reason } = familyRetired
      return reject('experiment.retired', { family: spec.family, author, reason })
    }
    if (trainerRetired) {
      const { author, reason } = trainerRetired
      return reject('experiment.trainer-retired', { trainer: spec.trainer, author, reason })
    }
    if (!isBuiltIn(spec)) {
      if (trainer === undefined) return reject('experiment.unknown-trainer', { trainer: spec.trainer })
      const isItsOwn = isSame(spec.commit, trainer.commit) && spec.environment === trainer.environment
      if (!isItsOwn) return reject('experiment.other-code', { run: spec.run, trainer: spec.trainer })
    }
    // One that was frozen before the policy came, or for the committee alone, is no trial's to read.
    const heldOut = heldOutOf(policy, trainingSet)
    if (heldOut !== null) return err(heldOut)
    const twice = spec.features.find((feature, at) => spec.features.indexOf(feature) !== at)
    if (twice !== undefined) return reject('experiment.feature-twice', { run: spec.run, feature: twice })
    const { neutralise } = spec.portfolio
    const needed = [...spec.features, ...(neutralise === null ? [] : [neutralise])]
    const unknown = needed.find((feature) => !columns.includes(feature))
    if (unknown !== undefined) {
      return reject('experiment.unknown-column', {
        column: unknown,
        trainingSet: spec.trainingSet,
        columns: columns.join(', '),
      })
    }
    return accept(RunStarted.draft(spec, { eventTime: now, knownAt: now }))
  },
}
