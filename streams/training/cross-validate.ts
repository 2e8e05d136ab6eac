/** Combinatorial purged cross-validation of a run: every fold's model, and the book that each path would have traded. */
import type { RunSpec } from '../../schemas/events/experiment.ts'
import type { Rows } from '../../schemas/rows.ts'
import type { LinearModel } from '../inference/linear-file.ts'
import type { DayResult } from '../portfolio/account.ts'
import { backtest } from '../portfolio/backtest.ts'
import { statesOf } from './held-out.ts'
import { daysBetween, gridOf, panelOf } from './panel.ts'
import { addRows, addSums, noRows, originOf, type RidgeSums, solveSums } from './ridge-sums.ts'
import { alphaOf, column, complete, designOf, everyRow, LABEL, labelEnds, RETURN, STATE } from './sample.ts'
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
  const origin = originOf(design, complete(rows, trained, all))
  const sumsOf = (which: ArrayLike<number>): RidgeSums => {
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
    addSums(sums, sumsOf(all.filter((row) => kept[row] === 0 && !testGroups.includes(group[row]))), -1)
    return solveSums(sums, origin, alphaOf(spec))
  })
}

type PathDays = Readonly<{
  sessions: Float64Array
  moments: Float64Array
  paths: readonly (readonly DayResult[])[]
}>

/** Each path's days: every row is scored by the model of the path that did not see its group. */
export function tradedPaths(
  rows: Rows,
  spec: RunSpec,
  { split, models }: Readonly<{ split: CombinatorialSplit; models: readonly LinearModel[] }>,
): PathDays {
  const grid = gridOf(rows, everyRow(rows))
  const panel = (values: Float64Array) => panelOf(rows, grid, values)
  const returns = panel(column(rows, RETURN))
  const states = panel(column(rows, STATE)).map(statesOf)
  const days = daysBetween(grid)
  const { neutralise } = spec.portfolio
  const neutral = neutralise === null ? {} : { neutral: panel(column(rows, neutralise)) }
  const features = spec.features.map((name) => column(rows, name))
  const paths = split.paths.map((path) => {
    const scores = new Float64Array(rows.length)
    for (const [g, fold] of path.entries())
      score(scores, { features, rows: split.groups[g], model: models[fold] })
    return backtest({ scores: panel(scores), returns, states, days, ...neutral }, spec.portfolio)
  })
  return { sessions: grid.sessions, moments: grid.moments, paths }
}

type Scoring = Readonly<{ features: readonly Float64Array[]; rows: Uint32Array; model: LinearModel }>

function score(into: Float64Array, { features, rows, model }: Scoring): void {
  const { coefficients, intercept } = model
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]
    let sum = 0
    for (let c = 0; c < features.length; c++) sum += coefficients[c] * features[c][row]
    into[row] = sum + intercept
  }
}
