/** How a part of the report is worked out: a measurement, in the report's own form. */
import { sha256 } from '../../schemas/kernel/canonical.ts'
import { Refusal } from '../../schemas/kernel/fault.ts'
import { insufficient, type Measured, measured } from '../../streams/statistics/measured.ts'
import { type Uniform, xoshiro128 } from '../../streams/statistics/random.ts'
import type { Histogram } from './report-sections.ts'

/** The value of a measurement in another form. */
export const mapped = <T, U>(found: Measured<T>, form: (value: T) => U): Measured<U> =>
  found.kind === 'measured' ? measured(form(found.value)) : found

/** A refusal on the way is a reason why there is nothing; what is not a refusal is not caught. */
export function attempted<T>(work: () => Measured<T>): Measured<T> {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return insufficient(error.message)
  }
}

/**
 * Each section has random numbers of its own, so that one more or less changes no other. They follow from what is judged and
 * by which policy: nobody who asks for a judgement can choose them, and to ask again draws the same.
 */
export const uniformOf = (artifact: string, policyVersion: number, section: string): Uniform =>
  xoshiro128(Number.parseInt(sha256(`${artifact} ${policyVersion} ${section}`).slice(0, 13), 16))

/** Counts in equal bins from the least to the greatest value. */
export function histogramOf(values: Float64Array, bins: number): Histogram {
  let [least, greatest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of values) {
    least = Math.min(least, value)
    greatest = Math.max(greatest, value)
  }
  const width = (greatest - least) / bins
  const counts = new Array<number>(bins).fill(0)
  for (const value of values)
    counts[width > 0 ? Math.min(bins - 1, Math.floor((value - least) / width)) : 0]++
  return { edges: Array.from({ length: bins + 1 }, (_, k) => least + k * width), counts }
}

/** At most `most` places of a series of `length`, evenly, the first and the last among them. */
export function decimated(length: number, most: number): readonly number[] {
  if (length <= most) return Array.from({ length }, (_, i) => i)
  return Array.from({ length: most }, (_, i) => Math.round((i * (length - 1)) / (most - 1)))
}

/** Wealth after each day, from 1. */
export function equityOf(returns: Float64Array): Float64Array {
  let wealth = 1
  return returns.map((value) => {
    wealth *= 1 + value
    return wealth
  })
}
