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

/**
 * Of one half of the blocks, the sums of each of its subsets, bit i being the i-th block: Σ d and Σ d² of column k lie side
 * by side at `2 * (subset * strategies + k)`. A subset is the one without its lowest block, and that block, so that the sum
 * of a set never depends on how it was come by.
 */
function subsetSums({ blocks, means, first, second }: BlockSums, from: number): Float64Array {
  const strategies = means.length
  const subsets = 2 ** (blocks / 2)
  const sums = new Float64Array(2 * subsets * strategies)
  for (let subset = 1; subset < subsets; subset++) {
    const lowest = (from + 31 - Math.clz32(subset & -subset)) * strategies
    let rest = 2 * (subset & (subset - 1)) * strategies
    let at = 2 * subset * strategies
    for (let k = 0; k < strategies; k++) {
      sums[at++] = sums[rest++] + first[lowest + k]
      sums[at++] = sums[rest++] + second[lowest + k]
    }
  }
  return sums
}

/** Below this share of Σ d² the rest is rounding: the column does not vary in the half, and ranks below all others. */
const ROUNDING = 1e-10

/** The ratio of each column over a half of the blocks, their sum, the first place of the greatest, and whether it is shared. */
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
  const low = subsetSums(reversed, 0)
  const high = subsetSums(reversed, blocks / 2)
  const rows = (rowsPerBlock * blocks) / 2
  const perRow = 1 / rows
  const offsets = means.map((mean) => mean * rows)
  // mean / sd is (Σ d + n m) / √(Σ d² − (Σ d)² / n), times this.
  const scale = Math.sqrt(rows - 1) / rows
  const bits = blocks / 2
  const mask = 2 ** bits - 1
  return (half, set) => {
    const { sharpes } = half
    let a = 2 * (set & mask) * strategies
    let b = 2 * (set >>> bits) * strategies
    let total = 0
    for (let k = 0; k < strategies; k++) {
      const sum = low[a++] + high[b++]
      const squares = low[a++] + high[b++]
      const spread = squares - sum * sum * perRow
      const sharpe =
        spread > ROUNDING * squares
          ? (scale * (sum + offsets[k])) / Math.sqrt(spread)
          : Number.NEGATIVE_INFINITY
      sharpes[k] = sharpe
      total += sharpe
    }
    half.sum = total
    findBest(half)
  }
}

/** A loop of its own: the ratios are pipelined where nothing branches on them. */
function findBest(half: Half): void {
  const { sharpes } = half
  let best = 0
  let top = sharpes[0]
  let shared = false
  for (let k = 1; k < sharpes.length; k++) {
    const sharpe = sharpes[k]
    if (sharpe < top) continue
    shared = sharpe === top
    if (shared) continue
    top = sharpe
    best = k
  }
  half.best = best
  half.shared = shared
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
