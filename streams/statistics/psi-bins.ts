/** Bins that are frozen with a reference: quantiles, and each value that many rows share in a bin of its own. */
import { firstAbove, firstAtLeast } from '../../schemas/kernel/search.ts'
import { quantileOfSorted } from './quantile.ts'

/** The next greater number; Infinity and NaN have none and stay. */
export function nextUp(value: number): number {
  if (!(value < Number.POSITIVE_INFINITY)) return value
  if (value === 0) return Number.MIN_VALUE
  const bits = new BigInt64Array(Float64Array.of(value).buffer)
  bits[0] += value > 0 ? 1n : -1n
  return new Float64Array(bits.buffer)[0]
}

/**
 * Inner edges at the quantiles k/bins; a value on an edge belongs to the bin above it. A value at an edge that
 * several rows share, half a bin's or more, is an atom: it, what lies below it and what lies above it are three bins, so that a constant 1 that becomes 5 and
 * a flag that becomes always set are seen.
 * @param ascending without NaN; infinities are values like any other. No values give no edges.
 */
export function edgesOf(ascending: Float64Array, bins: number): Float64Array {
  const edges = new Set<number>()
  for (let k = 1; k < bins; k++) {
    const edge = quantileOfSorted(ascending, k / bins)
    if (Number.isNaN(edge)) continue
    edges.add(edge)
    const rows = firstAbove(ascending, edge) - firstAtLeast(ascending, edge)
    if (rows > 1 && 2 * bins * rows >= ascending.length) edges.add(nextUp(edge))
  }
  return Float64Array.from(edges).sort()
}

/** Counts per bin (a value on an edge belongs to the bin above it), and the count of NaN last. */
export function binCounts(edges: Float64Array, series: Float64Array): Float64Array {
  const counts = new Float64Array(edges.length + 2)
  for (const value of series) {
    if (Number.isNaN(value)) counts[edges.length + 1]++
    else counts[firstAbove(edges, value)]++
  }
  return counts
}
