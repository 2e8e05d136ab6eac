/** False discoveries over many features or models: of a batch at once, and of a stream that never ends. */
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

/** e-BH of Wang & Ramdas (2022): how many of the greatest e-values are discoveries at rate α, under any dependence. */
export function eBenjaminiHochberg(eValues: Float64Array, alpha: number): number {
  const falling = Float64Array.from(eValues).sort().reverse()
  return falling.reduce((most, e, k) => (((k + 1) * e) / falling.length >= 1 / alpha ? k + 1 : most), 0)
}

/** The wealth of an ordered stream of tests: how many there were, and which of them were discoveries. */
export type Wealth = Readonly<{ alpha: number; start: number; tests: number; discoveries: readonly number[] }>

/** @param start w0, by default a tenth of α */
export const beginWealth = (alpha: number, start: number = alpha / 10): Wealth => ({
  alpha,
  start,
  tests: 0,
  discoveries: [],
})

/** Javanmard & Montanari's weights, ∝ ln(max(i, 2)) / (i exp √ln i), which sum to 1. */
const weight = (i: number): number =>
  (0.07720838 * Math.log(Math.max(i, 2))) / (i * Math.exp(Math.sqrt(Math.log(i))))

/** LORD++ of Ramdas, Yang, Wainwright & Jordan (2017): the level at which the next test is to be judged. */
export function nextLevel({ alpha, start, tests, discoveries }: Wealth): number {
  const t = tests + 1
  return discoveries.reduce(
    (level, at, j) => level + (j === 0 ? alpha - start : alpha) * weight(t - at),
    start * weight(t),
  )
}

/** Judges the next p-value of the stream. */
export function judgeNext(
  wealth: Wealth,
  pValue: number,
): Readonly<{ wealth: Wealth; level: number; discovery: boolean }> {
  const level = nextLevel(wealth)
  const discovery = pValue <= level
  const tests = wealth.tests + 1
  const discoveries = discovery ? [...wealth.discoveries, tests] : wealth.discoveries
  return { wealth: { ...wealth, tests, discoveries }, level, discovery }
}
