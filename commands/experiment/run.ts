/** A run: once started it is a trial for ever, whatever becomes of it. */
import { RunFailed, RunFinished, type RunSpec, RunStarted } from '../../schemas/events/experiment.ts'
import { digestOf } from '../../schemas/kernel/canonical.ts'
import type { Decider } from '../decider.ts'
import { accept, alreadySo, reject } from '../rejections.ts'

/** `columns` are those of the training set, as the caller read them. */
export type StartRun = Readonly<{ kind: 'start'; spec: RunSpec; columns: readonly string[] }>

type State = Readonly<{ specDigest: string | null; ended: boolean }>

export const run: Decider<StartRun, State> = {
  initial: () => ({ specDigest: null, ended: false }),

  evolve(state, event) {
    if (RunStarted.is(event)) return { ...state, specDigest: digestOf(event.data) }
    if (RunFinished.is(event) || RunFailed.is(event)) return { ...state, ended: true }
    return state
  },

  decide({ spec, columns }, state, { now }) {
    if (state.specDigest === digestOf(spec)) return alreadySo
    if (state.specDigest !== null) return reject('experiment.run-exists', { run: spec.run })
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
