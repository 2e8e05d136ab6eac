/** The stationary bootstrap of Politis & Romano (1994): blocks of geometric length from a series that is bent to a circle. */
import { assert } from '../../schemas/kernel/assert.ts'
import type { Uniform } from './random.ts'

/** A resample, block by block: where each begins, and how many rows it takes. Only the first `count` are of this one. */
export type Blocks = { readonly starts: Uint32Array; readonly lengths: Uint32Array; count: number }

export type BlockOptions = Readonly<{
  uniform: Uniform
  /** Rows of the series. */
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
 * the law of the resample is the same.
 */
export function stationaryBlocks({ uniform, from, rows, meanLength }: BlockOptions): () => Blocks {
  const lengthOf = geometric(meanLength)
  // Rows by themselves have no length to draw.
  const alone = meanLength === 1
  const starts = new Uint32Array(rows)
  const lengths = new Uint32Array(rows)
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
      const start = Math.floor(from * draws[next++])
      const length = alone ? 1 : Math.min(lengthOf(draws[next++]), from, left)
      starts[count] = start
      lengths[count] = length
      left -= length
    }
    blocks.count = count
    return blocks
  }
}

const SLICES = 4096

/** The geometric law by inversion: the chance to go on after each row is 1 − 1/mean. */
function geometric(mean: number): (uniform: number) => number {
  assert(mean >= 1, 'a mean block length is at least 1')
  const logStay = Math.log1p(-1 / mean)
  const lengthOf = (u: number): number => 1 + Math.floor(Math.log1p(-u) / logStay)
  // Where a slice of the unit line lies within one length, that length needs no logarithm.
  const slices = Int32Array.from({ length: SLICES }, (_, k) => {
    const [low, high] = [lengthOf(k / SLICES), lengthOf((k + 1) / SLICES - 2 ** -40)]
    return low === high ? low : 0
  })
  return (u) => {
    const length = slices[Math.floor(u * SLICES)]
    return length === 0 ? lengthOf(u) : length
  }
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
