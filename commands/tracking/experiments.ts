/** Experiments of a tracking client. One stream holds all of them, so that two clients who create one get one. */
import {
  ExperimentEdited,
  ExperimentOpened,
  ExperimentRemoved,
  ExperimentRestored,
  type Pair,
  type TagChange,
} from '../../schemas/events/tracking.ts'
import type { Decider } from '../decider.ts'
import { accept, alreadySo, reject } from '../rejections.ts'
import { changesIn, type Tags, withChanges } from './tags.ts'

export const EXPERIMENTS_STREAM = 'tracking-experiments'

/** The experiment that is always there: whoever names none logs in it. */
export const DEFAULT_EXPERIMENT = { experiment: '0', name: 'Default' } as const

type Command =
  | Readonly<{ kind: 'open'; name: string; artifactLocation: string | null; tags: readonly Pair[] }>
  | Readonly<{ kind: 'edit'; experiment: string; name: string | null; tags: readonly TagChange[] }>
  | Readonly<{ kind: 'remove'; experiment: string; reason: string }>
  | Readonly<{ kind: 'restore'; experiment: string }>

type One = Readonly<{ name: string; tags: Tags; isRemoved: boolean }>
type State = Readonly<{ all: ReadonlyMap<string, One> }>

export const experiments: Decider<Command, State> = {
  initial: () => ({
    all: new Map([
      [DEFAULT_EXPERIMENT.experiment, { name: DEFAULT_EXPERIMENT.name, tags: new Map(), isRemoved: false }],
    ]),
  }),

  evolve(state, event) {
    const changed = (experiment: string, change: (one: One) => Partial<One>): State => {
      const one = state.all.get(experiment)
      return one === undefined
        ? state
        : { all: new Map(state.all).set(experiment, { ...one, ...change(one) }) }
    }
    if (ExperimentOpened.is(event)) {
      const { experiment, name, tags } = event.data
      const one = { name, tags: withChanges(new Map(), tags), isRemoved: false }
      return { all: new Map(state.all).set(experiment, one) }
    }
    if (ExperimentEdited.is(event)) {
      const { experiment, name, tags } = event.data
      return changed(experiment, (one) => ({ name: name ?? one.name, tags: withChanges(one.tags, tags) }))
    }
    if (ExperimentRemoved.is(event)) return changed(event.data.experiment, () => ({ isRemoved: true }))
    if (ExperimentRestored.is(event)) return changed(event.data.experiment, () => ({ isRemoved: false }))
    return state
  },

  decide(command, { all }, { now }) {
    const times = { eventTime: now, knownAt: now }
    const taken = (name: string) => [...all.values()].some((one) => one.name === name)
    if (command.kind === 'open') {
      const { name, artifactLocation, tags } = command
      if (taken(name)) return reject('tracking.experiment-exists', { name })
      const experiment = String(all.size)
      const location = artifactLocation ?? `mlflow-artifacts:/${experiment}`
      const opened = { experiment, name, artifactLocation: location, tags: [...tags] }
      return accept(ExperimentOpened.draft(opened, times))
    }
    const { experiment } = command
    const one = all.get(experiment)
    if (one === undefined) return reject('tracking.unknown-experiment', { experiment })
    if (command.kind === 'restore')
      return one.isRemoved ? accept(ExperimentRestored.draft({ experiment }, times)) : alreadySo
    if (command.kind === 'remove') {
      const { reason } = command
      return one.isRemoved ? alreadySo : accept(ExperimentRemoved.draft({ experiment, reason }, times))
    }
    if (one.isRemoved) return reject('tracking.experiment-removed', { experiment })
    const name = command.name === one.name ? null : command.name
    if (name !== null && taken(name)) return reject('tracking.experiment-exists', { name })
    const tags = changesIn(one.tags, command.tags)
    if (name === null && tags.length === 0) return alreadySo
    return accept(ExperimentEdited.draft({ experiment, name, tags: [...tags] }, times))
  },
}
