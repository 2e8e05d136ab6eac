/** Judges a way of training on data that it did not see: purged walk-forward, then the portfolio it would have held. */
import type { RunSpec } from '../../schemas/events/experiment.ts'
import type { Rows } from '../../schemas/rows.ts'
import type { DayResult } from '../portfolio/account.ts'
import { backtest, type Panel } from '../portfolio/backtest.ts'
import { meanOf } from '../statistics/moments.ts'
import { spearman } from '../statistics/ranks.ts'
import { annualise, sharpeOf } from '../statistics/sharpe.ts'
import { fitRidge, predictLinear } from './ridge.ts'
import { column, designOf, LABEL, LABEL_TO, pick, RETURN } from './sample.ts'
import { walkForward } from './split/walk-forward.ts'

/** A held-out score for each row that lies in a test block. */
export type HeldOut = Readonly<{ rows: Uint32Array; scores: Float64Array }>

/** Trains on the past of each block and scores the block. */
export function heldOutScores(rows: Rows, spec: RunSpec): HeldOut {
  const samples = { t0: rows.knownAt, t1: column(rows, LABEL_TO) }
  const tested: number[] = []
  const scored: number[] = []
  for (const fold of walkForward(samples, blocksOf(rows, spec.folds))) {
    const model = fitRows(rows, spec, fold.train)
    const x = designOf(rows, spec.features, fold.test)
    const columns = spec.features.length
    for (let r = 0; r < fold.test.length; r++) {
      tested.push(fold.test[r])
      scored.push(predictLinear(model, x.subarray(r * columns, (r + 1) * columns)))
    }
  }
  return { rows: Uint32Array.from(tested), scores: Float64Array.from(scored) }
}

/** A first block to train on and `folds` test blocks after it, all of about the same number of days. */
function blocksOf(rows: Rows, folds: number) {
  const days = new Set(rows.knownAt).size
  const trainSize = Math.floor(days / (folds + 1))
  return { window: 'expanding', trainSize, testSize: Math.ceil((days - trainSize) / folds) } as const
}

/** Fits the run's trainer on the given rows. */
export function fitRows(rows: Rows, spec: RunSpec, which: ArrayLike<number>) {
  const alpha = spec.params.find((one) => one.name === 'alpha')?.value ?? 1
  const x = designOf(rows, spec.features, which)
  const y = pick(column(rows, LABEL), which)
  return fitRidge({ x, y, columns: spec.features.length }, alpha)
}

/** One entry a decision moment, in order of time; an entity without a row that day has NaN. */
export type DayPanel = Panel & Readonly<{ moments: Float64Array; labels: readonly Float64Array[] }>

/** Arranges held-out scores by day and entity. */
export function panelOf(rows: Rows, heldOut: HeldOut): DayPanel {
  const moments = Float64Array.from(new Set(Array.from(heldOut.rows, (row) => rows.knownAt[row]))).sort()
  const dayOf = new Map(Array.from(moments, (moment, day) => [moment, day]))
  const blank = () => Array.from(moments, () => new Float64Array(rows.entities.length).fill(Number.NaN))
  const [scores, returns, labels] = [blank(), blank(), blank()]
  const [dayReturn, label] = [column(rows, RETURN), column(rows, LABEL)]
  for (const [at, row] of heldOut.rows.entries()) {
    const day = dayOf.get(rows.knownAt[row]) ?? 0
    scores[day][rows.entity[row]] = heldOut.scores[at]
    returns[day][rows.entity[row]] = dayReturn[row]
    labels[day][rows.entity[row]] = label[row]
  }
  return { moments, scores, returns, labels }
}

export type Evaluation = Readonly<{
  panel: DayPanel
  days: readonly DayResult[]
  /** A figure that is undefined is left out. */
  metrics: readonly { name: string; value: number }[]
}>

export function evaluate(rows: Rows, spec: RunSpec): Evaluation & { heldOut: HeldOut } {
  const heldOut = heldOutScores(rows, spec)
  const panel = panelOf(rows, heldOut)
  const days = backtest(panel, spec.portfolio)
  const net = Float64Array.from(days, (day) => day.net)
  const gross = Float64Array.from(days, (day) => day.gross)
  const correlations = Float64Array.from(panel.scores, (scores, day) => spearman(scores, panel.labels[day]))
  const metrics = [
    { name: 'days', value: days.length },
    { name: 'sharpe', value: sharpeOf(net) },
    { name: 'sharpe_annual', value: annualise(sharpeOf(net)) },
    { name: 'sharpe_annual_gross', value: annualise(sharpeOf(gross)) },
    { name: 'return_annual', value: meanOf(net) * 252 },
    { name: 'turnover_daily', value: meanOf(Float64Array.from(days, (day) => day.turnover)) },
    { name: 'information_coefficient', value: meanOf(correlations.filter(Number.isFinite)) },
  ].filter(({ value }) => Number.isFinite(value))
  return { heldOut, panel, days, metrics }
}
