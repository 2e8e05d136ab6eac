/** A thread of the pool that trains: one run at a time, on sets that it reads from the folder itself. */
import { workerData } from 'node:worker_threads'
import type { RunSpec } from '../../schemas/events/experiment.ts'
import { type Fault, Refusal } from '../../schemas/kernel/fault.ts'
import type { FrozenSet } from '../../streams/training/frozen.ts'
import { type Models, type Trained, trainerHere } from '../../streams/training/trainer.ts'
import { openChunks } from '../chunk-store.ts'
import { folderAt } from '../folder.ts'
import { scoringProcess } from './scoring.ts'
import { stepBack } from './step-back.ts'

export type Asked = Readonly<{ spec: RunSpec; set: FrozenSet; models: Models | null }>
export type Answered = Readonly<{ trained: Trained } | { refused: Fault }>

await stepBack()
const trainer = trainerHere(openChunks(folderAt(workerData as string)), scoringProcess())

export async function train({ spec, set, models }: Asked): Promise<Answered> {
  try {
    const work = models === null ? trainer.train(spec, set) : trainer.judge(spec, set, models)
    return { trained: await work }
  } catch (error) {
    if (error instanceof Refusal) return { refused: error.fault }
    throw error
  }
}
