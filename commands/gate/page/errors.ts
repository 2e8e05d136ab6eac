/** How often the gate and the rule that watches it after approval are wrong: alarms about nothing, and skill not seen. */
import * as Plot from '@observablehq/plot'
import { html, type Markup } from '../../../schemas/kernel/markup.ts'
import type { GateReport } from '../report-form.ts'
import type { PowerForm, WatchForm } from '../report-sections.ts'
import { chart, GROSS, INK, NET, WIDE } from './chart.ts'
import { chance, count, percent, ratio } from './format.ts'
import { figure, figures, part, tiles } from './layout.ts'

export const watch = ({ sections }: GateReport): Markup =>
  part(
    {
      id: 'watch',
      title: 'The rule that would watch it',
      question:
        'How often the live rule cuts its capital when nothing is wrong: on returns exactly like the backtest.',
      section: sections.watch,
    },
    (found) =>
      html`${tiles([
        { name: `At least one false alarm in ${count(found.days)} days`, value: percent(found.anyBreach) },
        { name: 'False alarms on a path', value: ratio(found.alarmsPerPath), note: 'on the mean' },
        { name: 'Always-valid test beside it', value: percent(found.alwaysValid), note: 'at least one' },
        {
          name: `Ratio expected over ${count(found.windowDays)} days`,
          value: ratio(found.expected),
          note: `± ${ratio(found.deviation)}`,
        },
      ])}<p>${sentence(found)}</p><p>${lossSentence(found)}</p>`,
  )

const sentence = (found: WatchForm): string =>
  `The rule fires where the ratio of ${count(found.windowDays)} days is ${found.deviations} deviations ${
    found.direction === 'below' ? 'below' : 'off'
  } what is expected. With nothing wrong it does so at least once in ${percent(found.anyBreach)} of ${count(
    found.paths,
  )} resampled paths of ${count(found.days)} days (blocks of ${found.blockLength.toFixed(1)} days on the mean), so one alarm alone says little.`

const lossSentence = ({ losses, days }: WatchForm): string =>
  losses === null
    ? 'The policy sets no loss limits: a day or a fall of any size cuts nothing.'
    : `Loss limits: a day that loses ${percent(losses.dayLoss)} of the capital is met in ${percent(losses.anyDay)} of the paths within ${count(days)} days, a fall of ${percent(losses.drawdown)} below the high-water mark in ${percent(losses.anyDrawdown)}, one of the two in ${percent(losses.either)}.`

export const power = ({ sections }: GateReport): Markup =>
  part(
    {
      id: 'power',
      title: 'What the gate can see',
      question:
        'The chance that a strategy with a true ratio so high passes, at this length and shape of record.',
      section: sections.power,
    },
    powerFigure,
  )

const powerFigure = ({ rows, confidence, priorTrue }: PowerForm): Markup =>
  figure({
    title: 'Chance to pass, by the true annual Sharpe ratio',
    note: `At a confidence of ${percent(confidence)}. False discoveries are of those that pass, if ${percent(priorTrue)} of all that come have skill: planned, and for a record exactly as good as this one.`,
    key: [
      { name: 'against the best of the family by luck', colour: 'net' },
      { name: 'against 0', colour: 'gross' },
    ],
    chart: chart({
      label: `Power by true ratio: ${rows.map((row) => `${row.trueSharpeAnnual} ${chance(row.powerDeflated)}`).join(', ')}`,
      width: WIDE,
      height: 260,
      x: { label: 'true Sharpe a year', tickFormat: '~r', zero: true },
      y: { domain: [0, 1], grid: true, label: null, ticks: 5, tickFormat: '.0%' },
      marks: [
        Plot.ruleY([0], { stroke: INK }),
        Plot.line(rows, { x: 'trueSharpeAnnual', y: 'power', stroke: GROSS, strokeWidth: 2 }),
        Plot.dot(rows, { x: 'trueSharpeAnnual', y: 'power', fill: GROSS, r: 3 }),
        Plot.line(rows, { x: 'trueSharpeAnnual', y: 'powerDeflated', stroke: NET, strokeWidth: 2 }),
        Plot.dot(rows, { x: 'trueSharpeAnnual', y: 'powerDeflated', fill: NET, r: 3 }),
      ],
    }),
    data: {
      caption: 'Power',
      columns: [
        figures('True Sharpe'),
        figures('Passes against 0'),
        figures('Against luck'),
        figures('False discoveries, planned'),
        figures('At this record'),
      ],
      rows: rows.map((row) => [
        ratio(row.trueSharpeAnnual),
        chance(row.power),
        chance(row.powerDeflated),
        chance(row.plannedFalseDiscovery),
        chance(row.observedFalseDiscovery),
      ]),
    },
  })
