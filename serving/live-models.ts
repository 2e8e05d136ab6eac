/** Which models are in force: the registry's word, joined with what they were trained on. */
import type { ExperimentsState } from '../projections/experiment/experiments.ts'
import type { RegistryState } from '../projections/model/registry.ts'
import type { LiveModel, LiveModels } from '../streams/inference/ports.ts'

/**
 * Nothing is in force that its run does not bear out, whatever the registry was told: the run that it names made this very
 * file, and lacks nothing of what makes it reproducible.
 */
export function liveModels(
  registry: () => RegistryState,
  experiments: () => ExperimentsState,
): LiveModels & { all(): readonly LiveModel[] } {
  const all = (): LiveModel[] =>
    Object.entries(registry().models).flatMap(([model, { live }]) => {
      const record = live === null ? undefined : experiments().runs[live.run]
      const set = record === undefined ? undefined : experiments().trainingSets[record.spec.trainingSet]
      if (live === null || record === undefined || set === undefined) return []
      const { artifact, position: promotion, service } = live
      if (record.artifact !== artifact || record.missing.length > 0) return []
      const { featureSet, featureVersion } = set.spec
      const { dataset } = set.spec.label
      return [{ model, artifact, promotion, featureSet, featureVersion, dataset, service, run: record.spec }]
    })
  return {
    all,
    inForce: (model) => all().find((live) => live.model === model),
    trading: (dataset) => all().filter((live) => live.dataset === dataset && doesTrade(live)),
  }
}

const doesTrade = ({ service }: LiveModel): boolean => service === 'durable'

/** The models in force, without those that trade nothing: for whoever predicts, accounts and watches. */
export const tradingOnly = (models: LiveModels & { all(): readonly LiveModel[] }): typeof models => ({
  all: () => models.all().filter(doesTrade),
  trading: (dataset) => models.trading(dataset),
  inForce(model) {
    const live = models.inForce(model)
    return live !== undefined && doesTrade(live) ? live : undefined
  },
})
