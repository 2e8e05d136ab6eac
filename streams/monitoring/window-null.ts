/** How far a window of days may lie from its reference with nothing changed, told by the windows of the reference itself. */
import { meanOf, sdOf } from '../statistics/moments.ts'
import { studentAbove, studentQuantile } from '../statistics/student.ts'

const HALVINGS = 60
const GREATEST_LIMIT = 1e6
/** A window is never taken to follow the one before it more closely than this. */
const MOST_CORRELATION = 0.98
/** Below it a distance is rounding. */
const ROUNDING = 1e-12

/** What the windows of a reference show, each window a row of figures. */
export type WindowSpread = Readonly<{
  /** Of each figure, over the windows, with K − 1 below. */
  deviations: Float64Array
  windows: number
  /** How many independent windows they are worth: K (1 − ρ)/(1 + ρ), ρ the correlation of a window with the next one. */
  effective: number
}>

/**
 * The first-order correlation of K windows is too low by (1 + 3ρ)/K (Marriott & Pope 1954), which is added.
 * @param figures one row a window, at least two, without NaN
 */
export function spreadOf(figures: readonly Float64Array[]): WindowSpread {
  const windows = figures.length
  const mean = figures[0].map((_, at) => figures.reduce((sum, row) => sum + row[at], 0) / windows)
  const distances = figures.map((row) =>
    row.map((figure, at) => (Math.abs(figure - mean[at]) < ROUNDING ? 0 : figure - mean[at])),
  )
  const squares = mean.map((_, at) => distances.reduce((sum, row) => sum + row[at] ** 2, 0))
  let cross = 0
  for (let k = 1; k < windows; k++)
    for (const [at, distance] of distances[k].entries()) cross += distance * distances[k - 1][at]
  const all = squares.reduce((sum, square) => sum + square, 0)
  const raw = all > 0 ? cross / all : 0
  const correlation = Math.min(MOST_CORRELATION, Math.max(0, raw + (1 + 3 * raw) / windows))
  return {
    deviations: squares.map((square) => Math.sqrt(square / (windows - 1))),
    windows,
    effective: Math.max(1, (windows * (1 - correlation)) / (1 + correlation)),
  }
}

/**
 * What the deviation that K windows show about their own mean is multiplied by to be that of a new window about the reference:
 * that varies by σ²(1 + 1/Kₑ), and they show σ²(1 − 1/Kₑ) K/(K − 1).
 */
export function scaleOf(windows: number, effective: number): number {
  const shown = Math.max(Number.EPSILON, ((1 - 1 / effective) * windows) / (windows - 1))
  return Math.sqrt((1 + 1 / effective) / shown)
}

/**
 * What the greatest distance of a new window's figures from the reference's exceeds with a chance of at most `level`: Student's
 * prediction limits with Kₑ − 1 degrees, as a few blocks are tested by Ibragimov & Müller (2010), summed over the figures
 * (Bonferroni), which holds however they hang together.
 * @returns at most a million, which nothing reaches
 */
export function gapLimit(spread: WindowSpread, level: number): number {
  let [low, high] = [0, 1]
  while (gapChance(spread, high) > level) {
    if (high > GREATEST_LIMIT) return GREATEST_LIMIT
    high *= 2
  }
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2
    if (gapChance(spread, middle) > level) low = middle
    else high = middle
  }
  return high
}

/** The chance, which the limit has a level of, that a new window's greatest distance is as great; it may be above 1. */
export function gapChance({ deviations, windows, effective }: WindowSpread, distance: number): number {
  const scale = scaleOf(windows, effective)
  const degrees = degreesOf(effective)
  return deviations.reduce(
    (sum, deviation) => sum + (deviation > 0 ? 2 * studentAbove(distance / (scale * deviation), degrees) : 0),
    0,
  )
}

/**
 * What a new window's value exceeds with the chance `level`, from the logarithms of those of the reference's windows, each held
 * out of what it is compared with: Student's prediction limit as above. A logarithm, because the stability index is skewed to
 * the right and the limit is far out.
 * @param values one a window, above 0
 * @returns at most a million, which nothing reaches
 */
export function logLimit(values: Float64Array, effective: number, level: number): number {
  const logs = values.map(Math.log)
  const deviation = scaleOf(logs.length, effective) * sdOf(logs)
  const limit = Math.exp(meanOf(logs) + deviation * studentQuantile(level, degreesOf(effective)))
  return Math.min(GREATEST_LIMIT, limit)
}

/** The chance, which that limit has a level of, of a new window's value as great. */
export function logChance(values: Float64Array, effective: number, value: number): number {
  const logs = values.map(Math.log)
  const deviation = scaleOf(logs.length, effective) * sdOf(logs)
  const distance = Math.log(value) - meanOf(logs)
  return deviation > 0 ? studentAbove(distance / deviation, degreesOf(effective)) : distance > 0 ? 0 : 1
}

const degreesOf = (effective: number): number => Math.max(1, effective - 1)
