/** Trials that one family does not name and that are trials of the same thing all the same: a new name starts no new count. */
import type { ExperimentsState, RunView } from './experiments.ts'

/**
 * Runs of the other families that share training rows with this one, by the rows' hash or their set's name, or that made the
 * same model file, and of those that share them with these, and so on, in the order in which they were started. A family
 * counts whole: the search that found a model is not left behind with its old name.
 */
export function relatedRuns({ families, runs }: ExperimentsState, family: string): readonly RunView[] {
  const tracesOf = (of: string): string[] =>
    (families[of] ?? []).flatMap((run) => {
      const { spec, artifact } = runs[run]
      return [spec.trainingSet, spec.trainingSetHash, ...(artifact === null ? [] : [artifact])]
    })
  const found = new Set([family])
  // A set is walked in the order of its growth: families that are added are looked at in their turn.
  for (const one of found) {
    const traces = new Set(tracesOf(one))
    for (const other of Object.keys(families))
      if (tracesOf(other).some((trace) => traces.has(trace))) found.add(other)
  }
  return Object.values(runs)
    .filter(({ spec }) => spec.family !== family && found.has(spec.family))
    .sort((a, b) => a.started - b.started)
}
