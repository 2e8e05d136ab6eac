/** Combinatorial purged cross-validation: every choice of k test groups among N, and the paths that they join into. */
import { assert } from '../../../schemas/kernel/assert.ts'
import { refuse } from '../../../schemas/kernel/fault.ts'
import { evenCuts, foldTesting } from './k-fold.ts'
import type { PurgeOptions } from './purge.ts'
import { type Fold, momentsOfSamples, rowsOf, type Samples } from './samples.ts'

const SPLITTER = 'combinatorial purged'
/** More models than this nobody trains; the number is usually a slip. */
const MOST_SPLITS = 100_000

export type CombinatorialOptions = PurgeOptions & Readonly<{ groups: number; testGroups: number }>

export type CombinatorialFold = Fold & Readonly<{ testGroups: readonly number[] }>

export type CombinatorialSplit = Readonly<{
  folds: readonly CombinatorialFold[]
  /** The rows of each group. */
  groups: readonly Uint32Array[]
  /** `paths[j][g]`: the place in `folds` of the model that path j uses for group g. */
  paths: readonly (readonly number[])[]
}>

/**
 * López de Prado (2018), chapter 12: C(N, k) folds in lexicographic order and C(N − 1, k − 1) paths, each of which covers all
 * samples out of sample once.
 * @throws Refusal `split.empty-training`, `split.no-label-end`, `split.label-order`, `split.invalid`
 */
export function combinatorialSplit(samples: Samples, options: CombinatorialOptions): CombinatorialSplit {
  const { groups, testGroups, ...purging } = options
  if (!(Number.isInteger(testGroups) && testGroups >= 1 && testGroups < groups))
    throw refuse('split.invalid', { splitter: SPLITTER, problem: `${testGroups} test groups of ${groups}` })
  const count = choose(groups, testGroups)
  if (count > MOST_SPLITS)
    throw refuse('split.invalid', {
      splitter: SPLITTER,
      problem: `${count} folds, at most ${MOST_SPLITS} are made`,
    })
  const moments = momentsOfSamples(samples, SPLITTER)
  const cuts = evenCuts(moments.count, groups, SPLITTER)
  const choices = combinations(groups, testGroups)
  const folds = choices.map((chosen, k) => ({
    ...foldTesting(
      moments,
      chosen.map((group) => cuts[group]),
      { ...purging, splitter: SPLITTER, fold: k + 1 },
    ),
    testGroups: chosen,
  }))
  return {
    folds,
    groups: cuts.map(({ from, to }) => rowsOf(moments, from, to)),
    paths: pathsOf(groups, testGroups),
  }
}

/**
 * Path j takes, for each group, the j-th fold that tests it.
 * @example pathsOf(6, 2)[0] // [0, 0, 1, 2, 3, 4]
 */
export function pathsOf(groups: number, testGroups: number): readonly (readonly number[])[] {
  const testers: number[][] = Array.from({ length: groups }, () => [])
  for (const [fold, chosen] of combinations(groups, testGroups).entries())
    for (const group of chosen) testers[group].push(fold)
  return testers[0].map((_, path) => testers.map((folds) => folds[path]))
}

/**
 * The paths of what the folds predicted, one value per sample row and path.
 * @param byFold for each fold one value per sample; those of rows that the fold does not test are not read
 */
export function recombined(
  split: CombinatorialSplit,
  byFold: readonly Float64Array[],
): readonly Float64Array[] {
  assert(byFold.length === split.folds.length, 'one row of predictions per fold')
  return split.paths.map((path) => {
    const whole = new Float64Array(byFold[0].length).fill(Number.NaN)
    for (const [group, fold] of path.entries())
      for (const row of split.groups[group]) whole[row] = byFold[fold][row]
    return whole
  })
}

/** "N over k", exact while it is below 2^53. */
export function choose(n: number, k: number): number {
  let product = 1
  for (let i = 1; i <= Math.min(k, n - k); i++) product = Math.round((product * (n - i + 1)) / i)
  return product
}

/** All choices of k among 0..n−1, in lexicographic order. */
export function combinations(n: number, k: number): readonly (readonly number[])[] {
  const all: number[][] = []
  const chosen = Array.from({ length: k }, (_, i) => i)
  for (;;) {
    all.push([...chosen])
    let i = k - 1
    while (i >= 0 && chosen[i] === n - k + i) i--
    if (i < 0) return all
    chosen[i]++
    for (let j = i + 1; j < k; j++) chosen[j] = chosen[j - 1] + 1
  }
}
