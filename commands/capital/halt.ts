/** Halts: one member of the committee stops a model at once, and two set it going again. */
import { Halted, UnhaltSigned } from '../../schemas/events/halt.ts'
import {
  type HaltContext,
  type Halting,
  haltObjection,
  type Unhalting,
  unhaltedBy,
  unhaltObjection,
} from '../../schemas/halt.ts'
import { err } from '../../schemas/kernel/result.ts'
import type { Decider } from '../decider.ts'
import { accept, alreadySo } from '../rejections.ts'

type HaltCommand = Readonly<{ kind: 'halt'; halting: Halting } | { kind: 'unhalt'; unhalting: Unhalting }> &
  HaltContext

/** Nothing: what holds depends on the policy, so it is read from the view, as of a review. */
type State = null

export const halt: Decider<HaltCommand, State> = {
  initial: () => null,

  evolve: (state) => state,

  decide(command, _, { now }) {
    const times = { eventTime: now, knownAt: now }
    const context = { ...command, at: Math.max(now, command.at) }
    if (command.kind === 'halt') {
      const problem = haltObjection(command.halting, context)
      if (problem !== null) return err(problem)
      // It stands still: who stopped it first is told, and nobody has to be first.
      return command.halt === undefined ? accept(Halted.draft(command.halting, times)) : alreadySo
    }
    const problem = unhaltObjection(command.unhalting, context)
    if (problem !== null) return err(problem)
    return unhaltedBy(context).includes(command.unhalting.member)
      ? alreadySo
      : accept(UnhaltSigned.draft(command.unhalting, times))
  },
}
