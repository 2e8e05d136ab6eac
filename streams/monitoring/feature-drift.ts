/** Drift of one feature: PSI and KS of a window of days against the training set, each beside what no drift looks like. */
import { firstAbove, firstAtLeast } from '../../schemas/kernel/search.ts'
import { binCounts, psiOf, psiReference } from '../statistics/psi.ts'
import { quantileOf, sorted } from '../statistics/quantile.ts'

/** The window that is compared, and how far the windows of the reference lie apart, in decision days. */
export const WINDOW_DAYS = 63
const NULL_STEP_DAYS = 21
const NULL_QUANTILE = 0.95

/** A feature in the training set: its values by day, each day's together. */
export type ReferenceDays = readonly Float64Array[]

export type FeatureReference = Readonly<{
  ascending: Float64Array
  edges: Float64Array
  counts: Float64Array
  psiNull95: number
  ksNull95: number
}>

export type FeatureDrift = Readonly<{
  psi: number
  psiNull95: number
  ks: number
  ksNull95: number
  drifted: boolean
}>

/**
 * Freezes a reference. What PSI and KS come to with nothing changed depends on how persistent a feature is, so their null
 * is taken from the reference itself: every window of `WINDOW_DAYS` days in it against the whole, the 95 % quantile. The
 * textbook thresholds assume independent rows, and fire nearly always on features of daily prices.
 * @returns undefined where the reference is shorter than two windows
 */
export function referenceOf(days: ReferenceDays): FeatureReference | undefined {
  if (days.length < 2 * WINDOW_DAYS) return undefined
  const all = concat(days)
  const bins = psiReference(all)
  if (bins.kind === 'insufficient') return undefined
  const { edges, counts } = bins.value
  const ascending = sorted(all)
  const psis: number[] = []
  const distances: number[] = []
  for (let from = 0; from + WINDOW_DAYS <= days.length; from += NULL_STEP_DAYS) {
    const window = concat(days.slice(from, from + WINDOW_DAYS))
    psis.push(psiOf(counts, binCounts(edges, window)))
    distances.push(ksDistance(ascending, window))
  }
  const psiNull95 = quantileOf(Float64Array.from(psis), NULL_QUANTILE)
  const ksNull95 = quantileOf(Float64Array.from(distances), NULL_QUANTILE)
  return { ascending, edges, counts, psiNull95, ksNull95 }
}

/** Drifted where both statistics are beyond the null: each alone is so by chance one time in twenty. */
export function driftOf(reference: FeatureReference, window: Float64Array): FeatureDrift {
  const { edges, counts, ascending, psiNull95, ksNull95 } = reference
  const psi = psiOf(counts, binCounts(edges, window))
  const ks = ksDistance(ascending, window)
  return { psi, psiNull95, ks, ksNull95, drifted: psi > psiNull95 && ks > ksNull95 }
}

/**
 * The greatest distance between two empirical distributions. Between two values of the window its own distribution stands
 * still while the reference rises, so the supremum lies at a value of the window, just before it or at it.
 * @param ascending the reference in order
 */
export function ksDistance(ascending: Float64Array, window: Float64Array): number {
  const inOrder = sorted(window)
  let distance = 0
  for (let from = 0; from < inOrder.length; ) {
    let to = from
    while (to < inOrder.length && inOrder[to] === inOrder[from]) to++
    const below = firstAtLeast(ascending, inOrder[from]) / ascending.length
    const upTo = firstAbove(ascending, inOrder[from]) / ascending.length
    distance = Math.max(
      distance,
      Math.abs(below - from / inOrder.length),
      Math.abs(upTo - to / inOrder.length),
    )
    from = to
  }
  return distance
}

function concat(parts: readonly Float64Array[]): Float64Array {
  const whole = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
