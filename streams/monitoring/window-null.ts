/** How far a window of days may lie from its reference with nothing changed, told by the windows of the reference itself. */
import { chiSquaredAbove } from '../statistics/gamma.ts'
import { meanOf, sdOf } from '../statistics/moments.ts'
import { normalQuantile } from '../statistics/normal.ts'
import { normals, xoshiro128 } from '../statistics/random.ts'

const DIRECTIONS = 400
const SEED = 1
const HALVINGS = 40
/** A window is never taken to follow the one before it more closely than this. */
const MOST_CORRELATION = 0.98
const GREATEST_LIMIT = 1e6

/** Windows by the shares of their rows in each bin, as distances from the mean of all windows. */
export type WindowSpread = Readonly<{
  distances: readonly Float64Array[]
  /** How many independent windows they are worth: K (1 − ρ)/(1 + ρ), ρ the correlation of a window with the next one. */
  effective: number
  /** What a draw Σ g_k d_k /√(K − 1) is multiplied by to vary as a new window about the reference does. */
  scale: number
}>

/**
 * A new window less the reference varies by σ²(1 + 1/Kₑ), and the windows about their own mean show σ²(1 − 1/Kₑ) K/(K − 1).
 * The first-order correlation of K windows is too low by (1 + 3ρ)/K (Marriott & Pope 1954), which is added.
 * @param shares one row a window, at least two
 */
export function spreadOf(shares: readonly Float64Array[]): WindowSpread {
  const windows = shares.length
  const mean = shares[0].map((_, bin) => shares.reduce((sum, row) => sum + row[bin], 0) / windows)
  const distances = shares.map((row) => row.map((share, bin) => share - mean[bin]))
  let [squares, cross] = [0, 0]
  for (const [k, row] of distances.entries())
    for (const [bin, distance] of row.entries()) {
      squares += distance ** 2
      if (k > 0) cross += distance * distances[k - 1][bin]
    }
  const raw = squares > 0 ? cross / squares : 0
  const correlation = Math.min(MOST_CORRELATION, Math.max(0, raw + (1 + 3 * raw) / windows))
  const effective = Math.max(1, (windows * (1 - correlation)) / (1 + correlation))
  const shown = Math.max(Number.EPSILON, ((1 - 1 / effective) * windows) / (windows - 1))
  return { distances, effective, scale: Math.sqrt((1 + 1 / effective) / shown) }
}

/**
 * What the greatest distance between two distributions exceeds with the chance `level`. A multiplier bootstrap over windows,
 * each a block (Bücher & Kojadinovic 2016), with Student's correction for a deviation that few windows tell (Ibragimov &
 * Müller 2010): Δ = √(ν/χ²_ν) scale Σ g_k d_k /√(K − 1), ν = Kₑ − 1, g_k normal. Along each direction the chance is exact, so
 * that a small level needs few draws.
 * @returns more than 1 where nothing that can be seen would be enough
 */
export function gapLimit(spread: WindowSpread, level: number): number {
  const gaps = directionsOf(spread).map((direction) => {
    let [sum, greatest] = [0, 0]
    for (const distance of direction) {
      sum += distance
      greatest = Math.max(greatest, Math.abs(sum))
    }
    return greatest
  })
  return limitOf(spread.effective, level, Float64Array.from(gaps))
}

/**
 * What a new window's value exceeds with the chance `level`, from the logarithms of those of the reference's windows, each held
 * out of what it is compared with: Student's prediction limit, with the windows counted as the independent ones that they are
 * worth. A logarithm, because the stability index is skewed to the right and the limit is far out.
 * @param values one a window, above 0
 */
export function logLimit(values: Float64Array, { effective, scale }: WindowSpread, level: number): number {
  const logs = values.map(Math.log)
  const deviation = scale * sdOf(logs) * Math.sqrt((logs.length - 1) / logs.length)
  const quantiles = Float64Array.from({ length: DIRECTIONS }, (_, i) =>
    normalQuantile((i + 0.5) / DIRECTIONS),
  )
  const limit = Math.exp(meanOf(logs) + deviation * limitOf(effective, level, quantiles))
  return Math.min(GREATEST_LIMIT, limit)
}

function directionsOf({ distances, scale }: WindowSpread): readonly Float64Array[] {
  const windows = distances.length
  const weights = normals(xoshiro128(SEED), DIRECTIONS * windows)
  return Array.from({ length: DIRECTIONS }, (_, draw) => {
    const direction = new Float64Array(distances[0].length)
    for (const [k, row] of distances.entries()) {
      const weight = (weights[draw * windows + k] * scale) / Math.sqrt(windows - 1)
      for (let bin = 0; bin < row.length; bin++) direction[bin] += weight * row[bin]
    }
    return direction
  })
}

/**
 * The x that √(ν/χ²_ν) g exceeds with the chance `level`, g one of these, ν = Kₑ − 1; by bisection.
 * @returns at most a million, which nothing reaches
 */
function limitOf(effective: number, level: number, sizes: Float64Array): number {
  const degrees = Math.max(1, effective - 1)
  const chance = (limit: number): number => {
    let sum = 0
    for (const size of sizes) if (size > 0) sum += 1 - chiSquaredAbove(degrees * (size / limit) ** 2, degrees)
    return sum / sizes.length
  }
  let [low, high] = [0, 1]
  while (chance(high) > level) {
    if (high > GREATEST_LIMIT) return GREATEST_LIMIT
    high *= 2
  }
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2
    if (chance(middle) > level) low = middle
    else high = middle
  }
  return high
}
