/** A process that asks models: it holds the native code that a lane's thread, which may be ended at any moment, must not hold. */

import { sha256 } from '../../schemas/kernel/canonical.ts'
import { Refusal } from '../../schemas/kernel/fault.ts'
import { loadPredictor, type Predictor } from '../../streams/inference/onnx.ts'
import type { ScoringAnswered, ScoringAsked } from './scoring.ts'

/** The model that was asked last: a fold's rows come in parts. */
let held: { hash: string; predictor: Predictor } | null = null

async function answer({ id, model, features, columns }: ScoringAsked): Promise<ScoringAnswered> {
  try {
    const hash = sha256(model)
    if (held?.hash !== hash) held = { hash, predictor: await loadPredictor(model) }
    return { id, scores: await held.predictor.predict(features, columns) }
  } catch (error) {
    if (error instanceof Refusal) return { id, refused: error.fault }
    return { id, defect: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}

// One after the other; whoever asked is gone when the channel is.
let turn: Promise<unknown> = Promise.resolve()
process.on('message', (asked: ScoringAsked) => {
  turn = turn.then(async () => process.send?.(await answer(asked)))
})
process.on('disconnect', () => process.exit(0))
