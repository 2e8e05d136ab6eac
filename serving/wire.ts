/** The one file that wires it all: which processors there are, in which order, and what each is handed. */
import { capitalProcessor } from '../commands/capital/processor.ts'
import { gateProcessor } from '../commands/gate/processor.ts'
import { access } from '../projections/access/access.ts'
import { alarms } from '../projections/alarm/alarms.ts'
import { capital } from '../projections/capital/capital.ts'
import { claims } from '../projections/claim/claims.ts'
import { datasets } from '../projections/data/datasets.ts'
import { declared } from '../projections/data/declared.ts'
import { drift } from '../projections/drift/drift.ts'
import { experiments } from '../projections/experiment/experiments.ts'
import { defined } from '../projections/feature/defined.ts'
import { features } from '../projections/feature/features.ts'
import { lineage } from '../projections/lineage/lineage.ts'
import { registry } from '../projections/model/registry.ts'
import { shadows } from '../projections/model/shadows.ts'
import { predictions } from '../projections/prediction/predictions.ts'
import { quarantine } from '../projections/processor/quarantine.ts'
import type { Projection } from '../projections/projection.ts'
import { featureProcessor } from '../streams/features/processor.ts'
import { liveBooks } from '../streams/inference/books.ts'
import { liveMarkets } from '../streams/inference/market.ts'
import { outcomeProcessor } from '../streams/inference/outcome.ts'
import { inferenceProcessor } from '../streams/inference/processor.ts'
import { shadowProcessor } from '../streams/inference/shadow.ts'
import type { ChunkStore } from '../streams/log/chunks.ts'
import { alarmProcessor } from '../streams/monitoring/alarm-processor.ts'
import { driftProcessor } from '../streams/monitoring/drift-processor.ts'
import { lossProcessor } from '../streams/monitoring/loss-processor.ts'
import { referencesIn } from '../streams/monitoring/references.ts'
import { sharpeProcessor } from '../streams/monitoring/sharpe-processor.ts'
import type { Processor } from '../streams/processor.ts'
import { freezeProcessor } from '../streams/training/freeze.ts'
import type { Scorer } from '../streams/training/models.ts'
import { trainingProcessor } from '../streams/training/processor.ts'
import { type Trainer, trainerHere } from '../streams/training/trainer.ts'
import { arrivedTables } from './arrived.ts'
import { featureHistory } from './feature-history.ts'
import { featureStore } from './feature-store.ts'
import { foldOf } from './folds.ts'
import { holdoutView } from './holdout-view.ts'
import { servedAgain } from './inference/again.ts'
import { LANES, type LaneName } from './lanes/names.ts'
import { liveModels, tradingOnly } from './live-models.ts'
import { liveShadows } from './live-shadows.ts'
import { trialLedger } from './trial-ledger.ts'

/** Every view that can be asked for, live or as it was. */
export const VIEWS: readonly Projection<unknown>[] = [
  datasets,
  features,
  experiments,
  registry,
  shadows,
  predictions,
  drift,
  alarms,
  capital,
  access,
  quarantine,
  lineage,
  claims,
].map((view) => view as Projection<unknown>)

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
  }
  const arrived = arrivedTables()
  const store = featureStore({ chunks })
  const inForce = liveModels(folds.registry.state, folds.experiments.state)
  const models = tradingOnly(inForce)
  const markets = liveMarkets({ chunks, models })
  const books = liveBooks({ models, markets })
  const policy = () => folds.registry.state().policy
  const trials = trialLedger(folds.experiments.state)
  const references = referencesIn({ chunks, trials })
  const promotionOf = (model: string) => models.inForce(model)?.promotion ?? null
  const standings = () => folds.capital.state().models
  const reviewOf = (model: string) =>
    standings()[model]?.history.findLast(({ why }) => why === 'reviewed')?.position ?? null
  const capitalOf = (model: string) => standings()[model]?.fraction ?? 0
  const alarming = alarmProcessor({
    ...{ chunks, models, references },
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
    capitalProcessor({
      models,
      trials,
      standings,
      fractionAfter: (rule) => policy()?.[rule]?.fractionAfter ?? 1,
    }),
    alarming,
  ]
  return { folds, arrived, store, markets, models: inForce, overdueAt: alarming.overdueAt, processors }
}

function wireResearch(chunks: ChunkStore, trainer: Trainer = trainerHere(chunks)): readonly Processor[] {
  const history = featureHistory(chunks)
  return [history, freezeProcessor({ chunks, features: history }), trainingProcessor({ chunks, trainer })]
}

function wireGate(chunks: ChunkStore, _?: Trainer, scorer?: Scorer): readonly Processor[] {
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

type WireLane = (chunks: ChunkStore, trainer?: Trainer, scorer?: Scorer) => readonly Processor[]

/** A lane's processors, that know nothing yet. Trainer and scorer are the thread itself unless they are given. */
export const wireLane: Readonly<Record<LaneName, WireLane>> = {
  live: (chunks) => wireLive(chunks).processors,
  research: wireResearch,
  gate: wireGate,
}

/** All processors there are, that know nothing yet: a replay takes them along the log side by side. */
export const wireAll = (chunks: ChunkStore): readonly Processor[] =>
  LANES.flatMap((lane) => wireLane[lane](chunks))
