/** Scores into targets, and targets into the weights that are held. The gate and the live path share it. */
import type { PortfolioSpec } from '../../schemas/events/experiment.ts'
import { isDegenerate, meanOf } from '../statistics/moments.ts'
import { averageRanks } from '../statistics/ranks.ts'
import { capped } from './cap.ts'

export type TargetSpec = Pick<PortfolioSpec, 'construction' | 'maxWeight' | 'neutralise'>

/**
 * Today's target, one number per score, as fractions of capital. Entities without a score (NaN) get 0.
 *
 * `long-short`: ranks less their mean, scaled so that absolute weights add up to 1 (half long, half short).
 * `long-only`: the positive part of the same, scaled to add up to 1.
 * Neutralised, the ranks are first replaced by what a column does not explain of them across the entities; those without a
 * value of it get 0. The cap comes last and always holds, so that a capped target is neutral only nearly.
 * With fewer than two scores, or all equal, there is nothing to prefer and the target is 0.
 * @param neutral the column that `spec.neutralise` names, one value per score
 */
export function targetOf(scores: Float64Array, spec: TargetSpec, neutral?: Float64Array): Float64Array {
  const cleared = spec.neutralise === null ? undefined : neutral
  const placed = placesOf(scores, cleared)
  const ranks = averageRanks(at(scores, placed))
  const middle = (ranks.length + 1) / 2
  for (let place = 0; place < ranks.length; place++) ranks[place] -= middle
  const tilts = cleared === undefined ? ranks : residuals(ranks, at(cleared, placed))
  const target = placed === null ? tilts : new Float64Array(scores.length)
  let gross = 0
  for (let place = 0; place < tilts.length; place++) {
    const i = placed === null ? place : placed[place]
    // A tilt of a rounding's size is none: scaled up to the whole book, it would be a position that nobody wanted.
    const tilt = Math.abs(tilts[place]) > ROUNDING * ranks.length ? tilts[place] : 0
    target[i] = spec.construction === 'long-only' ? Math.max(tilt, 0) : tilt
    gross += Math.abs(target[i])
  }
  if (gross > 0) for (let i = 0; i < target.length; i++) target[i] /= gross
  return spec.maxWeight === null ? target : capped(target, spec.maxWeight)
}

/**
 * The target where some names cannot be judged. A name without a score, or without the value that is neutralised, keeps the
 * target that it had (`before`); the others share what is left of the book.
 */
export function carriedTarget(
  {
    scores,
    neutral,
    before,
  }: Readonly<{ scores: Float64Array; neutral?: Float64Array | undefined; before: Float64Array }>,
  spec: TargetSpec,
): Float64Array {
  const target = targetOf(scores, spec, neutral)
  const cleared = spec.neutralise === null ? undefined : neutral
  let carried = 0
  for (let i = 0; i < target.length; i++)
    if (isMissing(i, scores, cleared)) carried += Math.abs(before[i] ?? 0)
  if (carried === 0) return target
  const room = Math.max(0, 1 - carried)
  for (let i = 0; i < target.length; i++)
    target[i] = isMissing(i, scores, cleared) ? (before[i] ?? 0) : target[i] * room
  return target
}

const isMissing = (i: number, scores: Float64Array, cleared: Float64Array | undefined): boolean =>
  Number.isNaN(scores[i]) || (cleared !== undefined && Number.isNaN(cleared[i]))

/** Where both are there; null where they are everywhere, which is the usual case and costs nothing. */
function placesOf(scores: Float64Array, neutral: Float64Array | undefined): Int32Array | null {
  if (neutral === undefined && !hasHole(scores)) return null
  const places = new Int32Array(scores.length)
  let count = 0
  for (let i = 0; i < scores.length; i++)
    if (!Number.isNaN(scores[i]) && !(neutral !== undefined && Number.isNaN(neutral[i]))) places[count++] = i
  return places.subarray(0, count)
}

function hasHole(values: Float64Array): boolean {
  for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i])) return true
  return false
}

function at(values: Float64Array, places: Int32Array | null): Float64Array {
  if (places === null) return values
  const picked = new Float64Array(places.length)
  for (let i = 0; i < places.length; i++) picked[i] = values[places[i]]
  return picked
}

/** Below this share of the tilts' length what a regression leaves is rounding: there is nothing to prefer. */
const ROUNDING = 1e-12

/** What is left of y after a regression on a constant and x. A constant x explains nothing. */
function residuals(y: Float64Array, x: Float64Array): Float64Array {
  const n = y.length
  const [meanX, meanY] = [meanOf(x), meanOf(y)]
  let [cross, square] = [0, 0]
  for (let i = 0; i < n; i++) {
    cross += (x[i] - meanX) * (y[i] - meanY)
    square += (x[i] - meanX) ** 2
  }
  const slope = isDegenerate(x) ? 0 : cross / square
  const rest = y.map((value, i) => value - meanY - slope * (x[i] - meanX))
  const length = (of: Float64Array) => of.reduce((sum, value) => sum + Math.abs(value), 0)
  return length(rest) > ROUNDING * length(y) ? rest : new Float64Array(n)
}

/**
 * The weights to hold: the mean of the latest `holdingDays` targets, so that each day's view is held for that long and
 * only a part of the book turns over each day (Jegadeesh & Titman 1993, overlapping portfolios). Days before the first
 * target count as flat.
 */
export function heldWeights(targets: readonly Float64Array[], holdingDays: number): Float64Array {
  const latest = targets.slice(-holdingDays)
  const weights = new Float64Array(latest[0]?.length ?? 0)
  for (const target of latest) for (let i = 0; i < weights.length; i++) weights[i] += target[i]
  for (let i = 0; i < weights.length; i++) weights[i] /= holdingDays
  return weights
}
