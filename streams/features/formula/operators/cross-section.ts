/** Operators over all entities at one event time, taken in the order of their names. Missing ones stay out of it. */
import { acrossEntities, type CrossSection } from '../../across.ts'
import type { Operator } from '../expression.ts'
import { X } from '../parameter.ts'

const row = (name: string, section: CrossSection): Operator => ({
  name,
  takes: [X],
  notation: null,
  shape: acrossEntities(section),
})

function mean(x: Float64Array): number {
  const first = x[0]
  let total = 0
  for (const value of x) total += value - first
  return first + total / x.length
}

/** The number of entries of a sorted array that are less than a value, or less and equal. */
function countBelow(sorted: Float64Array, value: number, withEqual: boolean): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (sorted[middle] < value || (withEqual && sorted[middle] === value)) low = middle + 1
    else high = middle
  }
  return low
}

export const CROSS_SECTION: readonly Operator[] = [
  row('rank', ([x], out) => {
    const sorted = x.slice().sort()
    for (let i = 0; i < x.length; i++) {
      const less = countBelow(sorted, x[i], false)
      const equal = countBelow(sorted, x[i], true) - less
      out[i] = (less + (equal + 1) / 2) / x.length
    }
  }),
  row('zscore', ([x], out) => {
    const centre = mean(x)
    let squares = 0
    for (const value of x) squares += (value - centre) * (value - centre)
    const deviation = Math.sqrt(squares / (x.length - 1))
    for (let i = 0; i < x.length; i++) out[i] = (x[i] - centre) / deviation
  }),
  row('demean', ([x], out) => {
    const centre = mean(x)
    for (let i = 0; i < x.length; i++) out[i] = x[i] - centre
  }),
  row('scale', ([x], out) => {
    let total = 0
    for (const value of x) total += Math.abs(value)
    for (let i = 0; i < x.length; i++) out[i] = x[i] / total
  }),
]
