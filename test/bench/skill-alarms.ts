/** The third part of `npm run skill`: alarms a year about nothing, against the budget, and what is found; on figures that are AR(1). */
import { driftAlarmSkill, WAYS } from '../support/alarm-drift-skill.ts'
import { alarmSkill, SHIFTS } from '../support/alarm-skill.ts'
import type { Panel } from '../support/monitor-skill.ts'
import { printTable } from './report.ts'

const SEED = 1
const BUDGET = 1
const YEARS = 10
const MODELS = 20
const percent = (share: number): string => `${(100 * share).toFixed(0)}%`

function figuresTable(): void {
  const rows = [60, 250].flatMap((history) =>
    (['normal', 't3'] as const).flatMap((tails) =>
      [0, 0.5, 0.9, 0.98].map((phi) => {
        const shape = { figures: 20, phi, common: 0.3, tails, history, matters: 0.5 }
        const found = alarmSkill(shape, { years: YEARS, budget: BUDGET, seed: SEED })
        return {
          ...{ remembered: history, tails, phi },
          'alarms a year': found.alarmsAYear.toFixed(2),
          'by 3 deviations': found.threeSigmaAYear.toFixed(1),
          ...Object.fromEntries(SHIFTS.map((by, at) => [`finds +${by} sd`, percent(found.finds[at])])),
        }
      }),
    ),
  )
  printTable(
    `figures of a data set: 20 together, AR(1), .3 of their variance in common, ${YEARS} years; budget ${BUDGET} a year over all`,
    rows,
  )
}

function driftTable(): void {
  const panels = [0, 0.5, 0.9, 0.97].flatMap((phi) =>
    [1260, 2520].map(
      (referenceDays): Panel => ({ form: 'level', phi, common: 0.3, referenceDays, features: 20 }),
    ),
  )
  const rows = panels.map((panel) => {
    const found = driftAlarmSkill(panel, { models: MODELS, budget: BUDGET, seed: SEED })
    return {
      ...{ phi: panel.phi, 'reference days': String(panel.referenceDays), models: found.judged },
      ...Object.fromEntries(WAYS.map((way) => [`${way}, a year`, found.alarmsAYear[way].toFixed(2)])),
      ...Object.fromEntries(WAYS.map((way) => [`${way}, +1 sd`, percent(found.sees[1][way])])),
    }
  })
  printTable(
    `feature drift: 20 features of 20 names, AR(1), a year of checks; budget ${BUDGET} a year over all features of a model`,
    rows,
  )
}

figuresTable()
driftTable()
