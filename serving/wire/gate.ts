/** The gate lane: the reports, and what they judge by. */
import { gateProcessor } from '../../commands/gate/processor.ts'
import { experiments } from '../../projections/experiment/experiments.ts'
import { registry } from '../../projections/model/registry.ts'
import type { ChunkStore } from '../../streams/log/chunks.ts'
import type { Processor } from '../../streams/processor.ts'
import type { Scorer } from '../../streams/training/models.ts'
import type { Trainer } from '../../streams/training/trainer.ts'
import { foldOf } from '../folds.ts'
import { holdoutView } from '../holdout-view.ts'
import { liveModels, tradingOnly } from '../live-models.ts'
import { trialLedger } from '../trial-ledger.ts'

export function wireGate(chunks: ChunkStore, _?: Trainer, scorer?: Scorer): readonly Processor[] {
  const folds = { experiments: foldOf(experiments), registry: foldOf(registry) }
  const { state: trialsSoFar } = folds.experiments
  const { state: registered } = folds.registry
  const gate = gateProcessor({
    chunks,
    trials: trialLedger(trialsSoFar),
    policy: () => registered().policy,
    holdout: holdoutView(registered, trialsSoFar),
    live: tradingOnly(liveModels(registered, trialsSoFar)).all,
    scorer,
  })
  return [...Object.values(folds), gate]
}
