/** Capital follows the models: full at promotion, cut when the Sharpe watch breaches. */
import type { Recorded } from '../../schemas/envelope.ts'
import { isEvent } from '../../schemas/event.ts'
import { Allocated, Reduced, Reviewed } from '../../schemas/events/capital.ts'
import { SharpeWatched } from '../../schemas/events/drift.ts'
import { Promoted } from '../../schemas/events/model.ts'
import type { Processor, Reaction } from '../../streams/processor.ts'
import { type CapitalCommand, type CapitalState, capital } from './capital.ts'

export const capitalStream = (model: string): string => `capital-${model}`

type Parts = Readonly<{
  /** The position of the promotion that is in force; an unsound promotion is never in force. */
  promotionOf: (model: string) => number | null
  /** The fraction of what there was that is left after a breach, by the policy in force. */
  fractionAfter: () => number
}>

export function capitalProcessor(parts: Parts): Processor {
  const states = new Map<string, CapitalState>()

  const observe = (event: Recorded): void => {
    if (!isEvent(Allocated, event) && !isEvent(Reduced, event) && !isEvent(Reviewed, event)) return
    const { model } = event.data
    states.set(model, capital.evolve(states.get(model) ?? capital.initial(), event))
  }

  const commandFor = (event: Recorded): CapitalCommand | null => {
    if (isEvent(Promoted, event)) {
      const { model, artifact } = event.data
      if (parts.promotionOf(model) !== event.position) return null
      return { kind: 'allocate', model, artifact, promotion: event.position }
    }
    if (isEvent(SharpeWatched, event) && event.data.breach) {
      const { model, z } = event.data
      return {
        kind: 'reduce',
        model,
        fractionAfter: parts.fractionAfter(),
        measurement: event.position,
        z: z ?? 0,
      }
    }
    return null
  }

  return {
    name: 'capital',
    handles: [Promoted.type, SharpeWatched.type, Allocated.type, Reduced.type, Reviewed.type],
    async absorb(event) {
      observe(event)
    },
    async react(event): Promise<readonly Reaction[]> {
      observe(event)
      const command = commandFor(event)
      if (command === null) return []
      const state = states.get(command.model) ?? capital.initial()
      const decided = capital.decide(command, state, { now: event.knownAt, actor: 'asof:capital' })
      if (!decided.ok || decided.value.length === 0) return []
      const events = decided.value.map((draft) => ({ ...draft, eventTime: event.eventTime }))
      return [{ stream: capitalStream(command.model), events }]
    },
  }
}
