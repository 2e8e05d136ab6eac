/** The second part of `npm run skill`: how often the monitors alarm about nothing, against what is promised, and what they see. */
import { ALPHA } from '../../streams/monitoring/e-process.ts'
import { FALSE_ALARMS_A_YEAR } from '../../streams/monitoring/feature-drift.ts'
import { driftSkill, type Form, type Panel, type WatchCase, watchSkill } from '../support/monitor-skill.ts'
import { printTable } from './report.ts'

const SEED = 1
const MODELS = 60
const percent = (share: number): string => `${(100 * share).toFixed(1)}%`

function driftTable(panels: readonly Panel[]): void {
  const rows = panels.map((panel) => {
    const found = driftSkill(panel, MODELS, SEED)
    return {
      form: panel.form,
      phi: panel.phi,
      common: panel.common,
      'reference days': String(panel.referenceDays),
      features: panel.features,
      'not judged': percent(found.unjudged),
      'checks in alarm': percent(found.checksInAlarm),
      'models with an alarm in a year': percent(found.anyInAYear),
      'alarms a year': found.alarmsAYear.toFixed(2),
      'sees +0.5 sd': percent(found.shiftHalf),
      '+1 sd': percent(found.shiftOne),
      '+2 sd': percent(found.shiftTwo),
      'sd x 2': percent(found.spreadTwice),
    }
  })
  printTable(
    `drift: ${MODELS} models a row, 20 names, AR(1); promised with nothing changed: at most ${percent(FALSE_ALARMS_A_YEAR)} of models have an alarm in a year`,
    rows,
  )
}

const panel = (form: Form, phi: number, common: number, referenceDays: number, features = 1): Panel => ({
  form,
  phi,
  common,
  referenceDays,
  features,
})

function watchTable(cases: readonly Readonly<{ what: string; shape: WatchCase; models: number }>[]): void {
  const rows = cases.map(({ what, shape, models }) => {
    const found = watchSkill(shape, models, SEED)
    return {
      what,
      'backtest days': String(shape.backtestDays),
      'live days': String(shape.liveDays),
      AR: shape.autocorrelation,
      trials: shape.trials,
      models,
      'held to a ratio of': found.heldToSharpe.toFixed(2),
      alarms: percent(found.alarms),
      'median day': found.medianDay ?? '-',
    }
  })
  printTable(`always-valid test; promised with nothing wrong: at most ${percent(ALPHA)} ever`, rows)
}

export function skillOfMonitors(): void {
  driftTable([
    ...[0, 0.5, 0.9, 0.97, 0.99].flatMap((phi) =>
      [756, 1260, 2520].map((days) => panel('level', phi, 0.3, days)),
    ),
    ...[0, 1].flatMap((common) => [0.9, 0.97, 0.99].map((phi) => panel('level', phi, common, 1260))),
    ...(['rank', 'z-score'] as const).flatMap((form) =>
      [0.9, 0.99].map((phi) => panel(form, phi, 0.3, 1260)),
    ),
    ...[0.5, 0.97].map((phi) => panel('level', phi, 0.3, 1260, 10)),
  ])
  const nothingWrong = { trials: 1, skill: 1, live: null, liveDays: 2520 }
  const chosen = { autocorrelation: 0, trials: 45 }
  const sizes = [1250, 2520].flatMap((backtestDays) => [
    { what: 'as good as ever', models: 400, shape: { ...nothingWrong, backtestDays, autocorrelation: 0 } },
    { what: 'as good as ever', models: 400, shape: { ...nothingWrong, backtestDays, autocorrelation: 0.3 } },
    {
      what: 'best of 45 without skill',
      models: 100,
      shape: { ...nothingWrong, ...chosen, backtestDays, skill: 0 },
    },
  ])
  const powers = [0, -1].flatMap((live) =>
    [252, 1260].flatMap((liveDays) => {
      const shape = { backtestDays: 2520, liveDays, skill: 2, live }
      const what = `a ratio of 2 falls to ${live}`
      return [
        { what, models: 200, shape: { ...shape, autocorrelation: 0, trials: 1 } },
        { what, models: 60, shape: { ...shape, ...chosen } },
      ]
    }),
  )
  watchTable([...sizes, ...powers])
}

if (process.argv[1]?.endsWith('skill-monitors.ts')) skillOfMonitors()
