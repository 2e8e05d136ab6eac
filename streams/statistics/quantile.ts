/** Sample quantiles by linear interpolation, numpy's default (Hyndman & Fan's type 7). */
import { assert } from '../../schemas/kernel/assert.ts'

/** Ascending; NaN last. */
export const sorted = (series: Float64Array): Float64Array => Float64Array.from(series).sort()

/**
 * The quantile of a series that is in ascending order. NaN for an empty one; infinities are values like any other (between two
 * numbers that have no finite distance it is the nearer one). A NaN sorts last, and makes NaN of the quantiles that reach it.
 */
export function quantileOfSorted(ascending: Float64Array, probability: number): number {
  assert(probability >= 0 && probability <= 1, 'a probability is from 0 to 1')
  if (ascending.length === 0) return Number.NaN
  const place = probability * (ascending.length - 1)
  const below = Math.floor(place)
  const low = ascending[below]
  const high = ascending[Math.min(below + 1, ascending.length - 1)]
  const share = place - below
  if (!Number.isFinite(high - low) && !Number.isNaN(high)) return share < 0.5 ? low : high
  return share < 0.5 ? low + (high - low) * share : high - (high - low) * (1 - share)
}

export const quantileOf = (series: Float64Array, probability: number): number =>
  quantileOfSorted(sorted(series), probability)

export const medianOf = (series: Float64Array): number => quantileOf(series, 0.5)
