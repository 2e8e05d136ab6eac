/** The references of a model in force: each of its features in the training set, as drift is measured against it. */
import { columnOf, type Rows } from '../../schemas/rows.ts'
import type { LiveModel } from '../inference/ports.ts'
import type { ChunkStore } from '../log/chunks.ts'
import { insufficient, type Measured } from '../statistics/measured.ts'
import { readFrozen } from '../training/frozen.ts'
import { pick, RESERVED } from '../training/sample.ts'
import type { TrialLedger } from '../training/trials.ts'
import { type FeatureReference, type ReferenceDays, referenceOf } from './feature-drift.ts'

/** One for each feature of the model's run, in its order. */
export type References = (live: LiveModel) => Promise<readonly Measured<FeatureReference>[]>

/** Of each model those of the file that was asked for last are kept: they hold all values that it was trained on. */
export function referencesIn({
  chunks,
  trials,
}: Readonly<{ chunks: ChunkStore; trials: TrialLedger }>): References {
  const references = new Map<
    string,
    Readonly<{ artifact: string; made: readonly Measured<FeatureReference>[] }>
  >()
  return async (live) => {
    const known = references.get(live.model)
    if (known?.artifact === live.artifact) return known.made
    references.delete(live.model)
    const set = trials.trial(live.run.run)?.trainingSet
    const days = set == null ? undefined : daysIn(await readFrozen(chunks, set))
    const made = live.run.features.map((name) =>
      days === undefined
        ? insufficient('the training set is not at hand')
        : referenceOf(days(name), live.run.features.length),
    )
    references.set(live.model, { artifact: live.artifact, made })
    return made
  }
}

/** Columns of the training set, one array a session, in order of time: of the rows that have some feature. */
function daysIn(rows: Rows): (name: string) => ReferenceDays {
  const isWanted = new Uint8Array(rows.length)
  for (const { name, values } of rows.columns)
    if (!RESERVED.includes(name))
      for (let row = 0; row < rows.length; row++) if (!Number.isNaN(values[row])) isWanted[row] = 1
  const order = Uint32Array.from(isWanted.keys()).filter((row) => isWanted[row] === 1)
  // As they are frozen they are in order already.
  const isInOrder = order.every((row, at) => at === 0 || rows.knownAt[order[at - 1]] <= rows.knownAt[row])
  if (!isInOrder) order.sort((a, b) => rows.knownAt[a] - rows.knownAt[b] || a - b)
  const days: Uint32Array[] = []
  let from = 0
  for (let at = 1; at <= order.length; at++) {
    if (at < order.length && rows.knownAt[order[at]] === rows.knownAt[order[from]]) continue
    days.push(order.subarray(from, at))
    from = at
  }
  return (name) => {
    const values = columnOf(rows, name)
    return values === undefined ? [] : days.map((day) => pick(values, day))
  }
}
