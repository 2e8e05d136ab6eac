/** How many of the trials that look like discoveries are none. */
import { assert } from '../../schemas/kernel/assert.ts'

/**
 * Benjamini & Hochberg (1995): the least rate at which each would be a discovery. With `dependent`, Benjamini & Yekutieli
 * (2001), which holds under any dependence.
 */
export function adjustedPValues(pValues: Float64Array, { dependent = false } = {}): Float64Array {
  const m = pValues.length
  assert(!pValues.some(Number.isNaN), 'every p-value is there')
  const factor = dependent
    ? Array.from({ length: m }, (_, i) => 1 / (i + 1)).reduce((sum, x) => sum + x, 0)
    : 1
  const order = Uint32Array.from(pValues.keys()).sort((a, b) => pValues[a] - pValues[b])
  const adjusted = new Float64Array(m)
  let least = 1
  for (let rank = m; rank >= 1; rank--) {
    const place = order[rank - 1]
    least = Math.min(least, (factor * m * pValues[place]) / rank)
    adjusted[place] = least
  }
  return adjusted
}
