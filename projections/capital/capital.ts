/** Capital: the fraction that each model may use now, and every change with its reason. */
import { PolicySet } from '../../schemas/events/approval.ts'
import { Allocated, Reduced, Released, Reviewed } from '../../schemas/events/capital.ts'
import { Halted, HaltSpread, UnhaltSigned } from '../../schemas/events/halt.ts'
import { Raised, SteppedDown } from '../../schemas/events/ladder.ts'
import { OutcomeObserved } from '../../schemas/events/prediction.ts'
import { raiseObjection } from '../../schemas/ladder.ts'
import { governanceAfter } from '../../schemas/policy.ts'
import { reviewObjection, ruleOf, type Standing } from '../../schemas/review.ts'
import { dated } from '../acts.ts'
import { defineProjection, on } from '../projection.ts'
import { halt, spread, unhalt } from './halts.ts'
import { type CapitalsState, changed, granted } from './standing.ts'

export type { CapitalView, Change } from './standing.ts'

export const capital = defineProjection<CapitalsState>({
  name: 'capital',
  version: 10,
  parts: ['models.*', 'models.*.history.*'],
  initial: () => ({ models: {}, halts: {}, ended: {}, haltedBy: {}, policy: null, log: null, at: 0 }),
  handlers: dated([
    on(PolicySet, (state, event) => {
      Object.assign(state, governanceAfter(state, event))
    }),
    on(Allocated, (state, { data, position, eventTime: at }) => {
      const { model, artifact, author, family, fraction } = data
      // A cut waits for its review, and a halt for its end, whatever file is promoted.
      const before = state.models[model] ?? { pendingReview: null, cutBy: [], history: [] }
      const { cutBy, history } = before
      const pendingReview = data.pendingReview ?? before.pendingReview
      const none = { fraction: 0, granted: 0, haltedBy: [], isRetired: false, since: position, sessions: 0 }
      state.models[model] = { ...none, artifact, author, family, pendingReview, cutBy, history }
      granted(state, model, { at, position, fraction, why: 'allocated', cut: null, by: null })
    }),
    on(Reduced, (state, { data, position, eventTime: at }) => {
      const { model, to: fraction, measurement, cause, value } = data
      waits(state, model, { measurement, rule: ruleOf(cause) })
      granted(state, model, { at, position, fraction, why: 'reduced', cut: { cause, value }, by: null })
    }),
    on(SteppedDown, (state, { data, position, eventTime: at }) => {
      const { model, to: fraction, measurement, eValue: value } = data
      waits(state, model, { measurement, rule: 'ladder' })
      const cut = { cause: 'ladder', value } as const
      granted(state, model, { at, position, fraction, why: 'reduced', cut, by: null })
    }),
    on(Reviewed, (state, { data, position, eventTime: at }) => {
      const { model, fraction, member, reason } = data
      const { policy, log } = state
      const view = state.models[model]
      if (view === undefined || reviewObjection(data, view, { policy, log, at: state.at }) !== null) return
      view.pendingReview = null
      view.cutBy = []
      granted(state, model, { at, position, fraction, why: 'reviewed', cut: null, by: { member, reason } })
    }),
    on(Raised, (state, { data, position, eventTime: at }) => {
      const { model, fraction, member, reason } = data
      const { policy, log } = state
      if (raiseObjection(data, state.models[model], { policy, log, at: state.at }) !== null) return
      granted(state, model, { at, position, fraction, why: 'raised', cut: null, by: { member, reason } })
    }),
    on(OutcomeObserved, (state, { data }) => {
      const view = state.models[data.model]
      if (view !== undefined && !data.backfilled) view.sessions++
    }),
    on(Halted, halt),
    on(UnhaltSigned, unhalt),
    on(HaltSpread, spread),
    on(Released, (state, { data, position, eventTime: at }) => {
      const view = state.models[data.model]
      if (view === undefined || view.isRetired) return
      view.isRetired = true
      changed(state, data.model, { at, position, why: 'retired', cut: null, by: null })
    }),
  ]),
})

/** A cut waits for the review of its measurement. */
function waits(
  { models }: CapitalsState,
  model: string,
  { measurement, rule }: Readonly<{ measurement: number; rule: Standing['cutBy'][number] }>,
): void {
  const view = models[model]
  if (view === undefined) return
  view.pendingReview = measurement
  view.cutBy.push(rule)
}
