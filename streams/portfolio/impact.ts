/** What the portfolio pays for moving the price of what it trades. */
import type { ImpactSpec } from '../../schemas/events/experiment.ts'

/**
 * The impact as a fraction of the value traded, of a trade done within the day.
 * `square-root`: Y σ √p with p the share of the day's volume. `almgren`: ½ γ σ p (Θ/V)^¼ + η σ p^⅗ (Almgren, Thum, Hauptmann
 * & Li 2005): half of what stays, and all of what passes.
 * @param traded as a fraction of capital
 * @param capitalUsd instead of the capital that the spec assumes
 */
export function impactOf(traded: number, spec: ImpactSpec, capitalUsd: number = spec.capitalUsd): number {
  const { model, temporary, permanent, outstandingDays, advUsd, dailyVolatility } = spec
  const part = (traded * capitalUsd) / advUsd
  if (model === 'square-root') return temporary * dailyVolatility * Math.sqrt(part)
  const stays = permanent * dailyVolatility * part * Math.sqrt(Math.sqrt(outstandingDays))
  return stays / 2 + temporary * dailyVolatility * part ** (3 / 5)
}
