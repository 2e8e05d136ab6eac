/** Drift: the latest measurement of each model, when each alarm began, and which loss limits were reached. */
import type { Session } from '../../schemas/calendar.ts'
import type { Position } from '../../schemas/envelope.ts'
import type { DataOf } from '../../schemas/event.ts'
import { DriftMeasured, LossLimitBreached, SharpeWatched } from '../../schemas/events/drift.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import { defineProjection, on } from '../projection.ts'

type DriftView = {
  features: DataOf<typeof DriftMeasured>['features']
  /** Features of the latest measurement that could not be judged, and why. */
  unjudged: DataOf<typeof DriftMeasured>['unjudged']
  sharpe: DataOf<typeof SharpeWatched> | null
  measurements: number
  /** Moments at which a feature was found drifted that was not before. */
  driftedSince: Record<string, Micros>
  /** Days on which the Sharpe rule was in breach, and when each spell began. */
  breachDays: number
  breaches: { day: Micros; z: number; position: Position }[]
  lossBreaches: LossBreach[]
}

/** `loss` and `limit` are fractions of the capital allocated. */
type LossBreach = Readonly<{
  /** When it was found. */
  day: Micros
  /** The session that lost it, where that came to light later. */
  restated: Session | null
  rule: DataOf<typeof LossLimitBreached>['rule']
  loss: number
  limit: number
  position: Position
}>

type DriftState = { models: Record<string, DriftView> }

const viewOf = (state: DriftState, model: string): DriftView => {
  state.models[model] ??= {
    features: [],
    unjudged: [],
    sharpe: null,
    measurements: 0,
    driftedSince: {},
    breachDays: 0,
    breaches: [],
    lossBreaches: [],
  }
  return state.models[model]
}

export const drift = defineProjection<DriftState>({
  name: 'drift',
  version: 4,
  parts: ['models.*', 'models.*.breaches.*', 'models.*.lossBreaches.*'],
  initial: () => ({ models: {} }),
  handlers: [
    on(DriftMeasured, (state, { data, eventTime }) => {
      const view = viewOf(state, data.model)
      view.features = data.features
      view.unjudged = data.unjudged
      view.measurements++
      for (const { feature, drifted } of data.features) {
        if (!drifted) delete view.driftedSince[feature]
        else view.driftedSince[feature] ??= eventTime
      }
    }),
    on(SharpeWatched, (state, { data, eventTime, position }) => {
      const view = viewOf(state, data.model)
      const before = view.sharpe?.breach ?? false
      view.sharpe = data
      if (data.breach) view.breachDays++
      if (data.breach && !before) view.breaches.push({ day: eventTime, z: data.z ?? 0, position })
    }),
    on(LossLimitBreached, (state, { data, eventTime, position }) => {
      const { model, rule, loss, limit, restated } = data
      viewOf(state, model).lossBreaches.push({ day: eventTime, restated, rule, loss, limit, position })
    }),
  ],
})
