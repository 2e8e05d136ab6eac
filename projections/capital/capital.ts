/** Capital: the fraction that each model may use now, and every change with its reason. */
import type { Position } from '../../schemas/envelope.ts'
import { Allocated, Reduced, Reviewed } from '../../schemas/events/capital.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import { defineProjection, on } from '../projection.ts'

type Change = { at: Micros; position: Position; fraction: number; why: 'allocated' | 'reduced' | 'reviewed' }

export type CapitalView = { fraction: number; pendingReview: boolean; history: Change[] }

export type CapitalsState = { models: Record<string, CapitalView> }

function change(state: CapitalsState, model: string, entry: Change): CapitalView {
  state.models[model] ??= { fraction: 0, pendingReview: false, history: [] }
  const view = state.models[model]
  view.fraction = entry.fraction
  view.history.push(entry)
  return view
}

export const capital = defineProjection<CapitalsState>({
  name: 'capital',
  version: 2,
  initial: () => ({ models: {} }),
  handlers: [
    on(Allocated, (state, { data, position, eventTime }) => {
      const { model, fraction } = data
      change(state, model, { at: eventTime, position, fraction, why: 'allocated' })
    }),
    on(Reduced, (state, { data, position, eventTime }) => {
      const entry: Change = { at: eventTime, position, fraction: data.to, why: 'reduced' }
      change(state, data.model, entry).pendingReview = true
    }),
    on(Reviewed, (state, { data, position, eventTime }) => {
      const { model, fraction } = data
      const entry: Change = { at: eventTime, position, fraction, why: 'reviewed' }
      change(state, model, entry).pendingReview = false
    }),
  ],
})
