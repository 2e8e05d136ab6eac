/**
 * What models answered, made again: from the inputs that were recorded, and of what was read online, from the log as it was then.
 * It says nothing and remembers nothing. Only a replay asks it.
 */
import type { ExperimentsState } from '../../projections/experiment/experiments.ts'
import type { RegistryState } from '../../projections/model/registry.ts'
import type { Recorded } from '../../schemas/envelope.ts'
import { type DataOf, isEvent } from '../../schemas/event.ts'
import { PredictionServed } from '../../schemas/events/prediction.ts'
import { assert } from '../../schemas/kernel/assert.ts'
import { loadPredictor, type Predictor } from '../../streams/inference/onnx.ts'
import { servedStream } from '../../streams/inference/processor.ts'
import type { ChunkStore } from '../../streams/log/chunks.ts'
import { KNOWS_NOTHING, type Processor } from '../../streams/processor.ts'
import type { Lookup } from '../feature-store.ts'

type Parts = Readonly<{
  chunks: ChunkStore
  store: Lookup
  registry: () => RegistryState
  experiments: () => ExperimentsState
}>

type Served = DataOf<typeof PredictionServed>

export function servedAgain({ chunks, store, registry, experiments }: Parts): Processor {
  const predictors = new Map<string, Predictor>()

  const predictorOf = async (artifact: string): Promise<Predictor> => {
    const loaded = predictors.get(artifact) ?? (await loadPredictor(await chunks.get(artifact)))
    predictors.set(artifact, loaded)
    return loaded
  }

  /** The features of the file that answered; a model that was never judged has none, and was not in force. */
  const featuresOf = ({ model, artifact }: Served): readonly string[] => {
    const run = registry().models[model]?.reports[artifact]?.run
    return (run === undefined ? undefined : experiments().runs[run]?.spec.features) ?? []
  }

  const online = async (data: Served): Promise<Pick<Served, 'online' | 'inputs'>> => {
    if (data.online === null) return data
    const { featureSet: name, featureVersion: version, entities, moment, readAt } = data.online
    const set = { name, version }
    const { rows } = await store.lookup(set, featuresOf(data), { entities, moment, readAt })
    assert(
      rows.every(({ unusable }) => unusable.length === 0),
      'features that may not be used were used',
    )
    const eventTimes = rows.map(({ eventTime }) => eventTime)
    return {
      online: { ...data.online, eventTimes },
      inputs: rows.flatMap(({ values }) => [...values]),
    }
  }

  const made = async (data: Served): Promise<Served> => {
    const features = featuresOf(data)
    assert(features.length > 0, 'the model was judged')
    const inputs = await online(data)
    const predictor = await predictorOf(data.artifact)
    const scores = await predictor.predict(Float64Array.from(inputs.inputs), features.length)
    return { ...data, ...inputs, columns: features.length, scores: [...scores] }
  }

  return {
    name: 'served-again',
    version: 1,
    ...KNOWS_NOTHING,
    // What was answered changes nothing of what anybody knows.
    handles: [],
    take: async () => undefined,
    async again(event: Recorded) {
      if (!isEvent(PredictionServed, event)) return null
      const { eventTime, knownAt, data } = event
      // What cannot be made again differs from what was said.
      const nothing = { ...data, inputs: [], scores: [] }
      const draft = PredictionServed.draft(await made(data).catch(() => nothing), { eventTime, knownAt })
      return { stream: servedStream(data.model), events: [draft] }
    },
  }
}
