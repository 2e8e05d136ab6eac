/** Drift of one feature: PSI and KS of a window of days against the training set, each beside what no drift looks like. */
import { ksDistance } from '../statistics/ks.ts'
import { insufficient, type Measured, measured } from '../statistics/measured.ts'
import { psiOf } from '../statistics/psi.ts'
import { binCounts, edgesOf } from '../statistics/psi-bins.ts'
import { sorted } from '../statistics/quantile.ts'
import { gapChance, gapLimit, logChance, logLimit, spreadOf, type WindowSpread } from './window-null.ts'

/** The window that is compared, in decision days. */
export const WINDOW_DAYS = 63
/** A shorter reference, or one whose windows are worth fewer independent ones, tells nobody what no drift looks like. */
export const LEAST_WINDOWS = 12
export const LEAST_EFFECTIVE_WINDOWS = 5

/** With nothing changed at most this share of models has a false alarm, of any feature, within a year of checks. */
export const FALSE_ALARMS_A_YEAR = 0.1
/** On every fifth day: each has its share of the year's budget, which holds however much their windows overlap. */
const CHECKS_A_YEAR = 50
/** PSI and KS. */
const STATISTICS = 2
/** Less than this is no drift whatever its chance: a tenth of the values moved, and the customary "nothing" of the index. */
const LEAST_PSI = 0.1
const LEAST_KS = 0.1

/** A live window of fewer of the rows than that is noisier than the reference's windows, and is not judged by them. */
const LEAST_SHARE_OF_ROWS = 0.5

const BINS = 10

/** A feature in the training set: its values by day, each day's together. */
export type ReferenceDays = readonly Float64Array[]

export type FeatureReference = Readonly<{
  /** The values that there are, in order. */
  ascending: Float64Array
  edges: Float64Array
  /** By bin, and those that are missing last. */
  counts: Float64Array
  psiLimit: number
  /** Above 1 where the distance of two distributions can never be enough. */
  ksLimit: number
  /** How many independent windows the reference is worth. */
  effectiveWindows: number
  /** What its own windows show: the index of each, held out, and how far their distributions lie from each other. */
  heldOut: Float64Array
  distributions: WindowSpread
  /** Rows, and values that are not missing, that a live window needs. */
  leastRows: number
  leastValues: number
}>

type FeatureDrift = Readonly<{ psi: number; ks: number; drifted: boolean }>

/**
 * Freezes a reference. What PSI and KS come to with nothing changed depends on how persistent a feature is and on how long the
 * reference is: the limits are those of `window-null.ts`, from the windows of `WINDOW_DAYS` days in it. The textbook thresholds
 * assume independent rows, and fire nearly always on features of daily prices.
 * @param features how many are watched: all of them share the year's budget of false alarms
 * @returns `insufficient` where the reference is too short, or moves too slowly for its length
 */
export function referenceOf(days: ReferenceDays, features: number): Measured<FeatureReference> {
  const windows = windowsOf(days)
  if (windows.length < LEAST_WINDOWS) {
    const least = LEAST_WINDOWS * WINDOW_DAYS
    return insufficient(`the training set has ${days.length} days of it, at least ${least} are needed`)
  }
  const all = concat(days)
  const ascending = sorted(all.filter((value) => !Number.isNaN(value)))
  const edges = edgesOf(ascending, BINS)
  const counts = binCounts(edges, all)
  const binned = windows.map((window) => binCounts(edges, window))
  const present = binned.map((found) => found.subarray(0, -1)).filter((found) => totalOf(found) > 0)
  if (present.length < LEAST_WINDOWS) return insufficient('the training set has too few values of it')
  const shares = spreadOf(binned.map(sharesOf))
  const distributions = spreadOf(present.map((found) => cumulative(sharesOf(found))))
  const effectiveWindows = Math.min(shares.effective, distributions.effective)
  if (effectiveWindows < LEAST_EFFECTIVE_WINDOWS) {
    return insufficient(
      `it moves so slowly that ${windows.length} windows are worth ${effectiveWindows.toFixed(1)} independent ones, at least ${LEAST_EFFECTIVE_WINDOWS} are needed`,
    )
  }
  const level = FALSE_ALARMS_A_YEAR / (CHECKS_A_YEAR * STATISTICS * features)
  const heldOut = Float64Array.from(binned, (window) =>
    Math.max(
      LEAST_PSI / 10,
      psiOf(
        counts.map((count, bin) => count - window[bin]),
        window,
      ),
    ),
  )
  return measured({
    ascending,
    edges,
    counts,
    psiLimit: Math.max(LEAST_PSI, logLimit(heldOut, effectiveWindows, level)),
    ksLimit: Math.max(LEAST_KS, gapLimit(distributions, level)),
    effectiveWindows,
    heldOut,
    distributions,
    leastRows: LEAST_SHARE_OF_ROWS * all.length * (WINDOW_DAYS / days.length),
    leastValues: LEAST_SHARE_OF_ROWS * ascending.length * (WINDOW_DAYS / days.length),
  })
}

/**
 * Drifted where either statistic is beyond its limit: PSI sees what changes its shape, KS what moves. A value that is missing
 * has a bin of its own in PSI and no part in KS, which says nothing of a window that has lost half of its values.
 * @returns `insufficient` where the window has less than half the rows of a window of the reference
 */
export function driftOf(reference: FeatureReference, window: Float64Array): Measured<FeatureDrift> {
  const { edges, counts, ascending, psiLimit, ksLimit, leastRows, leastValues } = reference
  if (window.length < leastRows || window.length === 0)
    return insufficient(
      `the latest ${WINDOW_DAYS} days have ${window.length} rows of it, at least ${Math.max(1, Math.ceil(leastRows))} are needed`,
    )
  const found = binCounts(edges, window)
  const psi = psiOf(counts, found)
  const ks = ksDistance(ascending, window)
  const values = window.length - found[found.length - 1]
  return measured({ psi, ks, drifted: psi > psiLimit || (ks > ksLimit && values >= leastValues) })
}

/**
 * The chance of an index or a distance as great with nothing changed, by the laws of which the limits are quantiles: twice the
 * lesser of the two (Bonferroni), at most 1. Less than what counts as drift at all has the chance 1.
 */
export function driftChance(
  { heldOut, distributions, effectiveWindows }: FeatureReference,
  { psi, ks }: Readonly<{ psi: number; ks: number }>,
): number {
  const ofPsi = psi < LEAST_PSI ? 1 : logChance(heldOut, effectiveWindows, psi)
  const ofKs = ks < LEAST_KS ? 1 : gapChance(distributions, ks)
  return Math.min(1, STATISTICS * Math.min(ofPsi, ofKs))
}

/** Windows that do not overlap, up to the latest day; those without a row are none. */
function windowsOf(days: ReferenceDays): readonly Float64Array[] {
  const windows: Float64Array[] = []
  for (let to = days.length; to >= WINDOW_DAYS; to -= WINDOW_DAYS)
    windows.unshift(concat(days.slice(to - WINDOW_DAYS, to)))
  return windows.filter((window) => window.length > 0)
}

const totalOf = (counts: Float64Array): number => counts.reduce((sum, count) => sum + count, 0)

function sharesOf(counts: Float64Array): Float64Array {
  const total = totalOf(counts)
  return counts.map((count) => count / total)
}

function cumulative(shares: Float64Array): Float64Array {
  let sum = 0
  return shares.map((share) => {
    sum += share
    return sum
  })
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
