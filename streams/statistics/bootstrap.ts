/** The stationary bootstrap of Politis & Romano (1994): blocks of geometric length from a series that is bent to a circle. */
import { assert } from '../../schemas/kernel/assert.ts'
import type { Uniform } from './random.ts'

/** A resample, block by block: where each begins, and how many rows it takes. Only the first `count` are of this one. */
export type Blocks = { readonly starts: Int32Array; readonly lengths: Int32Array; count: number }

type BlockOptions = Readonly<{
  uniform: Uniform
  /** Rows of the series, at least 1. */
  from: number
  /** Rows of a resample. */
  rows: number
  /** At least 1. */
  meanLength: number
}>

/** Two numbers make a block, or one; so many are drawn at a time. */
const DRAWS = 1024

/**
 * Draws resample after resample into the same arrays. A start and a length per block instead of a start and a coin per row:
 * the law of the resample is the same. It draws places, not values: what is missing in a series is drawn as often as anything else,
 * so a series with holes is refused before (`lacking`).
 */
export function stationaryBlocks({ uniform, from, rows, meanLength }: BlockOptions): () => Blocks {
  assert(from >= 1 || rows === 0, 'a resample is drawn from at least one row')
  const { slices, lengthOf } = geometric(meanLength)
  // Rows by themselves have no length to draw.
  const alone = meanLength === 1
  const starts = new Int32Array(rows)
  const lengths = new Int32Array(rows)
  const blocks: Blocks = { starts, lengths, count: 0 }
  const draws = new Float64Array(DRAWS)
  let next = DRAWS
  return () => {
    let count = 0
    for (let left = rows; left > 0; count++) {
      if (next === DRAWS) {
        uniform.fill(draws)
        next = 0
      }
      const start = (from * draws[next++]) | 0
      let length = 1
      if (!alone) {
        const u = draws[next++]
        length = Math.min(slices[(u * SLICES) | 0] || lengthOf(u), from, left)
      }
      starts[count] = start
      lengths[count] = length
      left -= length
    }
    blocks.count = count
    return blocks
  }
}

const SLICES = 4096

/**
 * The geometric law by inversion: the chance to go on after each row is 1 − 1/mean. Where a slice of the unit line lies within
 * one length, that length stands in `slices` and needs no logarithm; elsewhere 0 does.
 */
function geometric(mean: number) {
  assert(mean >= 1 && mean < Number.POSITIVE_INFINITY, 'a mean block length is at least 1, and finite')
  const logStay = Math.log1p(-1 / mean)
  const lengthOf = (u: number): number => 1 + Math.floor(Math.log1p(-u) / logStay)
  const slices = Int32Array.from({ length: SLICES }, (_, k) => {
    const [low, high] = [lengthOf(k / SLICES), lengthOf((k + 1) / SLICES - 2 ** -40)]
    return low === high ? low : 0
  })
  return { slices, lengthOf }
}

/** The rows of a resample, from a series that was doubled. */
export function resampleInto(
  target: Float64Array,
  twice: Float64Array,
  { starts, lengths, count }: Blocks,
): void {
  let at = 0
  for (let block = 0; block < count; block++) {
    const start = starts[block]
    const length = lengths[block]
    for (let i = 0; i < length; i++) target[at + i] = twice[start + i]
    at += length
  }
}

/** A series followed by itself, so that a block of a circle is one run. */
export function doubled(series: Float64Array): Float64Array {
  const twice = new Float64Array(2 * series.length)
  twice.set(series)
  twice.set(series, series.length)
  return twice
}
