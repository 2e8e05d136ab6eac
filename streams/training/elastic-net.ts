/** The elastic net, by coordinate descent on sums about the means. */
import { CholeskyDecomposition, Matrix } from 'ml-matrix'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { LinearModel } from '../inference/linear-file.ts'
import type { Centred } from './centred.ts'

/** Of what the first sweep moved the objective by: a sweep that moves it by less is the last. */
const TOLERANCE = 1e-14
const MOST_SWEEPS = 100_000
/** After so many sweeps the columns that count are tried as they are by then. */
const SWEEPS_BETWEEN = 100

export type Penalty = Readonly<{
  /** Above 0. */
  alpha: number
  /** Above 0 and at most 1, which is the lasso. */
  l1Ratio: number
}>

/**
 * Minimises |y - Xb - a|^2 / 2n + alpha (l1Ratio |b|_1 + (1 - l1Ratio) |b|^2 / 2) with the intercept a left free (Zou & Hastie 2005; the
 * objective of scikit-learn's ElasticNet). Cyclic coordinate descent with covariance updates (Friedman, Hastie & Tibshirani 2010, equations
 * 5 and 9) finds which columns count, and with which sign; for those the minimum is then in closed form, and is taken where no other column
 * would move it.
 * @throws Refusal `experiment.not-solvable`, `experiment.not-converged`
 */
export function solveElasticNet(centred: Centred, { alpha, l1Ratio }: Penalty): LinearModel {
  const { rows, gram, moment, meanX, meanY } = centred
  const unsolvable = () => refuse('experiment.not-solvable', { trainer: 'elastic-net', alpha })
  const isSound = alpha > 0 && l1Ratio > 0 && l1Ratio <= 1 && [...gram, ...moment].every(Number.isFinite)
  if (!isSound) throw unsolvable()
  const problem = {
    gram: wholeOf(gram, moment.length),
    moment,
    lasso: alpha * l1Ratio * rows,
    ridge: alpha * (1 - l1Ratio) * rows,
  }
  const coefficients = descended(problem)
  if (coefficients === null) throw refuse('experiment.not-converged', { alpha, l1Ratio, sweeps: MOST_SWEEPS })
  let intercept = meanY
  for (const [c, mean] of meanX.entries()) intercept -= coefficients[c] * mean
  if (![...coefficients, intercept].every(Number.isFinite)) throw unsolvable()
  return { coefficients, intercept }
}

/** Both halves of XᵀX, Xᵀy, and both penalties times the rows. */
type Problem = Readonly<{ gram: Float64Array; moment: Float64Array; lasso: number; ridge: number }>

function wholeOf(upper: Float64Array, columns: number): Float64Array {
  const whole = Float64Array.from(upper)
  for (let c = 0; c < columns; c++)
    for (let k = 0; k < c; k++) whole[c * columns + k] = upper[k * columns + c]
  return whole
}

/** Null where it comes to no end. */
function descended(problem: Problem): Float64Array | null {
  const { gram, moment, lasso, ridge } = problem
  const columns = moment.length
  const coefficients = new Float64Array(columns)
  /** Xᵀ(y - Xb). */
  const left = Float64Array.from(moment)
  let first = 0
  for (let sweep = 1; sweep <= MOST_SWEEPS; sweep++) {
    let most = 0
    for (let c = 0; c < columns; c++) {
      const own = gram[c * columns + c]
      const before = coefficients[c]
      // A column without variance says nothing.
      const after = own + ridge > 0 ? shrunk(left[c] + own * before, lasso) / (own + ridge) : 0
      const move = after - before
      if (move === 0) continue
      coefficients[c] = after
      for (let k = 0; k < columns; k++) left[k] -= gram[c * columns + k] * move
      most = Math.max(most, move * move * (own + ridge))
    }
    first ||= most
    const isOver = most <= TOLERANCE * first
    if (isOver || sweep % SWEEPS_BETWEEN === 0) {
      const exact = closedForm(problem, coefficients)
      if (exact !== null) return exact
      if (isOver) return coefficients
    }
  }
  return null
}

/** Soft thresholding. */
const shrunk = (value: number, by: number): number => Math.sign(value) * Math.max(Math.abs(value) - by, 0)

/** The minimum over the columns that count, with their signs; null where it has others, or is not alone. */
function closedForm({ gram, moment, lasso, ridge }: Problem, near: Float64Array): Float64Array | null {
  const columns = moment.length
  const counting = [...near.keys()].filter((c) => near[c] !== 0)
  const exact = new Float64Array(columns)
  if (counting.length > 0) {
    const normal = new Matrix(
      counting.map((c) => counting.map((k) => gram[c * columns + k] + (c === k ? ridge : 0))),
    )
    const decomposition = new CholeskyDecomposition(normal)
    if (!decomposition.isPositiveDefinite()) return null
    const right = counting.map((c) => moment[c] - lasso * Math.sign(near[c]))
    const solution = decomposition.solve(Matrix.columnVector(right)).to1DArray()
    for (const [i, c] of counting.entries()) exact[c] = solution[i]
  }
  const isSame = counting.every((c) => Math.sign(exact[c]) === Math.sign(near[c]))
  return isSame && noneMoves({ gram, moment, lasso, ridge }, exact) ? exact : null
}

/** Whether each column that does not count stays so (Friedman, Hastie & Tibshirani 2010, equation 5), but for rounding. */
function noneMoves({ gram, moment, lasso }: Problem, coefficients: Float64Array): boolean {
  const columns = moment.length
  return coefficients.every((one, c) => {
    if (one !== 0) return true
    let pull = moment[c]
    for (let k = 0; k < columns; k++) pull -= gram[c * columns + k] * coefficients[k]
    return Math.abs(pull) <= lasso * (1 + 1e-9) + 1e-12 * Math.abs(moment[c])
  })
}
