/** Trials that one family does not name and that are trials of the same thing all the same: a new name starts no new count. */
import type { ExperimentsState, RunView } from './experiments.ts'

/**
 * Runs of other families on training rows of this one, by the rows' hash or their set's name, or that made the same model
 * file, in the order in which they were started.
 */
export function relatedRuns({ families, runs }: ExperimentsState, family: string): readonly RunView[] {
  const own = (families[family] ?? []).map((run) => runs[run])
  const sets = new Set(own.flatMap(({ spec }) => [spec.trainingSet, spec.trainingSetHash]))
  const files = new Set(own.flatMap(({ artifact }) => artifact ?? []))
  return Object.values(runs)
    .filter(({ spec }) => spec.family !== family)
    .filter(
      ({ spec, artifact }) =>
        sets.has(spec.trainingSet) ||
        sets.has(spec.trainingSetHash) ||
        (artifact !== null && files.has(artifact)),
    )
    .sort((a, b) => a.started - b.started)
}
