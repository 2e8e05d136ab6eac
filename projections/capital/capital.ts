/** Capital: the fraction that each model may use now, and every change with its reason. */
import { PolicySet } from '../../schemas/events/approval.ts'
import { Allocated, Reduced, Reviewed } from '../../schemas/events/capital.ts'
import { Halted, HaltSpread, UnhaltSigned } from '../../schemas/events/halt.ts'
import { governanceAfter } from '../../schemas/policy.ts'
import { reviewObjection, ruleOf } from '../../schemas/review.ts'
import { dated } from '../acts.ts'
import { defineProjection, on } from '../projection.ts'
import { halt, spread, unhalt } from './halts.ts'
import { type CapitalsState, changed } from './standing.ts'

export type { CapitalView, Change } from './standing.ts'

export const capital = defineProjection<CapitalsState>({
  name: 'capital',
  version: 9,
  parts: ['models.*', 'models.*.history.*'],
  initial: () => ({ models: {}, halts: {}, ended: {}, haltedBy: {}, policy: null, log: null, at: 0 }),
  handlers: dated([
    on(PolicySet, (state, event) => {
      Object.assign(state, governanceAfter(state, event))
    }),
    on(Allocated, (state, { data, position, eventTime }) => {
      const { model, artifact, author, family, fraction: granted } = data
      // A cut waits for its review, and a halt for its end, whatever file is promoted.
      const before = state.models[model] ?? { pendingReview: null, cutBy: [], history: [] }
      const { cutBy, history } = before
      const pendingReview = data.pendingReview ?? before.pendingReview
      const standing = { fraction: 0, granted, haltedBy: [], artifact, author, family, pendingReview, cutBy }
      state.models[model] = { ...standing, history }
      changed(state, model, { at: eventTime, position, why: 'allocated', cut: null, by: null })
    }),
    on(Reduced, (state, { data, position, eventTime }) => {
      const { model, to, measurement, cause, value } = data
      const view = state.models[model]
      if (view === undefined) return
      view.pendingReview = measurement
      view.cutBy.push(ruleOf(cause))
      view.granted = to
      changed(state, model, { at: eventTime, position, why: 'reduced', cut: { cause, value }, by: null })
    }),
    on(Reviewed, (state, { data, position, eventTime }) => {
      const { model, fraction, member, reason } = data
      const { policy, log, at } = state
      const view = state.models[model]
      if (view === undefined || reviewObjection(data, view, { policy, log, at }) !== null) return
      view.pendingReview = null
      view.cutBy = []
      view.granted = fraction
      changed(state, model, { at: eventTime, position, why: 'reviewed', cut: null, by: { member, reason } })
    }),
    on(Halted, halt),
    on(UnhaltSigned, unhalt),
    on(HaltSpread, spread),
  ]),
})
