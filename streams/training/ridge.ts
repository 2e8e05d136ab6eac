/** Ridge regression, in closed form. */
import { CholeskyDecomposition, Matrix } from 'ml-matrix'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { LinearModel } from '../inference/linear-file.ts'
import { type Centred, centredOf, type Design } from './centred.ts'

/**
 * Minimises |y - Xb - a|^2 + alpha |b|^2 with the intercept a left free (Hoerl & Kennard 1970, equation 2.1, on centred
 * columns; the same convention as scikit-learn's Ridge).
 * @param alpha penalty, above 0
 * @throws Refusal `experiment.not-solvable` where the penalty leaves more than one solution, or none
 */
export const fitRidge = (design: Design, alpha: number): LinearModel => solveRidge(centredOf(design), alpha)

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
  if (!areFinite || !(alpha > 0)) throw refuse('experiment.not-solvable', { trainer: 'ridge', alpha })
  const decomposition = new CholeskyDecomposition(penalised)
  if (!decomposition.isPositiveDefinite())
    throw refuse('experiment.not-solvable', { trainer: 'ridge', alpha })
  const solution = decomposition.solve(Matrix.columnVector([...moment]))
  const coefficients = Float64Array.from(solution.to1DArray())
  let intercept = meanY
  for (let c = 0; c < columns; c++) intercept -= coefficients[c] * meanX[c]
  if (![...coefficients, intercept].every(Number.isFinite))
    throw refuse('experiment.not-solvable', { trainer: 'ridge', alpha })
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
