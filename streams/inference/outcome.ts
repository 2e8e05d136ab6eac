/** What came of the predictions: each session, what was held through it is accounted as in the backtest. */
import { isEvent } from '../../schemas/event.ts'
import { SessionClosed } from '../../schemas/events/data.ts'
import { OutcomeObserved } from '../../schemas/events/prediction.ts'
import type { Processor, Reaction } from '../processor.ts'
import type { Books } from './books.ts'
import type { LiveModels } from './ports.ts'
import { predictionStream } from './processor.ts'

type Parts = Readonly<{
  models: LiveModels
  books: Books
  /** The fraction of full capital that a model may use now. */
  capitalOf: (model: string) => number
}>

export function outcomeProcessor({ models, books, capitalOf }: Parts): Processor {
  return {
    name: 'outcome',
    handles: [SessionClosed.type],
    async absorb() {},
    async react(event): Promise<readonly Reaction[]> {
      if (!isEvent(SessionClosed, event)) return []
      const { dataset, session, tradeAt } = event.data
      return models.trading(dataset).flatMap(({ model }) => {
        const settled = books.settled(model)
        if (settled === undefined) return []
        const { result, prediction } = settled
        const backfilled = event.knownAt > tradeAt
        const data = { model, prediction, ...result, capital: capitalOf(model), session, backfilled }
        const times = { eventTime: event.eventTime, knownAt: event.knownAt }
        return [{ stream: predictionStream(model), events: [OutcomeObserved.draft(data, times)] }]
      })
    },
  }
}
