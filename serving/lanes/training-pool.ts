/** Trains several runs at a time, in as many threads as there are cores. */
import { availableParallelism } from 'node:os'
import { Piscina } from 'piscina'
import { Refusal } from '../../schemas/kernel/fault.ts'
import type { Trainer } from '../../streams/training/trainer.ts'
import { YOUNG_MEGABYTES } from '../thread-memory.ts'
import type { Answered, Asked } from './training-thread.ts'

/** A thread that waited so long for a run is ended. */
const IDLE_MILLIS = 5_000

const THREAD = new URL('./training-thread.ts', import.meta.url)

/** @param root the platform's folder @param thread what each thread runs */
export function trainingPool(
  root: string,
  thread = THREAD,
): Trainer & Readonly<{ close: () => Promise<void> }> {
  const atOnce = availableParallelism()
  const pool = new Piscina<Asked, Answered>({
    filename: thread.href,
    name: 'train',
    minThreads: 0,
    maxThreads: atOnce,
    idleTimeout: IDLE_MILLIS,
    execArgv: [],
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEGABYTES },
    workerData: root,
  })
  let isClosed = false
  const ask = async (asked: Asked) => {
    const answer = await pool.run(asked).catch((error: unknown) => {
      // A thread that died is another's turn: the same run comes to the same bytes. What two die of is set aside, as any failure is.
      if (isClosed) throw error
      return pool.run(asked)
    })
    if ('refused' in answer) throw new Refusal(answer.refused)
    return answer.trained
  }
  return {
    atOnce,
    train: (spec, set) => ask({ spec, set, models: null }),
    judge: (spec, set, models) => ask({ spec, set, models }),
    close() {
      isClosed = true
      return pool.destroy()
    },
  }
}
