/** Runs an ONNX model: one thread, sequential, so that the same bytes in give the same bytes out. */
import { assert } from '../../schemas/kernel/assert.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { isLinearFile } from './linear-file.ts'

export interface Predictor {
  /** @param features rows one after another @returns one score per row */
  predict(features: Float64Array, columns: number): Promise<Float64Array>
}

/**
 * A folder may come from anybody, and an ONNX file is a program: it may loop for ever, take all memory, and its parser is native
 * code. So only the files that training writes are run.
 * @param artifact the bytes of an ONNX file with a float64 input `features[n,k]` and an output `score[n,1]`
 * @throws Refusal `model.unreadable`, also from `predict` for another number of features
 */
export async function loadPredictor(artifact: Uint8Array): Promise<Predictor> {
  if (!isLinearFile(artifact))
    throw refuse('model.unreadable', { problem: 'it is no model that Asof writes' })
  const { InferenceSession, Tensor } = await runtime()
  const session = await InferenceSession.create(artifact, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    executionProviders: ['cpu'],
    logSeverityLevel: 3,
  }).catch((problem: unknown) => {
    throw refuse('model.unreadable', { problem: String(problem) })
  })
  return {
    async predict(features, columns) {
      const rows = features.length / columns
      assert(Number.isInteger(rows), 'rows are whole')
      const input = new Tensor('float64', features, [rows, columns])
      const { score } = await session.run({ features: input }).catch((problem: unknown): never => {
        throw refuse('model.unreadable', { problem: String(problem) })
      })
      if (score === undefined || score.type !== 'float64' || score.size !== rows)
        throw refuse('model.unreadable', { problem: `it has no output score[${rows},1] of float64` })
      return Float64Array.from(score.data as Float64Array)
    },
  }
}

/** Loaded where it is used: a lane's thread that holds no native code can be ended at any moment. */
const runtime = () => import('onnxruntime-node')
