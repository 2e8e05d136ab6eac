/** A thread that runs one model, whose file it was started with. */
import { workerData } from 'node:worker_threads'
import { type Fault, Refusal } from '../../schemas/kernel/fault.ts'
import { loadPredictor } from '../../streams/inference/onnx.ts'

export type Asked = Readonly<{ features: Float64Array; columns: number }>
export type Answered = Readonly<{ scores: Float64Array } | { refused: Fault }>

const predictor = await loadPredictor(workerData as Uint8Array)

export async function predict({ features, columns }: Asked): Promise<Answered> {
  try {
    return { scores: await predictor.predict(features, columns) }
  } catch (error) {
    if (error instanceof Refusal) return { refused: error.fault }
    throw error
  }
}
