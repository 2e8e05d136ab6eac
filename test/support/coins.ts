/** The stationary bootstrap as it was published: a coin and a fresh start for every row, drawn in the order of other languages. */
import type { Blocks } from '../../streams/statistics/bootstrap.ts'
import type { Uniform } from '../../streams/statistics/random.ts'

/** Where a coin is above p = 1/length the row after the last is taken, else the fresh start. */
export function blocksOfCoins(starts: Uint32Array, coins: Float64Array, blockLength: number): Blocks {
  const begins = [...starts.keys()].filter((i) => i === 0 || coins[i] <= 1 / blockLength)
  const ends = [...begins.slice(1), starts.length]
  return {
    starts: Int32Array.from(begins, (i) => starts[i]),
    lengths: Int32Array.from(begins, (i, block) => ends[block] - i),
    count: begins.length,
  }
}

/** n starts are drawn, and then n coins. */
export function tossBlocks(n: number, blockLength: number, uniform: Uniform): Blocks {
  const starts = Uint32Array.from({ length: n }, () => Math.floor(n * uniform()))
  const coins = Float64Array.from({ length: n }, () => uniform())
  return blocksOfCoins(starts, coins, blockLength)
}
