/** The population stability index against bins that were frozen when the reference was taken, with its null distribution. */
import { assert } from '../../schemas/kernel/assert.ts'
import { chiSquaredAbove, chiSquaredQuantile } from './gamma.ts'
import { insufficient, type Measured, measured } from './measured.ts'
import { normalQuantile } from './normal.ts'
import { binCounts, edgesOf } from './psi-bins.ts'
import { quantileOfSorted, sorted } from './quantile.ts'
import type { Uniform } from './random.ts'

/** Inner edges, ascending; the first and last bins are open. `counts` has one entry per bin and then one for NaN. */
type PsiReference = Readonly<{ edges: Float64Array; counts: Float64Array }>

/** What is added to each count, so that an empty bin is finite (Jeffreys's prior). */
const SMOOTHING = 0.5
/** Below this many points per bin the chi-squared law overstates the tail and the null is simulated. */
const POINTS_PER_BIN = 10
const SIMULATIONS = 5000

/**
 * Freezes the reference: deciles unless said otherwise, by `edgesOf`. Infinities are values like any other; NaN is counted in
 * a bin of its own and makes no edge. Fewer present values than bins are `insufficient`.
 */
export function psiReference(reference: Float64Array, bins: number = 10): Measured<PsiReference> {
  const present = sorted(reference.filter((value) => !Number.isNaN(value)))
  if (present.length < bins)
    return insufficient(
      `the reference of the stability index: ${present.length} observations, at least ${bins} are needed`,
    )
  const edges = edgesOf(present, bins)
  return measured({ edges, counts: binCounts(edges, reference) })
}

/**
 * Σ (p − q) ln(p/q) of two rows of counts or of shares.
 * @param smoothing added to each count; 0 leaves shares as they are, and an empty bin then gives Infinity
 * @returns 0 where both are empty
 */
export function psiOf(reference: Float64Array, current: Float64Array, smoothing: number = SMOOTHING): number {
  const bins = reference.length
  let [totalReference, totalCurrent] = [bins * smoothing, bins * smoothing]
  for (let b = 0; b < bins; b++) {
    totalReference += reference[b]
    totalCurrent += current[b]
  }
  let index = 0
  for (let b = 0; b < bins; b++) {
    const p = (reference[b] + smoothing) / totalReference
    const q = (current[b] + smoothing) / totalCurrent
    if (p !== q) index += (p - q) * Math.log(p / q)
  }
  return index
}

type PsiTest = Readonly<{
  psi: number
  /** The chance of as much without any drift, and what no drift stays below in 95 and 99 of 100 cases. */
  pValue: number
  null95: number
  null99: number
  null: 'chi-squared' | 'simulated'
  counts: Float64Array
}>

/**
 * The index of a current sample and what it means at these sizes. For m ≥ 10 B the null is (1/n + 1/m) χ² with B − 1
 * degrees (Yurdakul & Naranjo 2020); below that it is simulated, because the chi-squared law is too wide there.
 * The NaN bin takes part only where either side has a NaN; infinities are values like any other.
 * @throws nothing; an empty current sample is `insufficient`
 */
export function psiTest(reference: PsiReference, current: Float64Array, uniform: Uniform): Measured<PsiTest> {
  if (current.length === 0) return insufficient('the current sample is empty')
  const counts = binCounts(reference.edges, current)
  const withMissing = counts[counts.length - 1] + reference.counts[counts.length - 1] > 0
  const bins = withMissing ? counts.length : counts.length - 1
  const expected = reference.counts.subarray(0, bins)
  const psi = psiOf(expected, counts.subarray(0, bins))
  const n = expected.reduce((sum, count) => sum + count, 0)
  const m = current.length
  if (m >= POINTS_PER_BIN * bins) {
    const scale = 1 / n + 1 / m
    return measured({
      psi,
      pValue: chiSquaredAbove(psi / scale, bins - 1),
      null95: scale * chiSquaredQuantile(0.05, bins - 1),
      null99: scale * chiSquaredQuantile(0.01, bins - 1),
      null: 'chi-squared',
      counts,
    })
  }
  const draws = simulateNull(expected, m, uniform)
  const above = draws.reduce((sum, draw) => sum + (draw >= psi ? 1 : 0), 0)
  return measured({
    psi,
    pValue: (above + 1) / (draws.length + 1),
    null95: quantileOfSorted(draws, 0.95),
    null99: quantileOfSorted(draws, 0.99),
    null: 'simulated',
    counts,
  })
}

/**
 * The index under no drift, ascending. Edges frozen at the reference's own quantiles fix its counts, and what varies is the
 * true share of each bin (a Dirichlet draw about those counts) and the current sample (a multinomial of that share).
 */
export function simulateNull(reference: Float64Array, m: number, uniform: Uniform): Float64Array {
  const draws = new Float64Array(SIMULATIONS)
  for (let s = 0; s < SIMULATIONS; s++) {
    const masses = reference.map((count) => gammaDraw(count + SMOOTHING, uniform))
    draws[s] = psiOf(reference, multinomial(masses, m, uniform))
  }
  return draws.sort()
}

/** Counts of m draws over bins of these masses, which need not sum to 1. */
function multinomial(masses: Float64Array, m: number, uniform: Uniform): Float64Array {
  const counts = new Float64Array(masses.length)
  const total = masses.reduce((sum, mass) => sum + mass, 0)
  for (let i = 0; i < m; i++) {
    let left = uniform() * total - masses[0]
    let bin = 0
    while (left >= 0 && bin < masses.length - 1) left -= masses[++bin]
    counts[bin]++
  }
  return counts
}

/** A gamma variable of unit scale: Marsaglia & Tsang (2000), with a power of a uniform below shape 1. */
function gammaDraw(shape: number, uniform: Uniform): number {
  assert(shape > 0, 'a gamma variable has a shape above 0')
  if (shape < 1) return gammaDraw(shape + 1, uniform) * uniform() ** (1 / shape)
  const d = shape - 1 / 3
  for (;;) {
    const z = normalQuantile(uniform())
    const v = (1 + z / Math.sqrt(9 * d)) ** 3
    if (v > 0 && Math.log(uniform()) < 0.5 * z * z + d * (1 - v + Math.log(v))) return d * v
  }
}
