/** Judges a way of training on data that it did not see: purged walk-forward, then the portfolio it would have held. */
import type { RunSpec } from '../../schemas/events/experiment.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { Rows } from '../../schemas/rows.ts'
import { periodsPerYear } from '../calendar/spacing.ts'
import type { LinearModel } from '../inference/linear-file.ts'
import type { DayResult } from '../portfolio/account.ts'
import { backtest, type Panel } from '../portfolio/backtest.ts'
import { meanOf } from '../statistics/moments.ts'
import { spearman, withoutHoles } from '../statistics/ranks.ts'
import { annualise, sharpeOf } from '../statistics/sharpe.ts'
import { centredOf } from './centred.ts'
import { solverOf } from './linear.ts'
import { daysBetween, type Grid, gridOf, panelOf } from './panel.ts'
import { predictLinear } from './ridge.ts'
import {
  column,
  complete,
  designOf,
  LABEL,
  labelEnds,
  pick,
  RETURN,
  SESSION,
  STATE,
  VALUE,
} from './sample.ts'
import type { Fold } from './split/samples.ts'
import { walkForward } from './split/walk-forward.ts'

/** What every run on one training set shares: the folds, and the place of each tested row in a panel of sessions. */
export type Layout = Grid &
  Readonly<{
    /** Their tests, one after another, are the rows of the grid. */
    folds: readonly Fold[]
    returns: readonly Float64Array[]
    states: readonly Uint8Array[]
    labels: readonly Float64Array[]
    /** Value traded of each entity; NaN where the data have no volume. */
    values: readonly Float64Array[]
    /** Calendar days since the session before. */
    days: Float64Array
    periodsPerYear: number
  }>

/** A first block to train on and `folds` test blocks after it, all of about the same number of sessions. */
export function layoutOf(rows: Rows, folds: number): Layout {
  const sessions = new Set(column(rows, SESSION)).size
  const trainSize = Math.floor(sessions / (folds + 1))
  const testSize = Math.ceil((sessions - trainSize) / folds)
  const samples = { t0: rows.knownAt, t1: labelEnds(rows) }
  const split = walkForward(samples, { window: 'expanding', trainSize, testSize })
  const tested = Uint32Array.from(split.flatMap((fold) => [...fold.test]))
  const grid = gridOf(rows, tested)
  const panel = (values: Float64Array) => panelOf(rows, grid, pick(values, tested))
  return {
    folds: split,
    ...grid,
    returns: panel(column(rows, RETURN)),
    states: panel(column(rows, STATE)).map(statesOf),
    labels: panel(column(rows, LABEL)),
    values: panel(column(rows, VALUE)),
    days: daysBetween(grid),
    periodsPerYear: periodsPerYear(grid.sessions),
  }
}

/** An entity without a row has no price. */
export const statesOf = (states: Float64Array): Uint8Array => new Uint8Array(states)

/** Fits the run's trainer on those of the given rows that it can be trained on. @throws Refusal `experiment.nothing-to-train` */
export function fitRows(rows: Rows, spec: RunSpec, which: ArrayLike<number>): LinearModel {
  const trained = complete(rows, [...spec.features, LABEL], which)
  if (trained.length === 0)
    throw refuse('experiment.nothing-to-train', { features: spec.features.join(', ') })
  const x = designOf(rows, spec.features, trained)
  const y = pick(column(rows, LABEL), trained)
  return solverOf(spec)(centredOf({ x, y, columns: spec.features.length }))
}

/** A score for each tested row with all the run's features, by the model of what was known before its block; else NaN. */
function heldOutScores(rows: Rows, spec: RunSpec, layout: Layout): Float64Array {
  const scores = new Float64Array(layout.rows.length)
  const columns = spec.features.length
  let at = 0
  for (const fold of layout.folds) {
    const model = fitRows(rows, spec, fold.train)
    const x = designOf(rows, spec.features, fold.test)
    for (let r = 0; r < fold.test.length; r++) scores[at++] = predictLinear(model, x, r * columns)
  }
  return scores
}

/** What the portfolio is traded from: scores of the tested rows, returns, and what is to be neutralised. */
export function tradedPanel(
  rows: Rows,
  layout: Layout,
  { scores, spec }: Readonly<{ scores: readonly Float64Array[]; spec: RunSpec }>,
): Panel {
  const { neutralise } = spec.portfolio
  const { returns, states, days } = layout
  const panel = { scores, returns, states, days }
  if (neutralise === null) return panel
  return { ...panel, neutral: panelOf(rows, layout, pick(column(rows, neutralise), layout.rows)) }
}

export type Evaluation = Readonly<{
  scores: Float64Array
  days: readonly DayResult[]
  /** A figure that is undefined is left out. */
  metrics: readonly { name: string; value: number }[]
}>

/** @param scores one for each tested row of the layout; those of the built-in trainer unless they are given */
export function evaluate(
  rows: Rows,
  spec: RunSpec,
  layout: Layout,
  scores = heldOutScores(rows, spec, layout),
): Evaluation {
  const panel = tradedPanel(rows, layout, { scores: panelOf(rows, layout, scores), spec })
  const days = backtest(panel, spec.portfolio)
  const series = (name: keyof DayResult) => Float64Array.from(days, (day) => day[name])
  const annual = (name: keyof DayResult) => annualise(sharpeOf(series(name)), layout.periodsPerYear)
  const correlations = Float64Array.from(panel.scores, (one, day) =>
    spearman(...withoutHoles(one, layout.labels[day])),
  )
  const metrics = [
    { name: 'days', value: days.length },
    { name: 'sharpe', value: sharpeOf(series('net')) },
    { name: 'sharpe_annual', value: annual('net') },
    { name: 'sharpe_annual_gross', value: annual('gross') },
    { name: 'return_annual', value: meanOf(series('net')) * layout.periodsPerYear },
    { name: 'turnover_daily', value: meanOf(series('turnover')) },
    { name: 'information_coefficient', value: meanOf(correlations.filter(Number.isFinite)) },
  ].filter(({ value }) => Number.isFinite(value))
  return { scores, days, metrics }
}
