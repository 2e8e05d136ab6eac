/** Which markets it earns in, by labels that were known beforehand. */

import { html, type Markup, NOTHING } from '../../../schemas/kernel/markup.ts'
import type { GateReport } from '../report-form.ts'
import type { RegimeForm } from '../report-market.ts'
import { horizontalBars } from './bars.ts'
import { chance, count, MISSING, percent, ratio } from './format.ts'
import { figure, figures, part, table, words } from './layout.ts'

export const regimes = ({ sections }: GateReport): Markup =>
  part(
    {
      id: 'regimes',
      title: 'Regimes',
      question:
        'Does it earn in one kind of market only? Each day is labelled by what was known before it began.',
      section: sections.regimes,
    },
    ({ regimes }) =>
      html`${regimesFigure(regimes)}${table({
        caption: 'Regimes',
        columns: [
          words('Regime'),
          words('Label'),
          figures('Days'),
          figures('Sharpe'),
          figures('Return a year'),
          figures('P(true ratio > 0)'),
        ],
        rows: regimes.flatMap(regimeRows),
      })}${regimes.map(ruleOf)}`,
  )

const regimeRows = ({ regime, cells, reason }: RegimeForm) =>
  reason === null
    ? cells.map((cell) => [
        regime,
        cell.label,
        count(cell.days),
        ratio(cell.sharpeAnnual),
        percent(cell.returnAnnual),
        cell.reason === null ? chance(cell.psr) : html`${MISSING}<small>${cell.reason}</small>`,
      ])
    : [[regime, html`<small>${reason}</small>`, MISSING, MISSING, MISSING, MISSING]]

const ruleOf = ({ regime, rule, unlabelledDays }: RegimeForm): Markup =>
  html`<p class="note"><b>${regime}</b>: ${rule}${unlabelledDays === 0 ? '' : ` (${count(unlabelledDays)} days have no label)`}</p>`

function regimesFigure(regimes: readonly RegimeForm[]): Markup {
  const rows = regimes.flatMap(({ regime, cells }) =>
    cells.flatMap(({ label, sharpeAnnual }) =>
      sharpeAnnual === null ? [] : [{ name: `${regime}: ${label}`, value: sharpeAnnual }],
    ),
  )
  if (rows.length === 0) return NOTHING
  return figure({
    title: 'Annual Sharpe by regime, net',
    chart: horizontalBars(rows, {
      label: `Sharpe by regime: ${rows.map(({ name, value }) => `${name} ${ratio(value)}`).join(', ')}`,
      tickFormat: '~r',
      text: ratio,
    }),
  })
}
