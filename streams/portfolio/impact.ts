/** What the portfolio pays for moving the price of what it trades. */
import type { ImpactSpec } from '../../schemas/events/experiment.ts'

/** A part of the impact: `factor` × traded ^ `power`, of a trade as a fraction of capital. */
export type ImpactTerm = Readonly<{ power: number; factor: number }>

/**
 * The impact of a trade done within the day, as a fraction of its value, with p the share of the day's volume.
 * `square-root`: Y σ √p. `almgren`: ½ γ σ p (Θ/V)^¼ + η σ p^⅗ (Almgren, Thum, Hauptmann & Li 2005): half of what stays, and
 * all of what passes.
 * @param capitalUsd instead of the capital that the spec assumes
 */
export function impactTerms(spec: ImpactSpec, capitalUsd: number = spec.capitalUsd): readonly ImpactTerm[] {
  const { model, temporary, permanent, outstandingDays, advUsd, dailyVolatility } = spec
  const whole = capitalUsd / advUsd
  if (model === 'square-root')
    return [{ power: 1 / 2, factor: temporary * dailyVolatility * Math.sqrt(whole) }]
  const stays = (permanent * dailyVolatility * whole * Math.sqrt(Math.sqrt(outstandingDays))) / 2
  return [
    { power: 1, factor: stays },
    { power: 3 / 5, factor: temporary * dailyVolatility * whole ** (3 / 5) },
  ]
}

/** @param traded as a fraction of capital */
export function impactOf(traded: number, terms: readonly ImpactTerm[]): number {
  let sum = 0
  for (const { power, factor } of terms) sum += factor * traded ** power
  return sum
}
