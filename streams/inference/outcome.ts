/** What came of the predictions: each new day, the weights held through it are accounted as in the backtest. */
import { isEvent } from '../../schemas/event.ts'
import { ValuesComputed } from '../../schemas/events/feature.ts'
import { OutcomeObserved, PredictionMade } from '../../schemas/events/prediction.ts'
import { accountDay } from '../portfolio/account.ts'
import type { Processor, Reaction } from '../processor.ts'
import { RETURN } from '../training/sample.ts'
import { PortfolioMemory } from './portfolio-memory.ts'
import type { LiveModels, OnlineFeatures } from './ports.ts'
import { predictionStream } from './processor.ts'

type Parts = Readonly<{
  models: LiveModels
  features: OnlineFeatures
  /** The fraction of full capital that a model may use now. */
  capitalOf: (model: string) => number
}>

export function outcomeProcessor({ models, features, capitalOf }: Parts): Processor {
  const memory = new PortfolioMemory()
  return {
    name: 'outcome',
    handles: [ValuesComputed.type, PredictionMade.type],
    async absorb(event) {
      memory.observe(event)
    },
    async react(event) {
      memory.observe(event)
      if (!isEvent(ValuesComputed, event)) return []
      const { set, version } = event.data
      const reactions: Reaction[] = []
      for (const { model, run } of models.using(set, version)) {
        const rows = features.asOf({ name: set, version }, [RETURN], event.knownAt)
        if (rows.eventTime <= memory.latestEventTime(model)) continue
        const book = memory.held(model, rows.entities)
        if (book === undefined) continue
        // An older row's return was accounted on its own day: an entity without a price today earns nothing today.
        const returns = rows.columns[0].map((value, i) =>
          rows.eventTimes[i] === rows.eventTime ? value : Number.NaN,
        )
        const day = accountDay({ held: book.held, returns, next: book.next }, run.portfolio)
        const data = { model, prediction: book.position, ...day, capital: capitalOf(model) }
        const times = { eventTime: rows.eventTime, knownAt: event.knownAt }
        reactions.push({ stream: predictionStream(model), events: [OutcomeObserved.draft(data, times)] })
      }
      return reactions
    },
  }
}
