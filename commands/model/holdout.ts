/** The final holdout: opened once for a file, by a member of the committee who is not its author, on a report that passed. */
import { HoldoutOpened } from '../../schemas/events/model.ts'
import { holdoutObjection, type Opening } from '../../schemas/holdout.ts'
import { err } from '../../schemas/kernel/result.ts'
import { type Evidence, weighed } from '../../schemas/promotion.ts'
import type { Decider } from '../decider.ts'
import { accept, alreadySo } from '../rejections.ts'

/** `evidence` is what the registry held when the command was made, and `isOpen` whether it is open for the file. */
type OpenHoldout = Readonly<{ kind: 'open'; opening: Opening; evidence: Evidence; isOpen: boolean }>

/** Nothing: whether an opening in the stream counts depends on the policy and report, so it is read from the view. */
type State = null

export const holdout: Decider<OpenHoldout, State> = {
  initial: () => null,

  evolve: (state) => state,

  decide({ opening, evidence, isOpen }, _, { now }) {
    if (isOpen) return alreadySo
    const problem = holdoutObjection(opening, weighed(evidence, now))
    if (problem !== null) return err(problem)
    return accept(HoldoutOpened.draft(opening, { eventTime: now, knownAt: now }))
  },
}
