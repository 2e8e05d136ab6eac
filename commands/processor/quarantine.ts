/** Quarantine: what a processor failed at is tried again, or waived by a member of the committee. */
import type { Position } from '../../schemas/envelope.ts'
import { Quarantined, Retried, Waived } from '../../schemas/events/processor.ts'
import { err } from '../../schemas/kernel/result.ts'
import type { ReviewContext } from '../../schemas/review.ts'
import { type Waiver, waiverObjection } from '../../schemas/waiver.ts'
import type { Decider } from '../decider.ts'
import { accept, alreadySo, reject } from '../rejections.ts'

type QuarantineCommand =
  | Readonly<{ kind: 'retry'; processor: string; cause: Position; reason: string }>
  | (Readonly<{ kind: 'waive'; waiver: Waiver }> & ReviewContext)

/** The causes that wait, and those that were waived: one stream has one processor. */
type State = Readonly<{ waiting: ReadonlySet<Position>; waived: ReadonlySet<Position> }>

export const quarantine: Decider<QuarantineCommand, State> = {
  initial: () => ({ waiting: new Set(), waived: new Set() }),

  evolve(state, event) {
    if (Quarantined.is(event)) return { ...state, waiting: new Set([...state.waiting, event.data.cause]) }
    if (Retried.is(event)) return { ...state, waiting: without(state.waiting, event.data.cause) }
    if (Waived.is(event)) {
      const { cause } = event.data
      return { waiting: without(state.waiting, cause), waived: new Set([...state.waived, cause]) }
    }
    return state
  },

  decide(command, { waiting, waived }, { now }) {
    const times = { eventTime: now, knownAt: now }
    const { processor, cause } = command.kind === 'retry' ? command : command.waiver
    if (command.kind === 'waive' && waived.has(cause)) return alreadySo
    if (!waiting.has(cause)) return reject('quarantine.nothing-waits', { processor, cause })
    if (command.kind === 'retry')
      return accept(Retried.draft({ processor, cause, reason: command.reason }, times))
    const { waiver, policy, log, at } = command
    const problem = waiverObjection(waiver, { policy, log, at: Math.max(now, at) })
    return problem === null ? accept(Waived.draft(waiver, times)) : err(problem)
  },
}

const without = (positions: ReadonlySet<Position>, one: Position): ReadonlySet<Position> =>
  new Set([...positions].filter((position) => position !== one))
