/** Sharpe ratios of every half of the blocks, from sums that are made once per block. */
import type { Columns } from '../../streams/statistics/linear.ts'
import { meanOf } from '../../streams/statistics/moments.ts'
import { combinations } from '../../streams/training/split/combinatorial.ts'

/** `first[b * strategies + k]` and `second`: Σ d and Σ d² of column k in block b, d being measured from the column's mean. */
export type BlockSums = Readonly<{
  blocks: number
  rowsPerBlock: number
  means: Float64Array
  first: Float64Array
  second: Float64Array
}>

/** Measuring from the mean keeps the digits of Σ d² that a large mean would eat. */
export function blockSums(columns: Columns, blocks: number): BlockSums {
  const rowsPerBlock = columns[0].length / blocks
  const strategies = columns.length
  const means = Float64Array.from(columns, meanOf)
  const first = new Float64Array(blocks * strategies)
  const second = new Float64Array(blocks * strategies)
  for (const [k, column] of columns.entries())
    for (let block = 0; block < blocks; block++) {
      let [sum, squares] = [0, 0]
      for (let row = block * rowsPerBlock; row < (block + 1) * rowsPerBlock; row++) {
        const d = column[row] - means[k]
        sum += d
        squares += d * d
      }
      first[block * strategies + k] = sum
      second[block * strategies + k] = squares
    }
  return { blocks, rowsPerBlock, means, first, second }
}

/** `scores[s * strategies + k]`: the ratio of column k in the s-th subset of half of the blocks, in lexicographic order. */
export type SharpeOfHalf = Readonly<{ subsets: number; scores: Float64Array }>

/** Below this share of Σ d² the rest is rounding: the column does not vary in the half, and ranks below all others. */
const ROUNDING = 1e-10

export function sharpesOfHalf({ blocks, rowsPerBlock, means, first, second }: BlockSums): SharpeOfHalf {
  const strategies = means.length
  const subsets = combinations(blocks, blocks / 2)
  const rows = (rowsPerBlock * blocks) / 2
  const scores = new Float64Array(subsets.length * strategies)
  const sums = new Float64Array(strategies)
  const squares = new Float64Array(strategies)
  for (const [s, subset] of subsets.entries()) {
    sums.fill(0)
    squares.fill(0)
    for (const block of subset) {
      const at = block * strategies
      for (let k = 0; k < strategies; k++) {
        sums[k] += first[at + k]
        squares[k] += second[at + k]
      }
    }
    const at = s * strategies
    for (let k = 0; k < strategies; k++) {
      const spread = squares[k] - (sums[k] * sums[k]) / rows
      const sd = Math.sqrt(spread / (rows - 1))
      scores[at + k] =
        spread > ROUNDING * squares[k] ? (sums[k] / rows + means[k]) / sd : Number.NEGATIVE_INFINITY
    }
  }
  return { subsets: subsets.length, scores }
}
