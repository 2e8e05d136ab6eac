/** What each model last predicted, and what came of its predictions day by day. */

import type { Position } from '../../schemas/envelope.ts'
import type { DataOf } from '../../schemas/event.ts'
import { OutcomeObserved, PredictionMade } from '../../schemas/events/prediction.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import { defineProjection, on } from '../projection.ts'

type PredictionView = {
  made: number
  latest: { position: Position; knownAt: Micros; prediction: DataOf<typeof PredictionMade> } | null
  /** Net return of each day, on full capital. */
  days: { day: Micros; net: number; capital: number }[]
}

type PredictionsState = { models: Record<string, PredictionView> }

const viewOf = (state: PredictionsState, model: string): PredictionView => {
  state.models[model] ??= { made: 0, latest: null, days: [] }
  return state.models[model]
}

export const predictions = defineProjection<PredictionsState>({
  name: 'predictions',
  version: 1,
  initial: () => ({ models: {} }),
  handlers: [
    on(PredictionMade, (state, { data, position, knownAt }) => {
      const view = viewOf(state, data.model)
      view.made++
      view.latest = { position, knownAt, prediction: data }
    }),
    on(OutcomeObserved, (state, { data, eventTime }) => {
      viewOf(state, data.model).days.push({ day: eventTime, net: data.net, capital: data.capital })
    }),
  ],
})
