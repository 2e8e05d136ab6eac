/** The top of the page: what was decided, about what, by which thresholds. */

import { html, type Markup } from '../../../schemas/kernel/markup.ts'
import type { GateReport, JudgedTest } from '../report-form.ts'
import { chance, count, day, many, percent, plain, ratio } from './format.ts'
import { figures, type Tile, table, tiles, words } from './layout.ts'

export function heading(report: GateReport): Markup {
  const { model, run, readAt, policy, verdict } = report
  return html`<header>
<p class="eyebrow">Gate report · policy version ${policy.version} · read at log position ${count(readAt)}</p>
<h1>${model}</h1>
<p>Run <b>${run.run}</b> of the family <b>${run.family}</b>, by ${run.author}.</p>
<div class="verdict ${verdict}" role="status"><b>${verdict === 'passed' ? '✓ Passed' : '✕ Refused'}</b><p>${sentence(report)}</p></div>
${tiles(glance(report))}</header>`
}

function sentence({ verdict, tests }: GateReport): string {
  const failed = tests.filter(({ passed }) => !passed)
  if (verdict === 'passed')
    return `All ${many(tests.length, 'test')} of the policy passed. It may go to the committee.`
  const unmeasured = failed.filter(({ value }) => value === null).length
  const why = unmeasured === 0 ? '' : ` Of these, ${unmeasured} could not be measured, which is a failure.`
  return `${failed.length} of ${many(tests.length, 'test')} failed: ${failed.map(({ test }) => test).join(', ')}.${why}`
}

function glance({ sections, ledger }: GateReport): readonly Tile[] {
  const { performance, deflation, overfitting } = sections
  const all: Tile[] = []
  if (performance.kind === 'measured') {
    const { sharpeAnnual, sharpeAnnualGross, returnAnnual, volatilityAnnual, maxDrawdown, days, from, to } =
      performance.value
    all.push(
      { name: 'Sharpe, net', value: ratio(sharpeAnnual), note: `${ratio(sharpeAnnualGross)} gross` },
      {
        name: 'Return a year',
        value: percent(returnAnnual),
        note: `at ${percent(volatilityAnnual)} volatility`,
      },
      { name: 'Greatest drawdown', value: percent(maxDrawdown) },
      { name: 'Held-out days', value: count(days), note: `${day(from).slice(0, 4)}–${day(to).slice(0, 4)}` },
    )
  }
  if (deflation.kind === 'measured')
    all.push({ name: 'Deflated Sharpe', value: chance(deflation.value.probability) })
  if (overfitting.kind === 'measured')
    all.push({ name: 'Chance of overfitting', value: chance(overfitting.value.probability) })
  all.push({
    name: 'Trials started',
    value: count(ledger.started),
    note: `${count(ledger.finished)} finished`,
  })
  return all
}

export const tests = ({ tests, policy }: GateReport): Markup => html`
<section id="tests"><h2>Tests</h2>
<p class="question">Each threshold of policy ${policy.version}, what was measured, and how far it lies on the passing side.</p>
<p class="note">${policy.note}</p>
${table({
  caption: 'Tests of the policy',
  columns: [words('Test'), figures('Demanded'), figures('Measured'), figures('Margin'), words('Outcome')],
  rows: tests.map((test) => [
    html`${test.title} <small>${test.test}</small>`,
    `${test.comparison === 'at-least' ? '≥' : '≤'} ${plain(test.threshold)}`,
    plain(test.value),
    marginOf(test),
    outcomeOf(test),
  ]),
})}</section>`

const marginOf = ({ margin }: JudgedTest): string =>
  margin !== null && margin > 0 ? `+${plain(margin)}` : plain(margin)

const outcomeOf = ({ passed, value, reason }: JudgedTest): Markup =>
  passed
    ? html`<span class="ok">✓ passed</span>`
    : html`<span class="bad">✕ ${value === null ? 'not measured' : 'failed'}</span>${
        reason === null ? '' : html`<small>${reason}</small>`
      }`
