/** Capital: allocated at promotion, cut when the Sharpe watch breaches, given back only by a review. */
import type { Position } from '../../schemas/envelope.ts'
import { Allocated, Reduced, Reviewed } from '../../schemas/events/capital.ts'
import type { Decider } from '../decider.ts'
import { accept, alreadySo, reject } from '../rejections.ts'

export type CapitalCommand =
  | Readonly<{ kind: 'allocate'; model: string; artifact: string; promotion: Position }>
  | Readonly<{ kind: 'reduce'; model: string; fractionAfter: number; measurement: Position; z: number }>
  | Readonly<{ kind: 'review'; model: string; fraction: number; reviewer: string; reason: string }>

export type CapitalState = Readonly<{ fraction: number; pendingReview: boolean; artifact: string | null }>

export const capital: Decider<CapitalCommand, CapitalState> = {
  initial: () => ({ fraction: 0, pendingReview: false, artifact: null }),

  evolve(state, event) {
    if (Allocated.is(event)) {
      return { ...state, fraction: event.data.fraction, artifact: event.data.artifact }
    }
    if (Reduced.is(event)) return { ...state, fraction: event.data.to, pendingReview: true }
    if (Reviewed.is(event)) return { ...state, fraction: event.data.fraction, pendingReview: false }
    return state
  },

  decide(command, state, { now }) {
    const times = { eventTime: now, knownAt: now }
    const { model } = command
    if (command.kind === 'allocate') {
      const { artifact, promotion } = command
      if (state.artifact === artifact) return alreadySo
      // What was cut is given back by a review alone: another file of the model takes over what is left, and waits too.
      const fraction = state.pendingReview ? state.fraction : 1
      return accept(Allocated.draft({ model, artifact, fraction, promotion }, times))
    }
    if (command.kind === 'reduce') {
      if (state.artifact === null) return reject('capital.not-allocated', { model })
      // Until a review, one cut stands for all breaches: halving again each day would be a rule that nobody asked for.
      if (state.pendingReview) return alreadySo
      const { measurement, z } = command
      const to = state.fraction * command.fractionAfter
      return accept(
        Reduced.draft({ model, from: state.fraction, to, measurement, z, review: 'pending' }, times),
      )
    }
    if (!state.pendingReview) return reject('capital.nothing-to-review', { model })
    const { fraction, reviewer, reason } = command
    return accept(Reviewed.draft({ model, fraction, reviewer, reason }, times))
  },
}
