/** Sharpe ratios of every half of the blocks, from sums that are made once per block. */
import type { Columns } from '../../streams/statistics/linear.ts'
import { meanOf } from '../../streams/statistics/moments.ts'

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

/** Of one half of the blocks, the sums of each of its subsets: `first[subset * strategies + k]`, bit i being the i-th block. */
type SubsetSums = Readonly<{ first: Float64Array; second: Float64Array }>

/** A subset is the one without its lowest block, and that block: the sum of a set never depends on how it was come by. */
function subsetSums({ blocks, means, first, second }: BlockSums, from: number): SubsetSums {
  const strategies = means.length
  const subsets = 2 ** (blocks / 2)
  const sums = new Float64Array(subsets * strategies)
  const squares = new Float64Array(subsets * strategies)
  for (let subset = 1; subset < subsets; subset++) {
    const rest = (subset & (subset - 1)) * strategies
    const lowest = (from + 31 - Math.clz32(subset & -subset)) * strategies
    const at = subset * strategies
    for (let k = 0; k < strategies; k++) {
      sums[at + k] = sums[rest + k] + first[lowest + k]
      squares[at + k] = squares[rest + k] + second[lowest + k]
    }
  }
  return { first: sums, second: squares }
}

/** Below this share of Σ d² the rest is rounding: the column does not vary in the half, and ranks below all others. */
const ROUNDING = 1e-10

/** The ratio of each column over a half of the blocks, their sum, the place of the greatest, and whether it is shared. */
export type Half = { readonly sharpes: Float64Array; sum: number; best: number; shared: boolean }

export const emptyHalf = (strategies: number): Half => ({
  sharpes: new Float64Array(strategies),
  sum: 0,
  best: 0,
  shared: false,
})

/**
 * Fills in a half, given as a set of blocks: bit i is the i-th block from the last. Any half is a subset of the first half
 * of the blocks and one of the second, so that two additions make a sum of many.
 */
export function halfMeter(sums: BlockSums): (half: Half, set: number) => void {
  const { blocks, rowsPerBlock, means } = sums
  const strategies = means.length
  const reversed = reversedBlocks(sums)
  const { first: lowFirst, second: lowSecond } = subsetSums(reversed, 0)
  const { first: highFirst, second: highSecond } = subsetSums(reversed, blocks / 2)
  const rows = (rowsPerBlock * blocks) / 2
  const perRow = 1 / rows
  const toSd = Math.sqrt(rows - 1)
  return (half, set) => {
    const { sharpes } = half
    const a = (set & (2 ** (blocks / 2) - 1)) * strategies
    const b = (set >>> (blocks / 2)) * strategies
    let total = 0
    let best = 0
    let top = Number.NEGATIVE_INFINITY
    let shared = false
    for (let k = 0; k < strategies; k++) {
      const mean = (lowFirst[a + k] + highFirst[b + k]) * perRow
      const squares = lowSecond[a + k] + highSecond[b + k]
      const spread = squares - mean * mean * rows
      const sharpe =
        spread > ROUNDING * squares
          ? ((mean + means[k]) * toSd) / Math.sqrt(spread)
          : Number.NEGATIVE_INFINITY
      sharpes[k] = sharpe
      total += sharpe
      if (sharpe > top) {
        top = sharpe
        best = k
        shared = false
      } else if (sharpe === top && k > 0) shared = true
    }
    half.sum = total
    half.best = best
    half.shared = shared
  }
}

/** With the last block first, greater sets as numbers are earlier ones in lexicographic order of their blocks. */
function reversedBlocks({ blocks, means, first, second, ...rest }: BlockSums): BlockSums {
  const strategies = means.length
  const turned = (sums: Float64Array) =>
    sums.map((_, i) => sums[(blocks - 1 - Math.floor(i / strategies)) * strategies + (i % strategies)])
  return { ...rest, blocks, means, first: turned(first), second: turned(second) }
}

/** The sets of half of the blocks that hold the first one, in lexicographic order; all others are their complements. */
export function halvesWithFirst(blocks: number): readonly number[] {
  const sets: number[] = []
  for (let set = 2 ** blocks - 1; set >= 2 ** (blocks - 1); set--)
    if (bitsOf(set) === blocks / 2) sets.push(set)
  return sets
}

/** How many bits are set: sums of pairs, of fours, and of all bytes. */
function bitsOf(set: number): number {
  const pairs = set - ((set >>> 1) & 0x55555555)
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333)
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}
