/** How much of it is luck: the Sharpe ratio deflated by the number of trials. */
import * as Plot from '@observablehq/plot'
import { html, type Markup } from '../../../schemas/kernel/markup.ts'
import type { Figure } from '../report-base.ts'
import type { GateReport } from '../report-form.ts'
import type { DeflationForm } from '../report-sections.ts'
import { chart, FAINT, HALF, INK, MARK, NET } from './chart.ts'
import { chance, count, ratio } from './format.ts'
import { absent, figure, figures, part, side, table, words } from './layout.ts'

export const deflation = ({ sections, tests, ledger }: GateReport): Markup =>
  part(
    {
      id: 'deflation',
      title: 'Is it above luck?',
      question:
        'The more is tried, the better the best looks. The deflated ratio asks whether this one beats the best of as many worthless ones.',
      section: sections.deflation,
    },
    (found) => {
      const threshold = tests.find(({ test }) => test === 'dsr')?.threshold
      return html`${side(againstTrials(found, ledger.started, threshold), expectedByLuck(found, ledger.started))}${rowsTable(found)}${
        found.identicalTrials
          ? html`<p class="absent">The trials do not differ: their spread says nothing.</p>`
          : ''
      }${
        found.effective.kind === 'measured'
          ? html`<p class="note">Trials are alike: of ${count(found.effective.value.trials)} with returns the mean correlation is ${ratio(found.effective.value.meanCorrelation)}, so that they are worth ${ratio(found.effective.value.implied)} independent ones by that mean, and ${bySpectrum(found.effective.value.effectiveRank)} by the spectrum. Each of the ${count(ledger.started - found.effective.value.trials)} without counts whole.</p>`
          : absent(found.effective)
      }`
    },
  )

const bySpectrum = (rank: Figure): string => (rank === null ? 'no more' : ratio(rank))

function againstTrials(found: DeflationForm, started: number, threshold: number | undefined): Markup {
  const points = found.againstTrials
  const own = points.filter(({ trials }) => trials === started)
  const rule = threshold === undefined ? [] : [threshold]
  return figure({
    title: 'Deflated Sharpe against the number of trials',
    note: `By the judged basis, ${found.basis}. ${threshold === undefined ? '' : `The dashed line is the policy's threshold, ${threshold}.`}`,
    chart: chart({
      label: `Probability against trials; at ${started} trials ${chance(own[0]?.probability ?? null)}`,
      width: HALF,
      height: 300,
      marginTop: 30,
      x: { type: 'log', label: 'trials', tickFormat: '~s', ticks: 5 },
      y: { domain: [0, 1], grid: true, label: null, ticks: 5, tickFormat: '.1f' },
      marks: [
        Plot.ruleY([0], { stroke: INK }),
        Plot.ruleY(rule, { stroke: INK, strokeDasharray: '4 3' }),
        Plot.ruleX(own, { x: 'trials', stroke: MARK, strokeDasharray: '2 3' }),
        Plot.line(points, {
          x: 'trials',
          y: 'probability',
          stroke: NET,
          strokeWidth: 2,
          curve: 'monotone-x',
        }),
        Plot.dot(points, { x: 'trials', y: 'probability', fill: NET, r: 2.5 }),
        Plot.dot(own, { x: 'trials', y: 'probability', fill: MARK, r: 5 }),
        Plot.text(own, {
          x: 'trials',
          text: ({ trials, probability }) => `this family: ${count(trials)}, ${chance(probability)}`,
          frameAnchor: 'top',
          dy: -16,
          fill: MARK,
          fontWeight: 600,
        }),
      ],
    }),
    data: {
      caption: 'Had there been so many trials',
      columns: [figures('Trials'), figures('Probability'), figures('Best by luck, Sharpe a year')],
      rows: points.map((row) => [count(row.trials), chance(row.probability), ratio(row.benchmarkAnnual)]),
      marked: new Set(points.flatMap(({ trials }, i) => (trials === started ? [i] : []))),
    },
  })
}

function expectedByLuck({ againstTrials }: DeflationForm, started: number): Markup {
  const own = againstTrials.filter(({ trials }) => trials === started)
  return figure({
    title: 'What the best of as many shows by luck alone',
    note: 'Annual Sharpe ratio that the best of so many worthless trials is expected to have.',
    chart: chart({
      label: `Expected best by luck; at ${started} trials ${ratio(own[0]?.benchmarkAnnual ?? null)}`,
      width: HALF,
      height: 300,
      marginTop: 30,
      x: { type: 'log', label: 'trials', tickFormat: '~s', ticks: 5 },
      y: { grid: true, label: null, ticks: 5, zero: true, tickFormat: '~r' },
      marks: [
        Plot.ruleY([0], { stroke: FAINT }),
        Plot.line(againstTrials, { x: 'trials', y: 'benchmarkAnnual', stroke: NET, strokeWidth: 2 }),
        Plot.dot(own, { x: 'trials', y: 'benchmarkAnnual', fill: MARK, r: 5 }),
        Plot.text(own, {
          x: 'trials',
          y: 'benchmarkAnnual',
          text: ({ benchmarkAnnual }) => ratio(benchmarkAnnual),
          textAnchor: 'end',
          dx: -8,
          dy: -8,
          fill: MARK,
          fontWeight: 600,
        }),
      ],
    }),
  })
}

/** The row that is judged by: the least probability of those that count. */
export const leastJudged = (rows: DeflationForm['rows']): DeflationForm['rows'][number] =>
  rows
    .filter(({ judged }) => judged)
    .reduce((least, row) => (row.probability < least.probability ? row : least))

const BASES: Readonly<Record<string, string>> = {
  sample: 'all trials, by the spread of their ratios',
  floored: 'all trials, by that spread or by what their correlation leaves, whichever is more',
  clustered: 'clusters of like trials, by the spread of their ratios',
  'null-effective': 'independent trials, by the error of one worthless trial',
  'null-clusters': 'clusters of like trials, by the error of one worthless trial',
  null: 'all trials, by the error of one worthless trial',
}

function rowsTable({ rows, undeflated }: DeflationForm): Markup {
  const least = leastJudged(rows)
  return table({
    caption: 'Ways to deflate; the least of those that count is judged',
    columns: [
      words('Basis'),
      figures('Trials'),
      figures('Best by luck, Sharpe a year'),
      figures('Probability'),
      words('Judged'),
    ],
    rows: [
      ['not deflated, one trial', '1', ratio(0), chance(undeflated), 'no'],
      ...rows.map((row) => [
        html`${BASES[row.basis] ?? row.basis} <small>${row.basis}</small>`,
        count(row.trials),
        ratio(row.benchmarkAnnual),
        chance(row.probability),
        row.judged ? 'counts' : 'no',
      ]),
    ],
    marked: new Set([1 + rows.indexOf(least)]),
  })
}
