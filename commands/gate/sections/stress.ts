/** The candidate in the market's worst episodes: what it did, or what its factor loadings would have done. */
import { MICROS_PER_DAY } from '../../../schemas/kernel/time.ts'
import { insufficient, type Measured, measured } from '../../../streams/statistics/measured.ts'
import type { Days } from '../days.ts'
import type { GivenData } from '../evidence.ts'
import { factorReturns } from '../given.ts'
import type { EpisodeForm, FactorsForm, StressForm } from '../report-market.ts'
import { EPISODES, type FactorShock, stress } from '../stress.ts'

export function stressSection(
  days: Days,
  loadings: Measured<FactorsForm>,
  given: GivenData | null,
): Measured<StressForm> {
  if (days.net.length === 0) return insufficient('there are no held-out days')
  const shocks = given === null || loadings.kind === 'insufficient' ? [] : shocksOf(loadings.value, given)
  const found = stress({ days: days.moments, returns: days.net }, { shocks })
  return measured({
    episodes: found.map((one, k): EpisodeForm => {
      const { from, to } = EPISODES[k]
      const none = { days: null, totalReturn: null, worstDay: null, worstDayAt: null, maxDrawdown: null }
      return one.kind === 'insufficient' ? { ...one, ...none, from, to } : { ...one, from, to, reason: null }
    }),
  })
}

function shocksOf({ loadings }: FactorsForm, given: GivenData): readonly FactorShock[] {
  const byName = new Map(factorReturns(given).map((series) => [series.name, series]))
  return loadings.flatMap(({ factor, beta }) => {
    const series = byName.get(factor)
    if (series === undefined) return []
    const days = series.sessions.map((session) => session * MICROS_PER_DAY)
    return [{ factor, beta, days, returns: series.returns }]
  })
}
