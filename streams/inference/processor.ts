/** Feature values into predictions: when a new day's values arrive, each live model is asked once. */
import type { EventOf } from '../../schemas/event.ts'
import { isEvent } from '../../schemas/event.ts'
import { ValuesComputed } from '../../schemas/events/feature.ts'
import { PredictionMade } from '../../schemas/events/prediction.ts'
import { sha256 } from '../../schemas/kernel/canonical.ts'
import type { ChunkStore } from '../log/chunks.ts'
import { heldWeights, targetOf } from '../portfolio/weights.ts'
import type { Processor, Reaction } from '../processor.ts'
import { loadPredictor, type Predictor } from './onnx.ts'
import { PortfolioMemory } from './portfolio-memory.ts'
import type { FeatureRows, LiveModel, LiveModels, OnlineFeatures } from './ports.ts'

export const predictionStream = (model: string): string => `prediction-${model}`

type Parts = Readonly<{ chunks: ChunkStore; models: LiveModels; features: OnlineFeatures }>

export function inferenceProcessor(parts: Parts): Processor {
  const memory = new PortfolioMemory()
  const predictors = new Map<string, Predictor>()

  const predictorOf = async (artifact: string): Promise<Predictor> => {
    const loaded = predictors.get(artifact) ?? (await loadPredictor(await parts.chunks.get(artifact)))
    predictors.set(artifact, loaded)
    return loaded
  }

  const predict = async (live: LiveModel, cause: EventOf<typeof ValuesComputed>): Promise<Reaction[]> => {
    const { run } = live
    const set = { name: cause.data.set, version: cause.data.version }
    const { neutralise, holdingDays } = run.portfolio
    const names = [...run.features, ...(neutralise === null ? [] : [neutralise])]
    const rows = parts.features.asOf(set, names, cause.knownAt)
    // A correction of the past brings no new day: what was predicted then stays what was predicted.
    if (rows.eventTime <= memory.latestEventTime(live.model)) return []
    const inputs = { ...rows, columns: rows.columns.slice(0, run.features.length) }
    const scores = await scoreOf(await predictorOf(live.artifact), inputs)
    const target = targetOf(scores, run.portfolio, rows.columns[run.features.length])
    const earlier = memory.targets(live, rows.entities, holdingDays - 1)
    const weights = heldWeights([...earlier, target], holdingDays)
    const data = {
      model: live.model,
      artifact: live.artifact,
      promotion: live.promotion,
      features: cause.position,
      featureHash: hashOf(rows),
      rows: rows.entities.map((entity, i) => ({
        entity,
        score: Number.isNaN(scores[i]) ? null : scores[i],
        target: target[i],
        weight: weights[i],
      })),
    }
    const times = { eventTime: rows.eventTime, knownAt: cause.knownAt }
    return [{ stream: predictionStream(live.model), events: [PredictionMade.draft(data, times)] }]
  }

  return {
    name: 'inference',
    handles: [ValuesComputed.type, PredictionMade.type],
    async absorb(event) {
      memory.observe(event)
    },
    async react(event) {
      memory.observe(event)
      if (!isEvent(ValuesComputed, event)) return []
      const reactions: Reaction[] = []
      for (const live of parts.models.using(event.data.set, event.data.version)) {
        reactions.push(...(await predict(live, event)))
      }
      return reactions
    },
  }
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
