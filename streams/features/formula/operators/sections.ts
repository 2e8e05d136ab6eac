/** Arithmetic over the values of one cross-section, each sum from the first value to the last. */
import { firstAbove, firstAtLeast } from '../../../../schemas/kernel/search.ts'

export function total(x: Float64Array): number {
  let sum = 0
  for (const value of x) sum += value
  return sum
}

/** Taken from the first value, so that equal values have a deviation of exactly zero. */
export function mean(x: Float64Array): number {
  const first = x[0]
  let excess = 0
  for (const value of x) excess += value - first
  return first + excess / x.length
}

export function squaresAbout(x: Float64Array, centre: number): number {
  let squares = 0
  for (const value of x) squares += (value - centre) * (value - centre)
  return squares
}

export function median(x: Float64Array): number {
  const sorted = x.slice().sort()
  const half = sorted.length >>> 1
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2
}

/** Ranks from 1; equal values share the mean of theirs. */
export function averageRanks(x: Float64Array, out: Float64Array): void {
  const sorted = x.slice().sort()
  for (let i = 0; i < x.length; i++) {
    const less = firstAtLeast(sorted, x[i])
    const equal = firstAbove(sorted, x[i]) - less
    out[i] = less + (equal + 1) / 2
  }
}
