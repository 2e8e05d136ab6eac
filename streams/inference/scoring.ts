/** What a model says of a session: the features of its decision moment, as scores at the places of its market. */
import type { EventOf } from '../../schemas/event.ts'
import type { SessionClosed } from '../../schemas/events/data.ts'
import { sha256 } from '../../schemas/kernel/canonical.ts'
import type { ChunkStore } from '../log/chunks.ts'
import type { Decision } from '../portfolio/ledger.ts'
import type { Market, Markets } from './market.ts'
import { loadPredictor, type Predictor } from './onnx.ts'
import type { FeatureRows, LiveModel, OnlineFeatures } from './ports.ts'

export type Scored = Readonly<{
  market: Market
  /** One for each place of the market; NaN where there is none. */
  scores: Float64Array
  /** What the book is neutralised against, where the run names it. */
  neutral: Float64Array | undefined
  /** Of the features as they were read. */
  featureHash: string
}>

type Parts = Readonly<{ chunks: ChunkStore; features: OnlineFeatures; markets: Markets }>

/** Model files that are held ready; of more than are in force and in shadow at once, the one that was asked longest ago is let go. */
const MOST_LOADED = 64

/** Asks models about sessions; each model file is loaded once. */
export function scorer({ chunks, features, markets }: Parts) {
  const predictors = new Map<string, Predictor>()

  const predictorOf = async (artifact: string): Promise<Predictor> => {
    const loaded = predictors.get(artifact) ?? (await loadPredictor(await chunks.get(artifact)))
    predictors.delete(artifact)
    predictors.set(artifact, loaded)
    for (const oldest of predictors.keys()) if (predictors.size > MOST_LOADED) predictors.delete(oldest)
    return loaded
  }

  /** Null for a data set that nothing is traded at. */
  return async (live: LiveModel, { data }: EventOf<typeof SessionClosed>): Promise<Scored | null> => {
    const { run } = live
    const market = markets.of(live.dataset)
    if (market === undefined) return null
    const set = { name: live.featureSet, version: live.featureVersion }
    const { neutralise } = run.portfolio
    const names = [...run.features, ...(neutralise === null ? [] : [neutralise])]
    const rows = ofSession(await features.asOf(set, names, data.decideAt), market, data.session)
    const inputs = { ...rows, columns: rows.columns.slice(0, run.features.length) }
    const scores = atPlaces(await scoreOf(await predictorOf(live.artifact), inputs), rows, market)
    const cleared = rows.columns.at(run.features.length)
    const neutral = cleared === undefined ? undefined : atPlaces(cleared, rows, market)
    return { market, scores, neutral, featureHash: hashOf(rows) }
  }
}

/** What is recorded of each name: those with a score, a target or a weight, by name. */
export const decidedRows = ({ market, scores }: Scored, { target, weights }: Decision) =>
  market.entities
    .map((entity, i) => ({
      entity,
      score: Number.isNaN(scores[i]) ? null : scores[i],
      target: target[i],
      weight: weights[i],
    }))
    .filter(({ score, target: wanted, weight }) => score !== null || wanted !== 0 || weight !== 0)
    .sort((a, b) => (a.entity < b.entity ? -1 : 1))

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
