/**
 * What came of the predictions: each session, what was held through it is accounted as in the backtest, and the sessions before
 * it of which it learned are accounted again.
 */
import { isEvent } from '../../schemas/event.ts'
import { SessionClosed } from '../../schemas/events/data.ts'
import { OutcomeObserved, OutcomesRestated } from '../../schemas/events/prediction.ts'
import { KNOWS_NOTHING, type Processor } from '../processor.ts'
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
    version: 1,
    ...KNOWS_NOTHING,
    handles: [SessionClosed.type],
    async take(event, say) {
      if (say === null || !isEvent(SessionClosed, event)) return
      const { dataset, session, tradeAt } = event.data
      const times = { eventTime: event.eventTime, knownAt: event.knownAt }
      const backfilled = event.knownAt > tradeAt
      const inForce = models.trading(dataset).map(({ model }) => model)
      const retired = books.withdrawn(dataset).filter((model) => !inForce.includes(model))
      const accounts = [...inForce, ...retired].flatMap((model) => {
        const settled = books.settled(model)
        return settled === undefined ? [] : [{ model, stream: predictionStream(model), ...settled }]
      })
      for (const { model, stream, result, prediction } of accounts) {
        const data = { model, prediction, ...result, capital: capitalOf(model), session, backfilled }
        say({ stream, events: [OutcomeObserved.draft(data, times)] })
      }
      for (const { model, stream, restated } of accounts) {
        if (restated.length === 0) continue
        const data = { model, session, sessions: [...restated] }
        say({ stream, events: [OutcomesRestated.draft(data, times)] })
      }
    },
  }
}
