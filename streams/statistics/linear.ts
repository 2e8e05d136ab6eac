/**
 * The linear algebra that the methods need, over ml-matrix: eigenvalues and least squares. A value that is missing, infinite or
 * beyond 1e60 makes every number of an answer NaN: the decompositions are not asked, for they may not return.
 */
import { EigenvalueDecomposition, Matrix, pseudoInverse, SingularValueDecomposition } from 'ml-matrix'
import { assert } from '../../schemas/kernel/assert.ts'
import { isReckonable } from './measured.ts'
import { squaresAbout } from './moments.ts'

/** Columns of equal length. */
export type Columns = readonly Float64Array[]

/** The eigenvalues of a symmetric matrix, ascending. */
export function symmetricEigenvalues(matrix: Columns): Float64Array {
  if (!isWhole(matrix)) return missing(matrix.length)
  const { realEigenvalues } = new EigenvalueDecomposition(toMatrix(matrix), { assumeSymmetric: true })
  return Float64Array.from(realEigenvalues).sort()
}

/** The greatest singular value over the smallest; Infinity for a matrix without full rank. */
export function conditionNumber(columns: Columns): number {
  if (!isWhole(columns)) return Number.NaN
  const values = new SingularValueDecomposition(toMatrix(columns), { autoTranspose: true }).diagonal
  return Math.max(...values) / Math.min(...values)
}

/** Below this share of its own length a column's rest, after those before it, is rounding. */
const COMBINATION = 1e-8

/** The place of the first column that is a combination of those before it, or nothing but zeros; −1 where there is none. */
export function firstCombination(columns: Columns): number {
  const basis: Float64Array[] = []
  for (const [place, column] of columns.entries()) {
    const length = Math.sqrt(squaresAbout(column, 0))
    let rest = column
    // Twice, because once leaves rounding of the size that is looked for.
    for (const unit of [...basis, ...basis]) {
      let along = 0
      for (let t = 0; t < unit.length; t++) along += rest[t] * unit[t]
      rest = rest.map((value, t) => value - along * unit[t])
    }
    const left = Math.sqrt(squaresAbout(rest, 0))
    if (!(left > COMBINATION * length)) return place
    basis.push(rest.map((value) => value / left))
  }
  return -1
}

/** (XᵀX)⁻¹ of columns of full rank. */
export function inverseGram(columns: Columns): Columns {
  if (!isWhole(columns)) return columns.map(() => missing(columns.length))
  const { diagonal, rightSingularVectors } = new SingularValueDecomposition(toMatrix(columns))
  const width = columns.length
  return columns.map((_, i) =>
    Float64Array.from({ length: width }, (__, j) => {
      let sum = 0
      for (let k = 0; k < width; k++)
        sum += (rightSingularVectors.get(i, k) * rightSingularVectors.get(j, k)) / diagonal[k] ** 2
      return sum
    }),
  )
}

/** The coefficients that make Σ b_k X_k closest to y, by singular values (no normal equations). */
export function leastSquares(columns: Columns, y: Float64Array): Float64Array {
  assert(
    columns.every((column) => column.length === y.length),
    'columns and y have one length',
  )
  if (!isWhole([...columns, y])) return missing(columns.length)
  const solution = new SingularValueDecomposition(toMatrix(columns)).solve(Matrix.columnVector(y))
  return Float64Array.from(solution.getColumn(0))
}

/** The same for many y, by the pseudo-inverse: row k of it times y is b_k. */
export function leastSquaresOf(columns: Columns): (y: Float64Array) => Float64Array {
  if (!isWhole(columns)) return () => missing(columns.length)
  const rows = pseudoInverse(toMatrix(columns))
    .to2DArray()
    .map((row) => Float64Array.from(row))
  return (y) =>
    Float64Array.from(rows, (row) => {
      let sum = 0
      for (let i = 0; i < y.length; i++) sum += row[i] * y[i]
      return sum
    })
}

const isWhole = (columns: Columns): boolean =>
  columns.length > 0 && columns[0].length > 0 && columns.every((column) => column.every(isReckonable))

const missing = (length: number): Float64Array => new Float64Array(length).fill(Number.NaN)

/** Nearer to 0 a square is no number of full precision, and the decompositions lose their way: it counts as 0. */
const LEAST = 1e-150

function toMatrix(columns: Columns): Matrix {
  const matrix = Matrix.zeros(columns[0].length, columns.length)
  for (const [j, column] of columns.entries())
    for (let i = 0; i < column.length; i++) matrix.set(i, j, Math.abs(column[i]) < LEAST ? 0 : column[i])
  return matrix
}
