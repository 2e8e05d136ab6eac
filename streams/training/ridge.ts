/** Ridge regression, in closed form. */
import { CholeskyDecomposition, Matrix } from 'ml-matrix'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { LinearModel } from '../inference/linear-file.ts'

/** Rows of X one after another, and y. */
export type Design = Readonly<{ x: Float64Array; y: Float64Array; columns: number }>

/**
 * Minimises |y - Xb - a|^2 + alpha |b|^2 with the intercept a left free (Hoerl & Kennard 1970, equation 2.1, on centred
 * columns; the same convention as scikit-learn's Ridge).
 * @param alpha penalty, above 0
 * @throws Refusal `experiment.not-solvable` where the penalty leaves more than one solution, or none
 */
export function fitRidge({ x, y, columns }: Design, alpha: number): LinearModel {
  const rows = y.length
  const meanX = new Float64Array(columns)
  let meanY = 0
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) meanX[c] += x[r * columns + c]
    meanY += y[r]
  }
  for (let c = 0; c < columns; c++) meanX[c] /= rows
  meanY /= rows
  const gram = new Float64Array(columns * columns)
  const moment = new Float64Array(columns)
  const centred = new Float64Array(columns)
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) centred[c] = x[r * columns + c] - meanX[c]
    const centredY = y[r] - meanY
    for (let c = 0; c < columns; c++) {
      moment[c] += centred[c] * centredY
      for (let k = c; k < columns; k++) gram[c * columns + k] += centred[c] * centred[k]
    }
  }
  return solveRidge({ gram, moment, meanX, meanY }, alpha)
}

/** About the means: the upper half of XᵀX, and Xᵀy. */
type Centred = Readonly<{
  gram: Float64Array
  moment: Float64Array
  meanX: Float64Array
  meanY: number
}>

/** The model that centred sums determine. @throws Refusal `experiment.not-solvable` */
export function solveRidge({ gram, moment, meanX, meanY }: Centred, alpha: number): LinearModel {
  const columns = moment.length
  const penalised = new Matrix(columns, columns)
  for (let c = 0; c < columns; c++) {
    for (let k = c; k < columns; k++) {
      const value = gram[c * columns + k] + (c === k ? alpha : 0)
      penalised.set(c, k, value)
      penalised.set(k, c, value)
    }
  }
  // A hole or an overflow in a feature would otherwise come out of the decomposition as an error without a name.
  const areFinite = [...penalised.to1DArray(), ...moment].every(Number.isFinite)
  if (!areFinite || !(alpha > 0)) throw refuse('experiment.not-solvable', { alpha })
  const decomposition = new CholeskyDecomposition(penalised)
  if (!decomposition.isPositiveDefinite()) throw refuse('experiment.not-solvable', { alpha })
  const solution = decomposition.solve(Matrix.columnVector([...moment]))
  const coefficients = Float64Array.from(solution.to1DArray())
  let intercept = meanY
  for (let c = 0; c < columns; c++) intercept -= coefficients[c] * meanX[c]
  if (![...coefficients, intercept].every(Number.isFinite)) throw refuse('experiment.not-solvable', { alpha })
  return { coefficients, intercept }
}

/**
 * The forecast for one row: terms added in the order of the columns, then the intercept.
 * @param from where the row begins
 */
export function predictLinear(
  { coefficients, intercept }: LinearModel,
  row: ArrayLike<number>,
  from = 0,
): number {
  let sum = 0
  for (let c = 0; c < coefficients.length; c++) sum += coefficients[c] * row[from + c]
  return sum + intercept
}
