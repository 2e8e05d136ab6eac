/** The research lane: training sets, and the runs on them. */
import type { ChunkStore } from '../../streams/log/chunks.ts'
import type { Processor } from '../../streams/processor.ts'
import { freezeProcessor } from '../../streams/training/freeze.ts'
import { trainingProcessor } from '../../streams/training/processor.ts'
import { type Trainer, trainerHere } from '../../streams/training/trainer.ts'
import { featureHistory } from '../feature-history.ts'

export function wireResearch(
  chunks: ChunkStore,
  trainer: Trainer = trainerHere(chunks),
): readonly Processor[] {
  const history = featureHistory(chunks)
  return [history, freezeProcessor({ chunks, features: history }), trainingProcessor({ chunks, trainer })]
}
