/** A model that takes long in threads of its own, so that nobody else waits for it. */
import { availableParallelism } from 'node:os'
import { Piscina } from 'piscina'
import { Refusal } from '../../schemas/kernel/fault.ts'
import type { Answered, Asked } from './predicting-thread.ts'

/** The file is loaded anew by a thread that comes after this. */
const IDLE_MILLIS = 600_000

/** @param artifact a model file that was found to be one here @returns rows of `columns` values into one score a row */
export function inThreads(
  artifact: Uint8Array,
  columns: number,
): (features: Float64Array) => Promise<Float64Array> {
  const pool = new Piscina<Asked, Answered>({
    filename: new URL('./predicting-thread.ts', import.meta.url).href,
    name: 'predict',
    minThreads: 0,
    // One core stays with those who wait.
    maxThreads: Math.max(1, availableParallelism() - 1),
    idleTimeout: IDLE_MILLIS,
    execArgv: [],
    workerData: artifact,
  })
  return async (features) => {
    const answer = await pool.run({ features, columns })
    if ('refused' in answer) throw new Refusal(answer.refused)
    return answer.scores
  }
}
