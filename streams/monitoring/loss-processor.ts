/** Outcomes into breaches of the loss limits, from the promotion or the latest review on. */
import type { Position, Recorded } from '../../schemas/envelope.ts'
import { isEvent } from '../../schemas/event.ts'
import type { LossRule } from '../../schemas/events/approval.ts'
import { Reviewed } from '../../schemas/events/capital.ts'
import { LossLimitBreached } from '../../schemas/events/drift.ts'
import { Promoted } from '../../schemas/events/model.ts'
import { OutcomeObserved } from '../../schemas/events/prediction.ts'
import type { Processor, Reaction } from '../processor.ts'
import { driftStream } from './drift-processor.ts'
import { afterDay, type LossBreach, type Losses, NO_LOSSES } from './loss-limit.ts'

type Parts = Readonly<{
  /** Of the policy in force now: limits that the committee tightens hold at once. */
  limits: () => LossRule | null
  /** The position of the promotion that is in force; an unsound promotion is never in force. */
  promotionOf: (model: string) => Position | null
  /** The position of the latest review that was taken; an unsound one never is. */
  reviewOf: (model: string) => Position | null
}>

export function lossProcessor({ limits, promotionOf, reviewOf }: Parts): Processor {
  const models = new Map<string, Losses>()

  const see = (event: Recorded): readonly LossBreach[] => {
    if (isEvent(Promoted, event) && promotionOf(event.data.model) === event.position)
      models.set(event.data.model, NO_LOSSES)
    if (
      isEvent(Reviewed, event) &&
      models.has(event.data.model) &&
      reviewOf(event.data.model) === event.position
    )
      models.set(event.data.model, NO_LOSSES)
    const before = isEvent(OutcomeObserved, event) ? models.get(event.data.model) : undefined
    if (!isEvent(OutcomeObserved, event) || before === undefined) return []
    const [after, breaches] = afterDay(before, event.data.net, limits())
    models.set(event.data.model, after)
    return breaches
  }

  return {
    name: 'loss-limits',
    handles: [Promoted.type, Reviewed.type, OutcomeObserved.type],
    async absorb(event) {
      see(event)
    },
    async react(event): Promise<readonly Reaction[]> {
      const breaches = see(event)
      if (breaches.length === 0 || !isEvent(OutcomeObserved, event)) return []
      const { eventTime, knownAt, position } = event
      const { model } = event.data
      const days = models.get(model)?.days ?? 0
      const events = breaches.map((breach) =>
        LossLimitBreached.draft({ model, outcome: position, days, ...breach }, { eventTime, knownAt }),
      )
      return [{ stream: driftStream(model), events }]
    },
  }
}
