/** What is left of the candidate once everything is taken away that can be had elsewhere: factors and styles in one regression. */
import { insufficient, type Measured, measured } from '../../../streams/statistics/measured.ts'
import type { Days } from '../days.ts'
import type { GivenData } from '../evidence.ts'
import { factorReturns } from '../given.ts'
import type { AlphaForm } from '../report-market.ts'
import { attempted } from '../section.ts'
import { exposureOn, loadingsOf } from './factors.ts'
import type { StyleSeries } from './styles.ts'

/** A regression on a smaller share of the held-out time says nothing of the rest. */
const LEAST_COVERAGE = 0.5
const LEAST_YEARS = 1

/**
 * The constant of net returns on the given factors and the styles of the training market, over the periods that all of them
 * have, with the error of Newey & West (1987) and their small-sample factor n/(n − k), as statsmodels' HAC with
 * use_correction=True. `insufficient` where the policy names factors that do not cover half of the held-out time: a missing
 * factor explains nothing.
 */
export const alpha = (
  days: Days,
  styles: Measured<StyleSeries>,
  given: GivenData | null,
): Measured<AlphaForm> =>
  attempted(() => {
    if (styles.kind === 'insufficient') return styles
    const factors = given === null ? [] : factorReturns(given)
    if (given !== null && factors.length === 0)
      return insufficient(`nothing of the data set ${given.dataset} has arrived`)
    const named = styles.value.factors.map((style) => ({ ...style, name: `style: ${style.name}` }))
    const found = exposureOn(days, [...factors, ...named])
    if (found.kind === 'insufficient') return found
    const { alpha, loadings, days: periods, periodsPerYear: perYear, ...form } = loadingsOf(found.value)
    const [years, held] = [periods / perYear, days.net.length / days.periodsPerYear]
    if (!(years >= LEAST_YEARS && years >= LEAST_COVERAGE * held))
      return insufficient(
        `factors and styles cover ${years.toFixed(1)} of ${held.toFixed(1)} held-out years, at least ${LEAST_YEARS} and half of them are needed`,
      )
    const standardError = alpha.standardError * Math.sqrt(periods / (periods - loadings.length - 1))
    return measured({
      dataset: given?.dataset ?? null,
      alphaAnnual: alpha.beta * perYear,
      standardErrorAnnual: standardError * perYear,
      t: alpha.beta / standardError,
      loadings,
      days: periods,
      coverage: Math.min(1, years / held),
      ...form,
    })
  })
