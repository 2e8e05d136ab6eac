/** A candidate on the sessions that no trial has read: the file as it stands, scored and traded once, with nothing fitted. */
import type { PortfolioSpec, RunSpec } from '../../schemas/events/experiment.ts'
import type { Opening } from '../../schemas/holdout.ts'
import type { Rows } from '../../schemas/rows.ts'
import { backtest, type Panel } from '../../streams/portfolio/backtest.ts'
import { fitRows, statesOf } from '../../streams/training/held-out.ts'
import { daysBetween, gridOf, panelOf } from '../../streams/training/panel.ts'
import { predictLinear } from '../../streams/training/ridge.ts'
import { column, designOf, everyRow, RETURN, STATE } from '../../streams/training/sample.ts'
import { type Days, daysOf } from './days.ts'

/** What is known of the holdout in force when a candidate is judged. */
export type HoldoutEvidence = Readonly<{
  /** The opening for the candidate's file; null where it is closed to it. */
  opening: (Opening & Readonly<{ position: number }>) | null
  /** What was frozen of it for the file; null until it is. */
  rows: Rows | null
  /** How often it was opened up to here, for whatever file. */
  openings: number
  /** Trials that count for the candidate and were started on sessions of the holdout, before it was one. */
  readBy: number
}>

type Candidate = Readonly<{
  run: RunSpec
  portfolio: PortfolioSpec
  /** What the file scores, where it was made elsewhere. */
  scores?: Float64Array | null
}>

/**
 * A built-in model is the run's trainer on all of its training rows: the fit that the file was written from.
 * @param held rows of the holdout, with the columns of the training set
 */
export function holdoutDays(training: Rows, held: Rows, candidate: Candidate): Days {
  const { run, portfolio } = candidate
  const scores = candidate.scores ?? scoresOfFit(training, held, run)
  const grid = gridOf(held, everyRow(held))
  const panel = (values: Float64Array) => panelOf(held, grid, values)
  const { neutralise } = portfolio
  const traded: Panel = {
    scores: panel(scores),
    returns: panel(column(held, RETURN)),
    states: panel(column(held, STATE)).map(statesOf),
    days: daysBetween(grid),
    ...(neutralise !== null && { neutral: panel(column(held, neutralise)) }),
  }
  return daysOf(grid, backtest(traded, portfolio))
}

function scoresOfFit(training: Rows, held: Rows, run: RunSpec): Float64Array {
  const model = fitRows(training, run, everyRow(training))
  const x = designOf(held, run.features, everyRow(held))
  const width = run.features.length
  return Float64Array.from({ length: held.length }, (_, row) =>
    predictLinear(model, x.subarray(row * width, (row + 1) * width)),
  )
}
