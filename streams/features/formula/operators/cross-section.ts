/** Operators over all entities at one event time, taken in the order of their names. Missing ones stay out of it. */
import { firstAbove, firstAtLeast } from '../../../../schemas/kernel/search.ts'
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

export const CROSS_SECTION: readonly Operator[] = [
  row('rank', ([x], out) => {
    const sorted = x.slice().sort()
    for (let i = 0; i < x.length; i++) {
      const less = firstAtLeast(sorted, x[i])
      const equal = firstAbove(sorted, x[i]) - less
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
