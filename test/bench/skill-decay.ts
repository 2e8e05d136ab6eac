/** The fourth part of `npm run skill`: how often a lasting change is seen where there is none, and after how long where there is one. */
import { decaySkill } from '../support/decay-skill.ts'
import { printTable } from './report.ts'

const SEED = 1
const MODELS = 200
const YEARS = 5

const rows = [504, 1260].flatMap((pastDays) =>
  [0, 0.3, 0.5, 0.9, 0.97].map((phi) => {
    const found = [0.25, 0.5, 1].map((shift) =>
      decaySkill({ phi, pastDays, shift }, { models: MODELS, years: YEARS, seed: SEED }),
    )
    return {
      ...{ phi, 'held-out days': String(pastDays), 'alarms a year': found[0].alarmsAYear.toFixed(2) },
      ...Object.fromEntries(
        found.flatMap(({ found: { medianDays, withinTwoYears } }, at) => {
          const shift = [0.25, 0.5, 1][at]
          return [
            [`-${shift} sd: median days`, Number.isFinite(medianDays) ? String(medianDays) : 'over 504'],
            [`-${shift} sd: within two years`, `${(100 * withinTwoYears).toFixed(0)}%`],
          ]
        }),
      ),
    }
  }),
)
printTable(
  `information coefficient and residuals: a lasting change of the mean, in deviations of a day, AR(1), ${MODELS} models a row, ${YEARS} years; budget 1 a year`,
  rows,
)
