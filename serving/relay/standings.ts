/** What the platform makes of models and capital, as the relay follows the log: the same folds that its live lane has. */
import { capital } from '../../projections/capital/capital.ts'
import { experiments } from '../../projections/experiment/experiments.ts'
import { registry, retiredBy } from '../../projections/model/registry.ts'
import type { Standings } from '../../streams/relay/ports.ts'
import { foldOf } from '../folds.ts'
import { liveModels, tradingOnly } from '../live-models.ts'

export function standings(): Standings {
  const folds = {
    registry: foldOf(registry),
    experiments: foldOf(experiments),
    capital: foldOf(capital),
  }
  const models = tradingOnly(liveModels(folds.registry.state, folds.experiments.state))
  const all = Object.values(folds)
  return {
    handles: [...new Set(all.flatMap(({ handles }) => handles))],
    async take(event) {
      for (const fold of all) if (fold.handles.includes(event.type)) await fold.take(event, null)
    },
    inForce(model) {
      const live = models.inForce(model)
      if (live === undefined) return null
      const { artifact, promotion, dataset, featureSet, featureVersion, run } = live
      const approvals = folds.registry.state().models[model]?.live?.approvals ?? []
      return { artifact, promotion, run: run.run, approvals, dataset, featureSet, featureVersion }
    },
    retiredAt(model) {
      const view = folds.registry.state().models[model]
      return view === undefined ? null : (retiredBy(view)?.position ?? null)
    },
    capital(model) {
      const view = folds.capital.state().models[model]
      const latest = view?.history.at(-1)
      if (view === undefined || latest === undefined) return null
      const { artifact, fraction, granted, haltedBy, pendingReview } = view
      const { position, why, cut } = latest
      return {
        artifact,
        fraction,
        granted,
        haltedBy,
        position,
        why,
        cause: cut?.cause ?? null,
        value: cut?.value ?? null,
        pendingReview,
      }
    },
  }
}
