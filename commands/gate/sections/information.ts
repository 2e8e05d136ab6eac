/** How well the candidate's held-out scores rank what follows, for how long, and what their quantiles earn and trade. */
import type { LabelSpec } from '../../../schemas/events/experiment.ts'
import type { Measured } from '../../../streams/statistics/measured.ts'
import { meanOf } from '../../../streams/statistics/moments.ts'
import type { Study } from '../evidence.ts'
import {
  informationCoefficient,
  informationDecay,
  type Panel,
  quantileReturns,
  quantileTurnover,
} from '../information-coefficient.ts'
import type { InformationForm } from '../report-sections.ts'
import { mapped } from '../section.ts'

const HORIZONS = [1, 5, 10, 21, 63] as const
const QUANTILES = 5

/** @param horizon the days of the label's window */
export function information({ layout, scores }: Study, horizon: number): Measured<InformationForm> {
  const { labels, returns } = layout
  const horizons = HORIZONS.map((days) => ({ horizon: days, forward: forwardReturns(returns, days) }))
  return mapped(informationCoefficient(scores, labels, horizon), (ic) => ({
    horizonDays: horizon,
    mean: ic.mean,
    standardError: ic.standardError,
    t: ic.t,
    freedom: ic.freedom,
    ratio: ic.ratio,
    hitRate: ic.hitRate,
    dates: ic.dates,
    undefinedDates: ic.undefinedDates,
    decay: informationDecay(scores, horizons).map((found, k) => {
      const horizonDays = HORIZONS[k]
      if (found.kind === 'insufficient')
        return { horizonDays, mean: null, standardError: null, t: null, dates: 0, reason: found.reason }
      const { mean, standardError, t, dates } = found.value
      return { horizonDays, mean, standardError, t, dates, reason: null }
    }),
    quantiles: mapped(quantileReturns(scores, labels, { quantiles: QUANTILES, horizon }), (found) => ({
      means: [...found.means],
      spread: found.spread.mean,
      standardError: found.spread.standardError,
      t: found.spread.t,
    })),
    turnover: { lowest: turnoverOf(scores, 'lowest'), highest: turnoverOf(scores, 'highest') },
  }))
}

export const horizonOf = ({ entryRows, exitRows }: LabelSpec): number => exitRows - entryRows

/** What is earned from the close after the decision's for so many days; a missing day makes it missing. */
function forwardReturns(returns: Panel, days: number): Panel {
  return returns.map((row, day) =>
    row.map((_, name) => {
      let wealth = 1
      for (let ahead = 2; ahead < days + 2; ahead++)
        wealth *= 1 + (returns[day + ahead]?.[name] ?? Number.NaN)
      return wealth - 1
    }),
  )
}

const turnoverOf = (scores: Panel, quantile: 'lowest' | 'highest'): number =>
  meanOf(quantileTurnover(scores, { quantile, quantiles: QUANTILES }).filter(Number.isFinite))
