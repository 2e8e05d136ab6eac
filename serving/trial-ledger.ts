/** The ledger of trials as the gate and the monitors are handed it: what the log holds, not what anybody says. */
import type { ExperimentsState, RunView } from '../projections/experiment/experiments.ts'
import { relatedTrials } from '../projections/experiment/ledger.ts'
import type { Trial, TrialLedger } from '../streams/training/trials.ts'

export function trialLedger(experiments: () => ExperimentsState): TrialLedger {
  const trialOf = (view: RunView): Trial => {
    const [, scores = null, returns = null] = view.chunks
    const { spec, status, artifact, missing, started, splits } = view
    const set = experiments().trainingSets[spec.trainingSet]
    const trainingSet = set?.frozen?.chunks ?? null
    const label = set?.spec.label ?? null
    const formulas =
      (set && experiments().formulas[`${set.spec.featureSet}@${set.spec.featureVersion}`]) ?? []
    const to = set?.spec.to ?? Number.NEGATIVE_INFINITY
    return {
      ...{ spec, status, artifact, missing, started, scores, returns },
      ...{ trainingSet, label, formulas, to, splits },
    }
  }
  return {
    trial: (run) => {
      const view = experiments().runs[run]
      return view === undefined ? undefined : trialOf(view)
    },
    family: (family) => {
      const { ledger, runs, attested } = experiments()
      return [...relatedTrials(ledger, family)].map(([run, relation]) => {
        if (!Object.hasOwn(runs, run)) {
          const { family: of, status, started } = attested[run]
          return { ...UNSEEN, run, family: of, status, started, relation }
        }
        const own = trialOf(runs[run])
        const { spec, status, artifact, started, to } = own
        return { run: spec.run, family: spec.family, status, artifact, started, to, relation, own }
      })
    },
  }
}

/** What the platform knows of the days of a trial that it did not run. */
const UNSEEN = { artifact: null, to: Number.NEGATIVE_INFINITY, own: null } as const
