/** The final holdout as the gate is handed it: the opening for a file, and what was frozen of it, by the log's word alone. */
import type { HoldoutView } from '../commands/gate/gather.ts'
import type { ExperimentsState } from '../projections/experiment/experiments.ts'
import { openingFor, type RegistryState } from '../projections/model/registry.ts'
import type { TrainingSetSpec } from '../schemas/events/experiment.ts'
import { holdoutSet, type Opening } from '../schemas/holdout.ts'
import { isSame } from '../schemas/kernel/canonical.ts'

export const holdoutView =
  (registry: () => RegistryState, experiments: () => ExperimentsState) =>
  (artifact: string): HoldoutView | null => {
    const { policy, openings } = registry()
    if (policy?.holdout == null) return null
    const { from } = policy.holdout
    const opening = openingFor(registry(), artifact, from)
    const asked = opening === null ? null : openedSet(experiments(), opening)
    const set = asked === null ? undefined : experiments().trainingSets[asked.trainingSet]
    // Another set under its name, which only a hand could have asked for, is not it.
    const genuine = asked !== null && set !== undefined && isSame(set.spec, asked)
    return {
      from,
      opening,
      openings: openings.filter((one) => one.from === from).length,
      frozen: genuine ? (set.frozen?.chunks ?? null) : null,
    }
  }

/** What an opening lets be frozen; null where the run's own training set is not known. */
export function openedSet(
  { runs, trainingSets }: ExperimentsState,
  opening: Opening,
): TrainingSetSpec | null {
  const trained = trainingSets[runs[opening.run]?.spec.trainingSet ?? '']?.spec
  return trained === undefined ? null : holdoutSet(trained, opening)
}
