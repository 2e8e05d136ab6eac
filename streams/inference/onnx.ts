/** Runs an ONNX model: one thread, sequential, so that the same bytes in give the same bytes out. */
import { assert } from '../../schemas/kernel/assert.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { isLinearFile } from './linear-file.ts'
import { type ModelFile, readModelFile } from './model-file.ts'

export interface Predictor {
  /** @param features rows one after another @returns one score per row */
  predict(features: Float64Array, columns: number): Promise<Float64Array>
}

/** The files that built-in training writes: nothing in them is wider than the features. */
const OWN: Omit<ModelFile, 'columns'> = {
  input: 'features',
  inputType: 'float64',
  output: 'score',
  widest: 1,
}

/**
 * Values that a step of a model may make of all the rows of a question: 2 GiB as doubles. What is no wider than the features is no more than
 * whoever asks holds already.
 */
const MOST_VALUES = 2 ** 28

/**
 * A folder may come from anybody, and an ONNX file is a program: it may loop for ever, take all memory, and its parser is native
 * code. So a file is run that built-in training writes, or that was read and found to be harmless (`model-file.ts`).
 * @param artifact the bytes of an ONNX file with one input `[n,k]` and one output, a score for each row
 * @throws Refusal `model.unreadable`, also from `predict` for another number of features, and `model.too-many-values` for too many rows at once
 */
export async function loadPredictor(
  artifact: Uint8Array,
  { mostValues = MOST_VALUES } = {},
): Promise<Predictor> {
  const file = isLinearFile(artifact) ? OWN : readModelFile(artifact)
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
  const tensorOf = (features: Float64Array, dims: readonly number[]) =>
    file.inputType === 'float64'
      ? new Tensor('float64', features, dims)
      : new Tensor('float32', Float32Array.from(features), dims)
  return {
    async predict(features, columns) {
      const rows = features.length / columns
      assert(Number.isInteger(rows), 'rows are whole')
      const { widest } = file
      if (widest > columns && rows * widest > mostValues)
        throw refuse('model.too-many-values', {
          ...{ rows, widest, most: mostValues },
          fewer: Math.floor(mostValues / widest),
        })
      const feeds = { [file.input]: tensorOf(features, [rows, columns]) }
      const made = await session.run(feeds, [file.output]).catch((problem: unknown): never => {
        throw refuse('model.unreadable', { problem: String(problem) })
      })
      const { type, size, data } = made[file.output] ?? { type: 'nothing', size: 0, data: null }
      if ((type !== 'float64' && type !== 'float32') || size !== rows)
        throw refuse('model.unreadable', {
          problem: `its output ${file.output} is not one number for each of ${rows} rows`,
        })
      return Float64Array.from(data as Float64Array | Float32Array)
    },
  }
}

/** Loaded where it is used: a lane's thread that holds no native code can be ended at any moment. */
const runtime = () => import('onnxruntime-node')
