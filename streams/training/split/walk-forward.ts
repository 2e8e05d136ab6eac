/** Walk-forward: train on the past, test on what follows, move on. */
import { refuse } from '../../../schemas/kernel/fault.ts'
import type { Micros } from '../../../schemas/kernel/time.ts'
import { blockOf, type PurgeOptions, purge } from './purge.ts'
import { type Fold, type Moments, momentAt, momentsOfSamples, rowsOf, type Samples } from './samples.ts'

const SPLITTER = 'walk-forward'

/** All sizes count distinct moments of `t0`, not rows: a panel has many rows a day. */
type WalkForwardOptions = Omit<PurgeOptions, 'embargoMicros'> &
  Readonly<{
    /** `expanding` keeps all of the past, `rolling` the last `trainSize` moments before the test (before the purge). */
    window: 'expanding' | 'rolling'
    /** The past that the first fold has at least. */
    trainSize: number
    testSize: number
    /** How far the next test starts behind this one; `testSize` unless said otherwise. */
    step?: number
  }>

/**
 * Folds whose training labels were all determined before their test begins. The purge takes the end of the training, never
 * the end of the test. There is no embargo: nothing after a test trains the model that is tested. A last test that is
 * shorter than `testSize` is kept.
 * @throws Refusal `split.empty-training`, `split.no-label-end`, `split.label-order`, `split.invalid`
 */
export function walkForward(samples: Samples, options: WalkForwardOptions): readonly Fold[] {
  const { window, trainSize, testSize, step = testSize } = options
  if (![trainSize, testSize, step].every((size) => Number.isInteger(size) && size >= 1))
    throw refuse('split.invalid', { splitter: SPLITTER, problem: 'sizes and step are whole numbers from 1' })
  const moments = momentsOfSamples(samples, SPLITTER)
  if (moments.count <= trainSize) throw tooFew(moments, trainSize)
  const folds: Fold[] = []
  for (let from = trainSize; from < moments.count; from += step) {
    const to = Math.min(from + testSize, moments.count)
    const trainFrom = window === 'rolling' ? from - trainSize : 0
    folds.push(foldOf(moments, { fold: folds.length + 1, trainFrom, from, to }, options))
  }
  return folds
}

/**
 * The same with tests between given moments, such as the first of each month: test k is every sample with
 * `boundaries[k] <= t0 < boundaries[k + 1]`. A period without samples is left out.
 */
export function walkForwardAt(
  samples: Samples,
  boundaries: readonly Micros[],
  options: Omit<PurgeOptions, 'embargoMicros'> & Readonly<{ trainMicros?: Micros }> = {},
): readonly Fold[] {
  const moments = momentsOfSamples(samples, SPLITTER)
  const firstFrom = (at: Micros): number => {
    let k = 0
    while (k < moments.count && momentAt(moments, k) < at) k++
    return k
  }
  const folds: Fold[] = []
  for (let b = 0; b + 1 < boundaries.length; b++) {
    const [from, to] = [firstFrom(boundaries[b]), firstFrom(boundaries[b + 1])]
    const trainFrom = options.trainMicros === undefined ? 0 : firstFrom(boundaries[b] - options.trainMicros)
    if (to > from) folds.push(foldOf(moments, { fold: folds.length + 1, trainFrom, from, to }, options))
  }
  return folds
}

type Period = Readonly<{ fold: number; trainFrom: number; from: number; to: number }>

function foldOf(moments: Moments, { fold, trainFrom, from, to }: Period, options: PurgeOptions): Fold {
  const blocks = [blockOf(moments, { from, to })]
  const left = purge(moments, [{ from: trainFrom, to: from }], { ...options, blocks })
  if (left.train.length === 0)
    throw refuse('split.empty-training', {
      fold,
      splitter: SPLITTER,
      purged: left.purged,
      embargoed: left.embargoed,
    })
  return { fold, test: rowsOf(moments, from, to), ...left }
}

const tooFew = (moments: Moments, trainSize: number) =>
  refuse('split.invalid', {
    splitter: SPLITTER,
    problem: `${moments.count} moments leave nothing to test after the first ${trainSize}`,
  })
