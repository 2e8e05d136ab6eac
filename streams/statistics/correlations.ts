/** Pearson's correlations of columns that come one after another: those of a pair are worked out once. */
import type { Columns } from './linear.ts'
import { isDegenerate, meanOf, squaresAbout } from './moments.ts'

/** Columns from their means, and the sum of their squares: NaN where one does not vary. */
type Deviations = Readonly<{ values: Float64Array; squares: number }>

/** As many columns stay near the processor while all that come after them pass by. */
const BLOCK = 16
/** A sum waits for the one before it, so that four sums at a time take little longer than one. */
const AT_A_TIME = 4

/**
 * A column is known by its array, which nobody changes afterwards. A new one costs one pass over each of those that are there; a
 * correlation is of its two columns alone, so that it has the same bits in whatever order they came. Memory: 8 bytes a pair, and
 * each column once more.
 */
export class Correlations {
  readonly #places = new Map<Float64Array, number>()
  readonly #deviations: Deviations[] = []
  /** Of each column, its correlations with those up to itself. */
  readonly #rows: Float64Array[] = []

  /** Of every two of the columns, 1 along the diagonal; NaN beside one that does not vary. */
  matrix(columns: Columns): Columns {
    this.#add(columns.filter((column) => !this.#places.has(column)))
    const places = columns.map((column) => this.#places.get(column) ?? 0)
    const matrix = columns.map(() => new Float64Array(columns.length).fill(1))
    for (const [i, place] of places.entries())
      for (let j = 0; j < i; j++) {
        const other = places[j]
        matrix[i][j] = place > other ? this.#rows[place][other] : this.#rows[other][place]
        matrix[j][i] = matrix[i][j]
      }
    return matrix
  }

  #add(columns: Columns): void {
    const first = this.#deviations.length
    for (const column of new Set(columns)) {
      this.#places.set(column, this.#deviations.length)
      this.#deviations.push(deviationsOf(column))
    }
    const count = this.#deviations.length
    for (let place = first; place < count; place++) this.#rows.push(new Float64Array(place + 1))
    for (let from = 0; from < count; from += BLOCK)
      for (let place = Math.max(from, first); place < count; place++)
        this.#correlate(place, from, Math.min(from + BLOCK, place + 1))
  }

  /** A column with those from one place to another. */
  #correlate(place: number, from: number, to: number): void {
    const [row, columns] = [this.#rows[place], this.#deviations]
    const { values, squares } = columns[place]
    const at = (other: number) => columns[Math.min(other, to - 1)].values
    for (let one = from; one < to; one += AT_A_TIME) {
      const sums = fourSums(values, at(one), at(one + 1), at(one + 2), at(one + 3))
      for (let other = one; other < Math.min(one + AT_A_TIME, to); other++)
        row[other] = sums[other - one] / Math.sqrt(squares * columns[other].squares)
    }
  }
}

/** Pearson's correlations of every two columns; NaN beside a column that does not vary. */
export const correlationMatrix = (columns: Columns): Columns => new Correlations().matrix(columns)

function deviationsOf(column: Float64Array): Deviations {
  const mean = meanOf(column)
  const squares = isDegenerate(column) ? Number.NaN : squaresAbout(column, mean)
  return { values: column.map((value) => value - mean), squares }
}

/** Of the products of one column with each of four, each sum from the first row to the last. */
function fourSums(x: Float64Array, a: Float64Array, b: Float64Array, c: Float64Array, d: Float64Array) {
  let ab = 0
  let bb = 0
  let cb = 0
  let db = 0
  for (let t = 0; t < x.length; t++) {
    const value = x[t]
    ab += value * a[t]
    bb += value * b[t]
    cb += value * c[t]
    db += value * d[t]
  }
  return [ab, bb, cb, db]
}
