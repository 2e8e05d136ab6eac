/** Purged k-fold: contiguous folds, each tested by a model that saw nothing which overlaps it. */
import { refuse } from '../../../schemas/kernel/fault.ts'
import { blockOf, type Cut, type PurgeOptions, purge } from './purge.ts'
import { type Fold, type Moments, momentsOfSamples, rowsOf, type Samples } from './samples.ts'

type KFoldOptions = PurgeOptions & Readonly<{ folds: number }>

/**
 * López de Prado (2018), chapter 7, over distinct moments of `t0`. The block starts at the `t0` of its first sample.
 * @throws Refusal `split.empty-training`, `split.no-label-end`, `split.label-order`, `split.invalid`
 */
export function purgedKFold(samples: Samples, options: KFoldOptions): readonly Fold[] {
  const splitter = 'purged k-fold'
  const moments = momentsOfSamples(samples, splitter)
  return evenCuts(moments.count, options.folds, splitter).map((cut, k) =>
    foldTesting(moments, [cut], { ...options, splitter, fold: k + 1 }),
  )
}

/** Sizes as numpy.array_split has them: the first `count mod folds` folds have one moment more. */
export function evenCuts(count: number, folds: number, splitter: string): readonly Cut[] {
  if (!(Number.isInteger(folds) && folds >= 2 && folds <= count))
    throw refuse('split.invalid', { splitter, problem: `${folds} folds of ${count} moments` })
  const size = Math.floor(count / folds)
  const longer = count % folds
  return Array.from({ length: folds }, (_, k) => ({
    from: k * size + Math.min(k, longer),
    to: (k + 1) * size + Math.min(k + 1, longer),
  }))
}

/** The fold that tests these cuts, which are in order. Cuts that adjoin are one block. */
export function foldTesting(
  moments: Moments,
  cuts: readonly Cut[],
  { fold, splitter, ...options }: PurgeOptions & Readonly<{ fold: number; splitter: string }>,
): Fold {
  const runs: Cut[] = []
  for (const cut of cuts) {
    const last = runs.at(-1)
    if (last?.to === cut.from) runs[runs.length - 1] = { from: last.from, to: cut.to }
    else runs.push(cut)
  }
  const edges = [0, ...runs.flatMap(({ from, to }) => [from, to]), moments.count]
  const between = Array.from({ length: runs.length + 1 }, (_, k) => ({
    from: edges[2 * k],
    to: edges[2 * k + 1],
  }))
  const blocks = runs.map((run) => blockOf(moments, run))
  const left = purge(moments, between, { ...options, blocks })
  if (left.train.length === 0)
    throw refuse('split.empty-training', { fold, splitter, purged: left.purged, embargoed: left.embargoed })
  return { fold, test: joined(runs.map(({ from, to }) => rowsOf(moments, from, to))), ...left }
}

function joined(parts: readonly Uint32Array[]): Uint32Array {
  const whole = new Uint32Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
