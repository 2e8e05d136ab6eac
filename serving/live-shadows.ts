/** Which challengers are asked beside the models in force: what was put in shadow, joined with what was trained. */
import type { ExperimentsState } from '../projections/experiment/experiments.ts'
import type { ShadowsState } from '../projections/model/shadows.ts'
import type { LiveModel, LiveModels } from '../streams/inference/ports.ts'
import type { Shadows } from '../streams/inference/shadow.ts'

/** Nothing runs that its run does not bear out, nor beside a model that is not in force or is the very same file. */
export function liveShadows(
  state: () => ShadowsState,
  experiments: () => ExperimentsState,
  models: LiveModels,
): Shadows {
  const all = (): readonly LiveModel[] =>
    Object.values(state().running).flatMap(({ model, run, artifact, position: promotion }) => {
      const record = experiments().runs[run]
      const set = record === undefined ? undefined : experiments().trainingSets[record.spec.trainingSet]
      if (record === undefined || set === undefined) return []
      if (record.artifact !== artifact || record.missing.length > 0) return []
      const { featureSet, featureVersion } = set.spec
      const { dataset } = set.spec.label
      const champion = models.inForce(model)
      if (champion === undefined || champion.artifact === artifact || champion.dataset !== dataset) return []
      const service = 'durable'
      return [{ model, artifact, promotion, featureSet, featureVersion, dataset, service, run: record.spec }]
    })
  return { trading: (dataset) => all().filter((one) => one.dataset === dataset) }
}
