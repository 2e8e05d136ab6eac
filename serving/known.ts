/** What acts read of the platform before they are decided. */
import type { DatasetSpec } from '../schemas/events/data.ts'
import type { TrainingSetSpec } from '../schemas/events/experiment.ts'
import { isSame } from '../schemas/kernel/canonical.ts'
import { openedSet } from './holdout-view.ts'
import type { Platform } from './platform.ts'

/** Whether a data set is declared so. */
export const isDeclared = ({ folds }: Platform, spec: DatasetSpec): boolean => {
  const declared = folds.datasets.state().datasets[spec.dataset]?.spec
  return declared !== undefined && isSame(declared, spec)
}

/** The columns of each data set. */
export const columnsOf = (platform: Platform) =>
  new Map(
    Object.values(platform.folds.datasets.state().datasets).map(({ spec }) => [
      spec.dataset,
      spec.columns.map((column) => column.name),
    ]),
  )

/** What the opening of a holdout lets be frozen under a name. */
export const openedUnder = ({ folds }: Platform, trainingSet: string): TrainingSetSpec | null =>
  folds.registry
    .state()
    .openings.map((opening) => openedSet(folds.experiments.state(), opening))
    .find((set) => set?.trainingSet === trainingSet) ?? null
