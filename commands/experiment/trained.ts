/** What a run's trainer made, where it was run: its models once, and those of each way to split its rows once. */
import type { ChunkRef } from '../../schemas/envelope.ts'
import type { DataOf } from '../../schemas/event.ts'
import { RunTrained, SplitsTrained } from '../../schemas/events/trainer.ts'
import type { Decider } from '../decider.ts'
import { accept, alreadySo } from '../rejections.ts'

type Attest =
  | Readonly<{ kind: 'trained'; data: DataOf<typeof RunTrained>; models: readonly ChunkRef[] }>
  | Readonly<{ kind: 'splits'; data: DataOf<typeof SplitsTrained>; models: readonly ChunkRef[] }>

/** Of each start and scheme that something was said of. */
type State = Readonly<{ said: ReadonlySet<string> }>

export const trainedStream = (run: string): string => `trained-${run}`

type Scheme = Pick<DataOf<typeof SplitsTrained>, 'groups' | 'testGroups' | 'embargoDays'>

const keyOf = ({ started, ...scheme }: Readonly<{ started: number }> & Partial<Scheme>): string =>
  [started, scheme.groups, scheme.testGroups, scheme.embargoDays].join(' ')

export const trained: Decider<Attest, State> = {
  initial: () => ({ said: new Set() }),

  evolve(state, event) {
    if (RunTrained.is(event))
      return { said: new Set([...state.said, keyOf({ started: event.data.started })]) }
    // What failed may be tried again: the gate judges by what came of it last.
    if (SplitsTrained.is(event) && event.data.failure === null)
      return { said: new Set([...state.said, keyOf(event.data)]) }
    return state
  },

  decide(command, { said }, { now }) {
    const times = { eventTime: now, knownAt: now }
    if (command.kind === 'trained') {
      const { data, models } = command
      return said.has(keyOf({ started: data.started }))
        ? alreadySo
        : accept(RunTrained.draft(data, times, models))
    }
    const { data, models } = command
    return said.has(keyOf(data)) ? alreadySo : accept(SplitsTrained.draft(data, times, models))
  },
}
