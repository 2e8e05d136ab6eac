/** Outcomes, observed and restated, into breaches of the loss limits, from the promotion or the latest review on. */
import type { Session } from '../../schemas/calendar.ts'
import type { Position, Recorded } from '../../schemas/envelope.ts'
import { isEvent } from '../../schemas/event.ts'
import type { LossRule } from '../../schemas/events/approval.ts'
import { Reviewed } from '../../schemas/events/capital.ts'
import { LossLimitBreached } from '../../schemas/events/drift.ts'
import { Promoted } from '../../schemas/events/model.ts'
import { OutcomeObserved, OutcomesRestated } from '../../schemas/events/prediction.ts'
import type { Processor } from '../processor.ts'
import { driftStream } from './drift-processor.ts'
import type { LossBreach } from './loss-limit.ts'
import { afterObserved, afterRestated, afterReview, type LossPath, newPath } from './loss-path.ts'

type Parts = Readonly<{
  /** Of the policy in force now: limits that the committee tightens hold at once. */
  limits: () => LossRule | null
  /** The position of the promotion that is in force; an unsound promotion is never in force. */
  promotionOf: (model: string) => Position | null
  /** The position of the latest review that was taken; an unsound one never is. */
  reviewOf: (model: string) => Position | null
}>

/** `restated`: the session that lost it, where a restated outcome shows it. */
type Breach = LossBreach & Readonly<{ days: number; restated: Session | null }>

export function lossProcessor({ limits, promotionOf, reviewOf }: Parts): Processor {
  const models = new Map<string, LossPath>()

  /** What an event says of a model, from its promotion on; the breaches that it leads to. */
  const see = (event: Recorded): readonly Breach[] => {
    if (isEvent(Promoted, event) && promotionOf(event.data.model) === event.position)
      models.set(event.data.model, newPath(models.get(event.data.model)))
    const { model } = event.data as { model: string }
    const path = models.get(model)
    if (path === undefined) return []
    if (isEvent(Reviewed, event) && reviewOf(model) === event.position) models.set(model, afterReview(path))
    if (isEvent(OutcomeObserved, event)) {
      const [after, found] = afterObserved(path, event.data, limits())
      models.set(model, after)
      return found.map((breach) => ({ ...breach, restated: null }))
    }
    if (isEvent(OutcomesRestated, event)) {
      const [after, found] = afterRestated(path, event.data.sessions, limits())
      models.set(model, after)
      return found.map(({ session, ...breach }) => ({ ...breach, restated: session }))
    }
    return []
  }

  return {
    name: 'loss-limits',
    version: 1,
    save: () => models,
    restore(memory) {
      for (const [model, path] of memory as unknown as typeof models) models.set(model, path)
    },
    handles: [Promoted.type, Reviewed.type, OutcomeObserved.type, OutcomesRestated.type],
    async take(event, say) {
      const breaches = see(event)
      if (say === null || breaches.length === 0) return
      const { eventTime, knownAt, position: outcome } = event
      const { model } = event.data as { model: string }
      const events = breaches.map((breach) =>
        LossLimitBreached.draft({ model, outcome, ...breach }, { eventTime, knownAt }),
      )
      say({ stream: driftStream(model), events })
    },
  }
}
