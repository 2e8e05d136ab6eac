/** Feature values into predictions: at each session's decision moment every live model is asked once. */
import { type EventOf, isEvent } from '../../schemas/event.ts'
import { SessionClosed } from '../../schemas/events/data.ts'
import { PredictionMade } from '../../schemas/events/prediction.ts'
import { sha256 } from '../../schemas/kernel/canonical.ts'
import type { ChunkStore } from '../log/chunks.ts'
import { KNOWS_NOTHING, type Processor, type Reaction } from '../processor.ts'
import type { Books } from './books.ts'
import type { Market, Markets } from './market.ts'
import { loadPredictor, type Predictor } from './onnx.ts'
import type { FeatureRows, LiveModel, LiveModels, OnlineFeatures } from './ports.ts'

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
  const predictors = new Map<string, Predictor>()

  const predictorOf = async (artifact: string): Promise<Predictor> => {
    const loaded = predictors.get(artifact) ?? (await loadPredictor(await parts.chunks.get(artifact)))
    predictors.set(artifact, loaded)
    return loaded
  }

  const predict = async (live: LiveModel, cause: EventOf<typeof SessionClosed>): Promise<Reaction[]> => {
    const { run } = live
    const { session, decideAt, tradeAt } = cause.data
    const market = parts.markets.of(live.dataset)
    if (market === undefined) return []
    const set = { name: live.featureSet, version: live.featureVersion }
    const { neutralise } = run.portfolio
    const names = [...run.features, ...(neutralise === null ? [] : [neutralise])]
    const rows = ofSession(await parts.features.asOf(set, names, decideAt), market, session)
    const inputs = { ...rows, columns: rows.columns.slice(0, run.features.length) }
    const scores = atPlaces(await scoreOf(await predictorOf(live.artifact), inputs), rows, market)
    const cleared = rows.columns.at(run.features.length)
    const neutral = cleared === undefined ? undefined : atPlaces(cleared, rows, market)
    const { target, weights } = parts.books.decide(live, scores, neutral)
    const data = {
      model: live.model,
      artifact: live.artifact,
      promotion: live.promotion,
      features: cause.position,
      featureHash: hashOf(rows),
      rows: market.entities
        .map((entity, i) => ({
          entity,
          score: Number.isNaN(scores[i]) ? null : scores[i],
          target: target[i],
          weight: weights[i],
        }))
        .filter(({ score, target: wanted, weight }) => score !== null || wanted !== 0 || weight !== 0)
        .sort((a, b) => (a.entity < b.entity ? -1 : 1)),
      session,
      backfilled: cause.knownAt > tradeAt,
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

/** The rows that are of the session itself: an older one says nothing new, and is not scored again. */
function ofSession(rows: FeatureRows, { sessions }: Market, session: number): FeatureRows {
  const isOld = (_: number, i: number): boolean => sessions.find(rows.eventTimes[i]) !== session
  return {
    ...rows,
    columns: rows.columns.map((values) => values.map((value, i) => (isOld(value, i) ? Number.NaN : value))),
  }
}

/** Values by entity in the order of the market's places; NaN for a name that has none. */
function atPlaces(values: Float64Array, { entities }: FeatureRows, market: Market): Float64Array {
  const places = entities.map((entity) => market.placeOf(entity))
  const placed = new Float64Array(market.entities.length).fill(Number.NaN)
  for (const [i, place] of places.entries()) placed[place] = values[i]
  return placed
}

/** Scores of the rows whose features are all there; NaN for the others, which are never shown to the model. */
async function scoreOf(predictor: Predictor, rows: FeatureRows): Promise<Float64Array> {
  const columns = rows.columns.length
  const complete = [...rows.entities.keys()].filter((i) =>
    rows.columns.every((values) => !Number.isNaN(values[i])),
  )
  const scores = new Float64Array(rows.entities.length).fill(Number.NaN)
  if (complete.length === 0) return scores
  const x = new Float64Array(complete.length * columns)
  for (const [r, i] of complete.entries()) {
    for (const [c, values] of rows.columns.entries()) x[r * columns + c] = values[i]
  }
  const found = await predictor.predict(x, columns)
  for (const [r, i] of complete.entries()) scores[i] = found[r]
  return scores
}

/** SHA-256 over the values as they were read, column after column. */
function hashOf(rows: FeatureRows): string {
  const bytes = Buffer.concat(rows.columns.map((values) => Buffer.from(new Float64Array(values).buffer)))
  return sha256(bytes)
}
