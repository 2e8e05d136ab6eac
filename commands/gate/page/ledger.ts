/** The trial ledger: every run of the family that was ever started, and where this one stands among them. */
import * as Plot from '@observablehq/plot'
import { html, type Markup } from '../../../schemas/kernel/markup.ts'
import type { GateReport, LedgerEntry } from '../report-form.ts'
import { chart, GROSS, INK, LOSS, MARK, NET, WIDE } from './chart.ts'
import { leastJudged } from './deflation.ts'
import { chance, count, many, percent, ratio } from './format.ts'
import { figure, figures, table, words } from './layout.ts'

export function trials({ ledger, sections }: GateReport): Markup {
  const { family, started, fromOtherFamilies, finished, earlierRequests, sessions, discoveries, trials } =
    ledger
  const byLuck =
    sections.deflation.kind === 'measured' ? leastJudged(sections.deflation.value.rows).benchmarkAnnual : null
  return html`<section id="trials"><h2>Trial ledger</h2>
<p class="question">Every run that was started counts for ever, whatever became of it. The family <b>${family}</b> has ${many(started, 'trial')}${
    fromOtherFamilies === 0
      ? ''
      : `, ${count(fromOtherFamilies)} of them started in other families: on the same data or by the same author over the same sessions, or with the same rows or file`
  }; ${count(finished)} finished, and are compared over this report's ${count(sessions)} sessions, on which a trial that was not held out earned nothing. Were each judged by its own probability, ${count(discoveries.trials)} would be discoveries at a false discovery rate of ${percent(discoveries.rate)}, however they hang together (Benjamini and Yekutieli). The gate was asked to judge this file ${earlierRequests === 0 ? 'for the first time' : `after ${many(earlierRequests, 'earlier request')}`}.</p>
${strip(trials, byLuck)}
${table({
  caption: 'All trials, in the order in which they were started',
  columns: [
    figures('#'),
    words('Run'),
    words('Status'),
    figures('Log position'),
    figures('Shared sessions'),
    figures('Sharpe a year, net'),
    figures('Adjusted p'),
  ],
  rows: trials.map((trial, i) => [
    i + 1,
    trial.candidate
      ? html`${trial.run} <small>this report's</small>`
      : trial.family === family
        ? trial.run
        : html`${trial.run} <small>of ${trial.family}: same ${trial.relation}</small>`,
    trial.status,
    count(trial.started),
    count(trial.sharedSessions),
    ratio(trial.sharpeAnnual),
    chance(trial.adjustedP),
  ]),
  marked: new Set(trials.flatMap(({ candidate }, i) => (candidate ? [i] : []))),
})}</section>`
}

function strip(trials: readonly LedgerEntry[], byLuck: number | null): Markup {
  const placed = trials.map((trial, i) => ({ ...trial, place: i + 1 }))
  const shown = placed.filter(({ sharpeAnnual }) => sharpeAnnual !== null)
  const own = shown.filter(({ candidate }) => candidate)
  const none = placed.filter(({ sharpeAnnual }) => sharpeAnnual === null)
  return figure({
    title: 'Annual Sharpe of each trial, net, in the order they were started',
    key: [
      { name: 'trial', colour: 'net' },
      { name: "this report's", colour: 'mark' },
      ...(none.length === 0 ? [] : [{ name: 'has no ratio', colour: 'loss' as const }]),
    ],
    ...(byLuck !== null && {
      note: `The dashed line, ${ratio(byLuck)}, is what the best of them is expected to show by luck, by the judged basis.`,
    }),
    chart: chart({
      label: `Sharpe ratios of ${trials.length} trials; the candidate's is ${ratio(own[0]?.sharpeAnnual ?? null)}`,
      width: WIDE,
      height: 210,
      x: {
        label: 'trial',
        domain: [0.5, trials.length + 0.5],
        tickFormat: 'd',
        ticks: Math.min(12, trials.length),
      },
      y: { grid: true, label: null, ticks: 5, tickFormat: '~r', zero: true },
      marks: [
        Plot.ruleY([0], { stroke: INK }),
        Plot.ruleY(byLuck === null ? [] : [byLuck], { stroke: INK, strokeDasharray: '4 3' }),
        Plot.ruleX(shown, { x: 'place', y1: 0, y2: 'sharpeAnnual', stroke: GROSS, strokeOpacity: 0.5 }),
        Plot.dot(shown, {
          x: 'place',
          y: 'sharpeAnnual',
          fill: ({ candidate }) => (candidate ? MARK : NET),
          r: 3.5,
        }),
        Plot.dot(own, { x: 'place', y: 'sharpeAnnual', stroke: MARK, r: 7, strokeWidth: 2 }),
        Plot.dot(none, { x: 'place', y: 0, stroke: LOSS, symbol: 'times', r: 4, strokeWidth: 1.6 }),
      ],
    }),
  })
}
