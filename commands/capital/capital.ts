/** Capital: allocated at promotion, cut when the Sharpe watch or a loss limit is breached, given back only by a review. */
import type { Position } from '../../schemas/envelope.ts'
import type { PolicySpec } from '../../schemas/events/approval.ts'
import { Allocated, type CutCause, Reduced, Reviewed } from '../../schemas/events/capital.ts'
import { err } from '../../schemas/kernel/result.ts'
import { type Review, reviewObjection, ruleOf, type Standing } from '../../schemas/review.ts'
import type { Decider } from '../decider.ts'
import { accept, alreadySo, reject } from '../rejections.ts'

export type Allocate = Readonly<{
  kind: 'allocate'
  model: string
  artifact: string
  author: string
  promotion: Position
}>

export type Reduce = Readonly<{
  kind: 'reduce'
  model: string
  fractionAfter: number
  measurement: Position
  cause: CutCause
  /** What the rule measured. */
  value: number
}>

type ReviewCut = Readonly<{ kind: 'review'; review: Review; policy: PolicySpec | null }>

/** `standing` is what the capital view held of the model when the command was made. */
type CapitalCommand = (Allocate | Reduce | ReviewCut) & Readonly<{ standing: Standing | undefined }>

/** Nothing: whether a review in the stream counts depends on the policy, so how a model stands is read from the view. */
type State = null

export const capital: Decider<CapitalCommand, State> = {
  initial: () => null,

  evolve: (state) => state,

  decide(command, _, { now }) {
    const times = { eventTime: now, knownAt: now }
    const { standing } = command
    if (command.kind === 'allocate') {
      const { model, artifact, author, promotion } = command
      if (standing?.artifact === artifact) return alreadySo
      // What was cut is given back by a review alone: another file of the model takes over what is left, and waits too.
      const fraction = standing === undefined || standing.pendingReview === null ? 1 : standing.fraction
      return accept(Allocated.draft({ model, artifact, author, fraction, promotion }, times))
    }
    if (command.kind === 'reduce') {
      const { model, fractionAfter, measurement, cause, value } = command
      if (standing === undefined) return reject('capital.not-allocated', { model })
      // Until a review, one cut stands for all breaches of a rule: halving again each day would be a rule that nobody asked
      // for. A loss limit cuts what the Sharpe watch left, and the other way round.
      if (standing.cutBy.includes(ruleOf(cause))) return alreadySo
      const from = standing.fraction
      if (from === 0) return alreadySo
      const to = from * fractionAfter
      return accept(Reduced.draft({ model, from, to, measurement, cause, value, review: 'pending' }, times))
    }
    const problem = reviewObjection(command.review, standing, command.policy)
    return problem === null ? accept(Reviewed.draft(command.review, times)) : err(problem)
  },
}
