/** Scores into targets, and targets into the weights that are held. The gate and the live path share it. */
import type { PortfolioSpec } from '../../schemas/events/experiment.ts'
import { averageRanks } from '../statistics/ranks.ts'

/**
 * Today's target, one number per score, as fractions of capital. Entities without a score (NaN) get 0.
 *
 * `long-short`: ranks less their mean, scaled so that absolute weights add up to 1 (half long, half short).
 * `long-only`: the positive part of the same, scaled to add up to 1.
 * With fewer than two scores, or all equal, there is nothing to prefer and the target is 0.
 */
export function targetOf(scores: Float64Array, construction: PortfolioSpec['construction']): Float64Array {
  const target = new Float64Array(scores.length)
  const present = scores.filter((score) => !Number.isNaN(score))
  const ranks = averageRanks(present)
  const middle = (present.length + 1) / 2
  let gross = 0
  for (let i = 0, place = 0; i < scores.length; i++) {
    if (Number.isNaN(scores[i])) continue
    const tilt = ranks[place++] - middle
    target[i] = construction === 'long-only' ? Math.max(tilt, 0) : tilt
    gross += Math.abs(target[i])
  }
  if (gross > 0) for (let i = 0; i < target.length; i++) target[i] /= gross
  return target
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
