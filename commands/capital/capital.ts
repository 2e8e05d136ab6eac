/** Capital: allocated at promotion, cut when the Sharpe watch or a loss limit is breached, given back only by a review. */
import type { Position } from '../../schemas/envelope.ts'
import type { LadderRule } from '../../schemas/events/approval.ts'
import { Allocated, type CutCause, Reduced, Released, Reviewed } from '../../schemas/events/capital.ts'
import { Raised, SteppedDown } from '../../schemas/events/ladder.ts'
import { err } from '../../schemas/kernel/result.ts'
import { type Raise, raiseObjection } from '../../schemas/ladder.ts'
import {
  type Review,
  type ReviewContext,
  reviewObjection,
  ruleOf,
  type Standing,
} from '../../schemas/review.ts'
import { stepBelow } from '../../schemas/steps.ts'
import type { Decider } from '../decider.ts'
import { accept, alreadySo, reject } from '../rejections.ts'

export type Allocate = Readonly<{
  kind: 'allocate'
  model: string
  artifact: string
  author: string
  family: string
  promotion: Position
  /** How others stand who have the same file, one of the same family, or one of a trial that counts for it. */
  kin: readonly Standing[]
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

export type Step = Readonly<{
  kind: 'step'
  model: string
  ladder: LadderRule
  /** Of the alarm, and its evidence. */
  measurement: Position
  eValue: number
}>

/** A model was retired. */
export type Release = Readonly<{ kind: 'release'; model: string; retirement: Position }>

type RaiseStep = Readonly<{ kind: 'raise'; raise: Raise }> & ReviewContext
type ReviewCut = Readonly<{ kind: 'review'; review: Review }> & ReviewContext

/** `standing` is what the capital view held of the model when the command was made. */
type CapitalCommand = (Allocate | Reduce | Step | Release | RaiseStep | ReviewCut) &
  Readonly<{ standing: Standing | undefined }>

/** Nothing: whether a review in the stream counts depends on the policy, so how a model stands is read from the view. */
type State = null

export const capital: Decider<CapitalCommand, State> = {
  initial: () => null,

  evolve: (state) => state,

  decide(command, _, { now }) {
    const times = { eventTime: now, knownAt: now }
    const { standing } = command
    if (command.kind === 'allocate') {
      const { model, artifact, author, family, promotion, kin } = command
      const isSame = standing?.artifact === artifact
      if (isSame && !standing.isRetired) return alreadySo
      // What was cut is given back by a review alone: another file of the model, and a file of its kin under another name, gets
      // what is left, and waits too.
      const waiting = [standing, ...kin].flatMap((one) => (one?.pendingReview == null ? [] : [one]))
      // One that was retired comes back with what it had.
      const bounds = isSame ? [...waiting, standing] : waiting
      const fraction = Math.min(1, ...bounds.map((one) => one.granted))
      const pendingReview = waiting[0]?.pendingReview ?? null
      const data = { model, artifact, author, family, fraction, promotion, pendingReview }
      return accept(Allocated.draft(data, times))
    }
    if (command.kind === 'reduce') {
      const { model, fractionAfter, measurement, cause, value } = command
      if (standing === undefined) return reject('capital.not-allocated', { model })
      // Until a review, one cut stands for all breaches of a rule: halving again each day would be a rule that nobody asked
      // for. A loss limit cuts what the Sharpe watch left, and the other way round.
      if (standing.cutBy.includes(ruleOf(cause))) return alreadySo
      const from = standing.granted
      if (from === 0) return alreadySo
      const to = from * fractionAfter
      return accept(Reduced.draft({ model, from, to, measurement, cause, value, review: 'pending' }, times))
    }
    if (command.kind === 'step') {
      const { model, ladder, measurement, eValue } = command
      if (standing === undefined) return reject('capital.not-allocated', { model })
      const to = stepBelow(ladder, standing.granted)
      if (to === null) return alreadySo
      const from = standing.granted
      return accept(SteppedDown.draft({ model, from, to, measurement, eValue, review: 'pending' }, times))
    }
    if (command.kind === 'raise') {
      const { raise, policy, log, at } = command
      const problem = raiseObjection(raise, standing, { policy, log, at: Math.max(now, at) })
      return problem === null ? accept(Raised.draft(raise, times)) : err(problem)
    }
    if (command.kind === 'release') {
      const { model, retirement } = command
      if (standing === undefined || standing.isRetired) return alreadySo
      const { artifact, granted: from } = standing
      return accept(Released.draft({ model, artifact, from, retirement }, times))
    }
    const { review, policy, log, at } = command
    if (review.expires === null)
      return reject('approval.unbound', { member: review.member, model: review.model })
    const problem = reviewObjection(review, standing, { policy, log, at: Math.max(now, at) })
    return problem === null ? accept(Reviewed.draft(review, times)) : err(problem)
  },
}
