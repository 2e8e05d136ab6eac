/** Combinatorial purged cross-validation of a run: every fold's model, and the book that each path would have traded. */
import type { RunSpec } from '../../schemas/events/experiment.ts'
import type { Rows } from '../../schemas/rows.ts'
import type { LinearModel } from '../inference/linear-file.ts'
import type { DayResult } from '../portfolio/account.ts'
import { backtest } from '../portfolio/backtest.ts'
import { statesOf } from './held-out.ts'
import { solverOf } from './linear.ts'
import { daysBetween, gridOf, panelOf } from './panel.ts'
import { addRows, addSums, noRows, originOf, type RowSums, solveSums } from './row-sums.ts'
import { column, complete, designOf, everyRow, LABEL, labelEnds, RETURN, STATE } from './sample.ts'
import {
  type CombinatorialOptions,
  type CombinatorialSplit,
  combinatorialSplit,
} from './split/combinatorial.ts'

/** The folds of a training set: the same for every run on it. @throws Refusal as `combinatorialSplit` */
export const splitOf = (rows: Rows, options: CombinatorialOptions): CombinatorialSplit =>
  combinatorialSplit({ t0: rows.knownAt, t1: labelEnds(rows) }, options)

/**
 * Each fold's model. The sums of the groups are made once; a fold's training rows are the groups that it does not test,
 * less the rows that purge and embargo left out. Equal to a fit of each fold by itself, but for rounding.
 */
export function foldModels(rows: Rows, spec: RunSpec, split: CombinatorialSplit): readonly LinearModel[] {
  const all = everyRow(rows)
  const columns = spec.features.length
  const trained = [...spec.features, LABEL]
  const design = { x: designOf(rows, spec.features, all), y: column(rows, LABEL), columns }
  const solve = solverOf(spec)
  const origin = originOf(design, complete(rows, trained, all))
  const sumsOf = (which: ArrayLike<number>): RowSums => {
    const sums = noRows(columns)
    addRows(sums, design, { rows: complete(rows, trained, which), origin })
    return sums
  }
  const groups = split.groups.map(sumsOf)
  const group = new Uint8Array(rows.length)
  for (const [g, members] of split.groups.entries()) for (const row of members) group[row] = g
  return split.folds.map(({ train, testGroups }) => {
    const kept = new Uint8Array(rows.length)
    for (let i = 0; i < train.length; i++) kept[train[i]] = 1
    const sums = noRows(columns)
    for (const [g, one] of groups.entries()) if (!testGroups.includes(g)) addSums(sums, one, 1)
    const left: number[] = []
    for (let row = 0; row < rows.length; row++)
      if (kept[row] === 0 && !testGroups.includes(group[row])) left.push(row)
    addSums(sums, sumsOf(left), -1)
    return solveSums(sums, origin, solve)
  })
}

type PathDays = Readonly<{
  sessions: Float64Array
  moments: Float64Array
  paths: readonly (readonly DayResult[])[]
}>

/** Scores of the rows of a group, in their order, by the model of a fold: both by their place in the split. */
export type Scored = (fold: number, group: number) => Float64Array

/** By linear models, one for each fold. */
export function scoredBy(
  rows: Rows,
  spec: RunSpec,
  { split, models }: Readonly<{ split: CombinatorialSplit; models: readonly LinearModel[] }>,
): Scored {
  const features = spec.features.map((name) => column(rows, name))
  return (fold, group) => {
    const { coefficients, intercept } = models[fold]
    const rows = split.groups[group]
    const scores = new Float64Array(rows.length)
    for (let i = 0; i < rows.length; i++) {
      let sum = 0
      for (let c = 0; c < features.length; c++) sum += coefficients[c] * features[c][rows[i]]
      scores[i] = sum + intercept
    }
    return scores
  }
}

/** By scores that each fold's model gave its test rows, in the order of the fold: that of its groups, one after another. */
export const scoredAs =
  (split: CombinatorialSplit, scores: readonly Float64Array[]): Scored =>
  (fold, group) => {
    const { testGroups } = split.folds[fold]
    const from = testGroups
      .filter((one) => one < group)
      .reduce((sum, one) => sum + split.groups[one].length, 0)
    return scores[fold].subarray(from, from + split.groups[group].length)
  }

/** Each path's days: every row is scored by the model of the path that did not see its group. */
export function tradedPaths(
  rows: Rows,
  spec: RunSpec,
  { split, scored }: Readonly<{ split: CombinatorialSplit; scored: Scored }>,
): PathDays {
  const grid = gridOf(rows, everyRow(rows))
  const panel = (values: Float64Array) => panelOf(rows, grid, values)
  const returns = panel(column(rows, RETURN))
  const states = panel(column(rows, STATE)).map(statesOf)
  const days = daysBetween(grid)
  const { neutralise } = spec.portfolio
  const neutral = neutralise === null ? {} : { neutral: panel(column(rows, neutralise)) }
  const paths = split.paths.map((path) => {
    const scores = new Float64Array(rows.length)
    for (const [g, fold] of path.entries()) {
      const found = scored(fold, g)
      for (let i = 0; i < found.length; i++) scores[split.groups[g][i]] = found[i]
    }
    return backtest({ scores: panel(scores), returns, states, days, ...neutral }, spec.portfolio)
  })
  return { sessions: grid.sessions, moments: grid.moments, paths }
}
