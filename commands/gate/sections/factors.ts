/** What of the candidate is common factors: betas through time on factor returns that the policy names. */
import { periodsPerYear } from '../../../streams/calendar/spacing.ts'
import { insufficient, type Measured } from '../../../streams/statistics/measured.ts'
import type { Days } from '../days.ts'
import type { GivenData } from '../evidence.ts'
import { type FactorExposure, factorExposure, type Loading } from '../factor-exposure.ts'
import { commonPeriods, factorReturns, type SessionSeries } from '../given.ts'
import type { FactorsForm, LoadingForm } from '../report-market.ts'
import { attempted, mapped } from '../section.ts'

export const factorLoadings = (days: Days, given: GivenData): Measured<FactorsForm> =>
  attempted(() => {
    const factors = factorReturns(given)
    if (factors.length === 0) return insufficient(`nothing of the data set ${given.dataset} has arrived`)
    const found = exposureOn(days, factors)
    return mapped(found, (exposure) => ({ dataset: given.dataset, ...loadingsOf(exposure) }))
  })

/** `periodsPerYear`: months for factors that are monthly. */
type PeriodExposure = FactorExposure & Readonly<{ periodsPerYear: number }>

/** Over the periods from one session that the strategy and every factor have to the next. */
export const exposureOn = (days: Days, factors: readonly SessionSeries[]): Measured<PeriodExposure> =>
  attempted(() => {
    const own = { name: 'own', sessions: days.sessions, returns: days.net, spansHoles: true }
    const { sessions, returns } = commonPeriods([own, ...factors])
    const [net, ...others] = returns
    const found = factorExposure(
      net,
      factors.map(({ name }, k) => ({ name, returns: others[k] })),
    )
    return mapped(found, (exposure) => ({ ...exposure, periodsPerYear: periodsPerYear(sessions) }))
  })

export const loadingsOf = ({
  alpha,
  loadings,
  rSquared,
  conditionNumber,
  n,
  lags,
  periodsPerYear: perYear,
}: PeriodExposure) => ({
  periodsPerYear: perYear,
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
