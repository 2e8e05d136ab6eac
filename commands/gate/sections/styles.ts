/** What the candidate owes to styles: a cross-sectional model of its own market, and its betas on that model's factors. */
import { onceFor } from '../../../schemas/kernel/once-for.ts'
import { insufficient, type Measured, measured } from '../../../streams/statistics/measured.ts'
import { meanTest } from '../../../streams/statistics/newey-west.ts'
import type { Days } from '../days.ts'
import type { SessionSeries } from '../given.ts'
import type { Market } from '../market.ts'
import type { StylesForm } from '../report-market.ts'
import { STYLE_DAYS } from '../style-descriptors.ts'
import { crossSections, exposuresAt } from '../style-model.ts'
import { exposureOn, loadingsOf } from './factors.ts'

/** Exposures are renewed so often, as the vendors' monthly models do; returns are explained every day. */
const EVERY_DAYS = 21
const LEAST_DAYS = 252

/** The style model of a market: the daily return of each of its factors, and how much of a day they explain on the mean. */
export type StyleSeries = Readonly<{ factors: readonly SessionSeries[]; meanRSquared: number }>

export const styleSeries = onceFor((market: Market): Measured<StyleSeries> => {
  const found = factorDays(market)
  if (found.length < LEAST_DAYS)
    return insufficient(`${found.length} days have a full cross-section, at least ${LEAST_DAYS} are needed`)
  const names = ['market', ...(found[0]?.styles ?? [])]
  const sessions = Float64Array.from(found, ({ day }) => market.sessions[day])
  const factors = names.map((name, k) => ({
    name,
    sessions,
    returns: Float64Array.from(found, (one) => one.factors[k]),
    spansHoles: false,
  }))
  const meanRSquared = found.reduce((sum, { rSquared }) => sum + rSquared, 0) / found.length
  return measured({ factors, meanRSquared })
})

export function styleExposure(days: Days, { factors, meanRSquared }: StyleSeries): Measured<StylesForm> {
  const exposure = exposureOn(days, factors)
  if (exposure.kind === 'insufficient') return exposure
  return measured({
    factors: factors.map(({ name, returns }) => {
      const { mean, t } = meanTest(returns)
      return { factor: name, returnAnnual: mean * days.periodsPerYear, t }
    }),
    meanRSquared,
    ...loadingsOf(exposure.value),
    everyDays: EVERY_DAYS,
  })
}

type FactorDay = Readonly<{
  day: number
  styles: readonly string[]
  factors: Float64Array
  rSquared: number
}>

/** Exposures at a close explain the days after it, until they are renewed. */
function factorDays({ returns, market }: Market): readonly FactorDay[] {
  const width = returns[0]?.length ?? 0
  const columns = Array.from({ length: width }, (_, name) => Float64Array.from(returns, (row) => row[name]))
  const found: FactorDay[] = []
  let [styles, explain]: [readonly string[], ReturnType<typeof crossSections> | undefined] = [[], undefined]
  for (let day = STYLE_DAYS; day < returns.length; day++) {
    if ((day - STYLE_DAYS) % EVERY_DAYS === 0) {
      const exposures = exposuresAt({ returns: columns, market }, day - 1)
      styles = exposures.styles
      explain = crossSections(exposures)
    }
    const section = explain?.(returns[day])
    if (section?.kind !== 'measured') continue
    const { factors, rSquared } = section.value
    found.push({ day, styles, factors, rSquared })
  }
  return found
}
