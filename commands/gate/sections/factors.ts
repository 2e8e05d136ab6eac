/** What of the candidate is common factors: betas through time on factor returns that the policy names. */
import { insufficient, type Measured } from '../../../streams/statistics/measured.ts'
import type { Days } from '../days.ts'
import type { GivenData } from '../evidence.ts'
import { type FactorExposure, factorExposure, type Loading } from '../factor-exposure.ts'
import { commonDays, type DailySeries, dayOf, factorReturns } from '../given.ts'
import type { FactorsForm, LoadingForm } from '../report-market.ts'
import { attempted, mapped } from '../section.ts'

export function factorLoadings(days: Days, given: GivenData | null): Measured<FactorsForm> {
  if (given === null) return insufficient('the policy names no data set of factors')
  const factors = factorReturns(given)
  if (factors.length === 0) return insufficient(`nothing of the data set ${given.dataset} has arrived`)
  const found = exposureOn(days, factors)
  return mapped(found, (exposure) => ({ dataset: given.dataset, ...loadingsOf(exposure) }))
}

/** Over the days that the strategy and every factor have. */
export const exposureOn = (days: Days, factors: readonly DailySeries[]): Measured<FactorExposure> =>
  attempted(() => {
    const [own, ...others] = commonDays([days.moments.map(dayOf), ...factors.map((factor) => factor.days)])
    const take = (values: Float64Array, places: readonly number[]) =>
      Float64Array.from(places, (place) => values[place])
    return factorExposure(
      take(days.net, own),
      factors.map(({ name, returns }, k) => ({ name, returns: take(returns, others[k]) })),
    )
  })

export const loadingsOf = ({ alpha, loadings, rSquared, conditionNumber, n, lags }: FactorExposure) => ({
  alpha: form(alpha),
  loadings: loadings.map(form),
  rSquared,
  conditionNumber,
  days: n,
  lags,
})

const form = ({ factor, beta, standardError, t }: Loading): LoadingForm => ({
  factor,
  beta,
  standardError,
  t,
})
