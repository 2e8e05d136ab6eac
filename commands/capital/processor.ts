/** Capital follows the models: full at promotion, cut when the Sharpe watch or a loss limit is breached. */
import type { Recorded } from '../../schemas/envelope.ts'
import { isEvent } from '../../schemas/event.ts'
import type { CutCause } from '../../schemas/events/capital.ts'
import { LossLimitBreached, SharpeWatched } from '../../schemas/events/drift.ts'
import { Promoted } from '../../schemas/events/model.ts'
import { type CutRule, ruleOf, type Standing } from '../../schemas/review.ts'
import type { LiveModels } from '../../streams/inference/ports.ts'
import type { Processor, Reaction } from '../../streams/processor.ts'
import { type Allocate, capital, type Reduce } from './capital.ts'

export const capitalStream = (model: string): string => `capital-${model}`

type Parts = Readonly<{
  models: LiveModels
  /** How a model stands with its capital; undefined for one that never had any. */
  standingOf: (model: string) => Standing | undefined
  /** The fraction of what there was that is left after a breach of the rule, by the policy in force. */
  fractionAfter: (rule: CutRule) => number
}>

export function capitalProcessor({ models, standingOf, fractionAfter }: Parts): Processor {
  const commandFor = (event: Recorded): Allocate | Reduce | null => {
    if (isEvent(Promoted, event)) {
      const { model } = event.data
      const live = models.inForce(model)
      // An unsound promotion is never in force.
      if (live?.promotion !== event.position) return null
      const { artifact, promotion, run } = live
      return { kind: 'allocate', model, artifact, author: run.author, promotion }
    }
    if (isEvent(SharpeWatched, event) && event.data.breach)
      return reduceBy(event, 'sharpe', event.data.z ?? 0)
    return isEvent(LossLimitBreached, event) ? reduceBy(event, event.data.rule, event.data.loss) : null
  }

  const reduceBy = (
    { position: measurement, data: { model } }: Recorded<string, { model: string }>,
    cause: CutCause,
    value: number,
  ): Reduce => {
    const after = fractionAfter(ruleOf(cause))
    return { kind: 'reduce', model, fractionAfter: after, measurement, cause, value }
  }

  return {
    name: 'capital',
    handles: [Promoted.type, SharpeWatched.type, LossLimitBreached.type],
    async absorb() {},
    async react(event): Promise<readonly Reaction[]> {
      const command = commandFor(event)
      if (command === null) return []
      const { model } = command
      const context = { now: event.knownAt, actor: 'asof:capital' }
      const decided = capital.decide({ ...command, standing: standingOf(model) }, null, context)
      if (!decided.ok || decided.value.length === 0) return []
      const events = decided.value.map((draft) => ({ ...draft, eventTime: event.eventTime }))
      return [{ stream: capitalStream(model), events }]
    },
  }
}
