/** Capital: the fraction that each model may use now, and every change with its reason. */
import type { Position } from '../../schemas/envelope.ts'
import { PolicySet } from '../../schemas/events/approval.ts'
import { Allocated, type CutCause, Reduced, Released, Reviewed } from '../../schemas/events/capital.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import { type Governance, governanceAfter } from '../../schemas/policy.ts'
import { reviewObjection, ruleOf, type Standing } from '../../schemas/review.ts'
import { dated } from '../acts.ts'
import { defineProjection, on } from '../projection.ts'

type Change = {
  at: Micros
  position: Position
  fraction: number
  why: 'allocated' | 'reduced' | 'reviewed' | 'retired'
  /** Which rule cut, and what it measured; null where nothing was cut. */
  cut: { cause: CutCause; value: number } | null
}

export type CapitalView = Standing & { history: Change[] }

/** The policy in force says who may review. */
type CapitalsState = Governance & {
  /** The latest moment of an act. */
  at: Micros
  models: Record<string, CapitalView>
}

function change(view: CapitalView, entry: Change): void {
  // What is decided about the capital of a retired model is what it would have.
  if (view.released !== undefined) view.released = entry.fraction
  view.fraction = view.released === undefined ? entry.fraction : 0
  view.history.push({ ...entry, fraction: view.fraction })
}

export const capital = defineProjection<CapitalsState>({
  name: 'capital',
  version: 9,
  parts: ['models.*', 'models.*.history.*'],
  initial: () => ({ models: {}, policy: null, log: null, at: 0 }),
  handlers: dated([
    on(PolicySet, (state, event) => {
      Object.assign(state, governanceAfter(state, event))
    }),
    on(Allocated, (state, { data, position, eventTime }) => {
      const { model, artifact, author, family, fraction } = data
      // A cut waits for its review whatever file is promoted, and under whatever name.
      const before = state.models[model] ?? { pendingReview: null, cutBy: [], history: [] }
      const { cutBy, history } = before
      const pendingReview = data.pendingReview ?? before.pendingReview
      const view = { fraction, artifact, author, family, pendingReview, cutBy, history }
      change(view, { at: eventTime, position, fraction, why: 'allocated', cut: null })
      state.models[model] = view
    }),
    on(Reduced, (state, { data, position, eventTime }) => {
      const { model, to: fraction, measurement, cause, value } = data
      const view = state.models[model]
      if (view === undefined) return
      view.pendingReview = measurement
      view.cutBy.push(ruleOf(cause))
      change(view, { at: eventTime, position, fraction, why: 'reduced', cut: { cause, value } })
    }),
    on(Reviewed, (state, { data, position, eventTime }) => {
      const { model, fraction } = data
      const { policy, log, at } = state
      const view = state.models[model]
      if (view === undefined || reviewObjection(data, view, { policy, log, at }) !== null) return
      view.pendingReview = null
      view.cutBy = []
      change(view, { at: eventTime, position, fraction, why: 'reviewed', cut: null })
    }),
    on(Released, (state, { data, position, eventTime }) => {
      const view = state.models[data.model]
      if (view === undefined || view.released !== undefined) return
      const { fraction } = view
      change(view, { at: eventTime, position, fraction: 0, why: 'retired', cut: null })
      view.released = fraction
    }),
  ]),
})
