/** The live lane: its processors, in their order, and what each is handed. */
import { capitalProcessor } from '../../commands/capital/processor.ts'
import { access } from '../../projections/access/access.ts'
import { alarms } from '../../projections/alarm/alarms.ts'
import { capital } from '../../projections/capital/capital.ts'
import { claims } from '../../projections/claim/claims.ts'
import { declared } from '../../projections/data/declared.ts'
import { experiments } from '../../projections/experiment/experiments.ts'
import { spending } from '../../projections/experiment/spending.ts'
import { defined } from '../../projections/feature/defined.ts'
import { registry, retiredBy } from '../../projections/model/registry.ts'
import { shadows } from '../../projections/model/shadows.ts'
import { quarantine } from '../../projections/processor/quarantine.ts'
import { featureProcessor } from '../../streams/features/processor.ts'
import { liveBooks } from '../../streams/inference/books.ts'
import { liveMarkets } from '../../streams/inference/market.ts'
import { outcomeProcessor } from '../../streams/inference/outcome.ts'
import { inferenceProcessor } from '../../streams/inference/processor.ts'
import { shadowProcessor } from '../../streams/inference/shadow.ts'
import type { ChunkStore } from '../../streams/log/chunks.ts'
import { alarmProcessor } from '../../streams/monitoring/alarm-processor.ts'
import { driftProcessor } from '../../streams/monitoring/drift-processor.ts'
import { ladderProcessor } from '../../streams/monitoring/ladder-processor.ts'
import { lossProcessor } from '../../streams/monitoring/loss-processor.ts'
import { referencesIn } from '../../streams/monitoring/references.ts'
import { sharpeProcessor } from '../../streams/monitoring/sharpe-processor.ts'
import { skillReferencesIn } from '../../streams/monitoring/skill-reference.ts'
import type { Processor } from '../../streams/processor.ts'
import { arrivedTables } from '../arrived.ts'
import { featureStore } from '../feature-store.ts'
import { foldOf } from '../folds.ts'
import { servedAgain } from '../inference/again.ts'
import { liveModels, tradingOnly } from '../live-models.ts'
import { liveShadows } from '../live-shadows.ts'
import { trialLedger } from '../trial-ledger.ts'

export type Live = ReturnType<typeof wireLive>

/** What predictions and capital rest on: nothing slow runs here. */
export function wireLive(chunks: ChunkStore) {
  const folds = {
    datasets: foldOf(declared),
    features: foldOf(defined),
    experiments: foldOf(experiments),
    registry: foldOf(registry),
    shadows: foldOf(shadows),
    capital: foldOf(capital),
    access: foldOf(access),
    quarantine: foldOf(quarantine),
    alarms: foldOf(alarms),
    claims: foldOf(claims),
    spending: foldOf(spending),
  }
  const arrived = arrivedTables()
  const store = featureStore({ chunks })
  const inForce = liveModels(folds.registry.state, folds.experiments.state)
  const models = tradingOnly(inForce)
  const markets = liveMarkets({ chunks, models })
  const retiredAt = (model: string) => {
    const view = folds.registry.state().models[model]
    return view === undefined ? null : (retiredBy(view)?.position ?? null)
  }
  const books = liveBooks({ models, markets, retiredAt })
  const policy = () => folds.registry.state().policy
  const trials = trialLedger(folds.experiments.state)
  const references = referencesIn({ chunks, trials })
  const promotionOf = (model: string) => models.inForce(model)?.promotion ?? null
  const standings = () => folds.capital.state().models
  const reviewOf = (model: string) =>
    standings()[model]?.history.findLast(({ why }) => why === 'reviewed')?.position ?? null
  const changeOf = (model: string) => standings()[model]?.since ?? null
  const capitalOf = (model: string) => standings()[model]?.fraction ?? 0
  const alarming = alarmProcessor({
    ...{ chunks, models, markets, references },
    skill: skillReferencesIn({ chunks, trials }),
    datasets: () => folds.datasets.state().datasets,
  })
  // Folds come first: whoever reacts to an event may read what it changed.
  const processors: readonly Processor[] = [
    ...Object.values(folds),
    arrived,
    store,
    markets,
    books,
    featureProcessor(chunks),
    outcomeProcessor({ models, books, capitalOf }),
    inferenceProcessor({ chunks, models, features: store, markets, books }),
    shadowProcessor({
      ...{ chunks, models, features: store, markets },
      shadows: liveShadows(folds.shadows.state, folds.experiments.state, models),
    }),
    servedAgain({ chunks, store, registry: folds.registry.state, experiments: folds.experiments.state }),
    driftProcessor({ models, markets, features: store, references }),
    sharpeProcessor({ chunks, trials, policy, promotionOf }),
    lossProcessor({ limits: () => policy()?.losses ?? null, promotionOf, reviewOf }),
    ladderProcessor({ chunks, trials, policy, promotionOf, changeOf }),
    capitalProcessor({
      models,
      retiredAt,
      trials,
      standings,
      halts: folds.capital.state,
      fractionAfter: (rule) => policy()?.[rule]?.fractionAfter ?? 1,
      ladder: () => policy()?.ladder ?? null,
    }),
    alarming,
  ]
  return { folds, arrived, store, markets, models: inForce, overdueAt: alarming.overdueAt, processors }
}
