/** The stationary bootstrap of Politis & Romano (1994): blocks of geometric length from a series that is bent to a circle. */
import { assert } from '../../schemas/kernel/assert.ts'
import type { Uniform } from './random.ts'

/**
 * Rows of one resample from given draws: where a coin is above p = 1/length the row after the last is taken, else the fresh
 * start.
 */
export function stationaryRows(starts: Uint32Array, coins: Float64Array, blockLength: number): Uint32Array {
  const n = starts.length
  const rows = Uint32Array.from(starts)
  for (let i = 1; i < n; i++) if (coins[i] > 1 / blockLength) rows[i] = (rows[i - 1] + 1) % n
  return rows
}

/** The same from a generator: n starts are drawn and then n coins, the order that other languages reproduce. */
export function drawStationaryRows(n: number, blockLength: number, uniform: Uniform): Uint32Array {
  const starts = Uint32Array.from({ length: n }, () => Math.floor(n * uniform()))
  return stationaryRows(starts, Float64Array.from({ length: n }, uniform), blockLength)
}

const SLICES = 4096

/**
 * Lengths of blocks that are drawn whole: a start and a length per block instead of a start and a coin per row. The law of
 * the resample is the same.
 */
export function blockLengths(meanLength: number, uniform: Uniform): () => number {
  assert(meanLength >= 1, 'a mean block length is at least 1')
  if (meanLength === 1) return () => 1
  const logStay = Math.log1p(-1 / meanLength)
  const lengthOf = (u: number): number => 1 + Math.floor(Math.log1p(-u) / logStay)
  // Where a slice of the unit line lies within one length, that length needs no logarithm.
  const slices = Int32Array.from({ length: SLICES }, (_, k) => {
    const [low, high] = [lengthOf(k / SLICES), lengthOf((k + 1) / SLICES - 2 ** -40)]
    return low === high ? low : 0
  })
  return () => {
    const u = uniform()
    const length = slices[Math.floor(u * SLICES)]
    return length === 0 ? lengthOf(u) : length
  }
}

/** A resample of as many rows as `target` has, from a series that was doubled. */
export function resampleInto(
  target: Float64Array,
  twice: Float64Array,
  { uniform, nextLength }: Readonly<{ uniform: Uniform; nextLength: () => number }>,
): void {
  const n = twice.length / 2
  for (let at = 0; at < target.length; ) {
    const start = Math.floor(n * uniform())
    const length = Math.min(nextLength(), n, target.length - at)
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
