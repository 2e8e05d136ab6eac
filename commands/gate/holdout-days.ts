/** A candidate on the sessions that no trial has read: the file as it stands, scored and traded once, with nothing fitted. */
import type { PortfolioSpec, RunSpec } from '../../schemas/events/experiment.ts'
import type { Opening } from '../../schemas/holdout.ts'
import type { Rows } from '../../schemas/rows.ts'
import { backtest, type Panel } from '../../streams/portfolio/backtest.ts'
import { fitRows } from '../../streams/training/held-out.ts'
import { gridOf, panelOf } from '../../streams/training/panel.ts'
import { predictLinear } from '../../streams/training/ridge.ts'
import { column, designOf, RETURN } from '../../streams/training/sample.ts'
import type { Days } from './days.ts'

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

/**
 * The model is the run's trainer on all of its training rows: the fit that the file was written from.
 * @param held rows of the holdout, with the columns of the training set
 */
export function holdoutDays(
  training: Rows,
  held: Rows,
  { run, portfolio }: Readonly<{ run: RunSpec; portfolio: PortfolioSpec }>,
): Days {
  const everything = (rows: Rows) => Uint32Array.from({ length: rows.length }, (_, row) => row)
  const model = fitRows(training, run, everything(training))
  const x = designOf(held, run.features, everything(held))
  const width = run.features.length
  const scores = Float64Array.from({ length: held.length }, (_, row) =>
    predictLinear(model, x.subarray(row * width, (row + 1) * width)),
  )
  const grid = gridOf(held, everything(held))
  const panel = (values: Float64Array) => panelOf(held, grid, values)
  const { neutralise } = portfolio
  const traded: Panel = {
    scores: panel(scores),
    returns: panel(column(held, RETURN)),
    ...(neutralise !== null && { neutral: panel(column(held, neutralise)) }),
  }
  const days = backtest(traded, portfolio)
  const series = (name: 'gross' | 'cost' | 'net' | 'turnover') => Float64Array.from(days, (day) => day[name])
  return {
    moments: grid.moments,
    gross: series('gross'),
    cost: series('cost'),
    net: series('net'),
    turnover: series('turnover'),
  }
}
