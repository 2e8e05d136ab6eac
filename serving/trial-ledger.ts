/** The ledger of trials as the gate and the monitors are handed it: what the log holds, not what anybody says. */
import type { ExperimentsState, RunView } from '../projections/experiment/experiments.ts'
import { relatedTrials } from '../projections/experiment/ledger.ts'
import type { Trial, TrialLedger } from '../streams/training/trials.ts'

export function trialLedger(experiments: () => ExperimentsState): TrialLedger {
  const trialOf = (view: RunView): Trial => {
    const [, scores = null, returns = null] = view.chunks
    const { spec, status, artifact, missing, started } = view
    const set = experiments().trainingSets[spec.trainingSet]
    const trainingSet = set?.frozen?.chunks ?? null
    const label = set?.spec.label ?? null
    const formulas =
      (set && experiments().formulas[`${set.spec.featureSet}@${set.spec.featureVersion}`]) ?? []
    const to = set?.spec.to ?? Number.NEGATIVE_INFINITY
    return { spec, status, artifact, missing, started, scores, returns, trainingSet, label, formulas, to }
  }
  return {
    trial: (run) => {
      const view = experiments().runs[run]
      return view === undefined ? undefined : trialOf(view)
    },
    family: (family) => {
      const { ledger, runs } = experiments()
      return [...relatedTrials(ledger, family)].map(([run, relation]) => ({
        ...trialOf(runs[run]),
        relation,
      }))
    },
  }
}
