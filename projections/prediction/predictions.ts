/** What each model last predicted, and what came of its predictions day by day: as observed, and where it was restated. */

import type { Session } from '../../schemas/calendar.ts'
import type { Position } from '../../schemas/envelope.ts'
import type { DataOf } from '../../schemas/event.ts'
import { OutcomeObserved, OutcomesRestated, PredictionMade } from '../../schemas/events/prediction.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import { defineProjection, on } from '../projection.ts'

type PredictionView = {
  made: number
  latest: { position: Position; knownAt: Micros; prediction: DataOf<typeof PredictionMade> } | null
  /** Net return of each day, on full capital, as it was observed. */
  days: { day: Micros; net: number; capital: number }[]
  /** Sessions that turned out otherwise, ascending. */
  restated: RestatedDay[]
}

type RestatedDay = {
  session: Session
  /** As it was observed; null for a session that was never accounted before. */
  was: number | null
  /** As it is known now, and since which session it has been. */
  net: number
  learnedIn: Session
}

type PredictionsState = { models: Record<string, PredictionView> }

const viewOf = (state: PredictionsState, model: string): PredictionView => {
  state.models[model] ??= { made: 0, latest: null, days: [], restated: [] }
  return state.models[model]
}

export const predictions = defineProjection<PredictionsState>({
  name: 'predictions',
  version: 2,
  parts: ['models.*', 'models.*.days.*', 'models.*.restated.*'],
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
    on(OutcomesRestated, (state, { data }) => {
      const { restated } = viewOf(state, data.model)
      for (const { session, was, net } of data.sessions) {
        let place = restated.length
        while (place > 0 && restated[place - 1].session >= session) place--
        const before = restated[place]?.session === session ? restated[place] : undefined
        const day = { session, was: before === undefined ? was : before.was, net, learnedIn: data.session }
        restated.splice(place, before === undefined ? 0 : 1, day)
      }
    }),
  ],
})
