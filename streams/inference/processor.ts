/** Feature values into predictions: at each session's decision moment every live model is asked once. */
import { type EventOf, isEvent } from '../../schemas/event.ts'
import { SessionClosed } from '../../schemas/events/data.ts'
import { PredictionMade } from '../../schemas/events/prediction.ts'
import type { ChunkStore } from '../log/chunks.ts'
import { KNOWS_NOTHING, type Processor, type Reaction } from '../processor.ts'
import type { Books } from './books.ts'
import type { Markets } from './market.ts'
import type { LiveModel, LiveModels, OnlineFeatures } from './ports.ts'
import { decidedRows, scorer } from './scoring.ts'

export const predictionStream = (model: string): string => `prediction-${model}`
/** What a model answers when it is asked, beside the predictions of its sessions. */
export const servedStream = (model: string): string => `served-${model}`

type Parts = Readonly<{
  chunks: ChunkStore
  models: LiveModels
  features: OnlineFeatures
  markets: Markets
  books: Books
}>

export function inferenceProcessor(parts: Parts): Processor {
  const scoresOf = scorer(parts)

  const predict = async (live: LiveModel, cause: EventOf<typeof SessionClosed>): Promise<Reaction[]> => {
    const scored = await scoresOf(live, cause)
    if (scored === null) return []
    const decision = parts.books.decide(live, scored.scores, scored.neutral)
    const data = {
      model: live.model,
      artifact: live.artifact,
      promotion: live.promotion,
      features: cause.position,
      featureHash: scored.featureHash,
      rows: decidedRows(scored, decision),
      session: cause.data.session,
      backfilled: cause.knownAt > cause.data.tradeAt,
    }
    const times = { eventTime: cause.eventTime, knownAt: cause.knownAt }
    return [{ stream: predictionStream(live.model), events: [PredictionMade.draft(data, times)] }]
  }

  return {
    name: 'inference',
    version: 1,
    ...KNOWS_NOTHING,
    handles: [SessionClosed.type],
    async take(event, say) {
      if (say === null || !isEvent(SessionClosed, event)) return
      for (const live of parts.models.trading(event.data.dataset))
        for (const reaction of await predict(live, event)) say(reaction)
    },
  }
}
