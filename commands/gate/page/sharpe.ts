/** The Sharpe ratio's own error: how sure it is that the true one is above 0. */

import { html, type Markup } from '../../../schemas/kernel/markup.ts'
import type { GateReport } from '../report-form.ts'
import type { SharpeForm } from '../report-sections.ts'
import { chance, count, fine } from './format.ts'
import { absent, figures, part, table, words } from './layout.ts'

export const sharpe = ({ sections }: GateReport): Markup =>
  part(
    {
      id: 'sharpe',
      title: 'Is the ratio above nothing?',
      question:
        'The probability that the true Sharpe ratio is above 0, given length, skew and kurtosis; one trial assumed.',
      section: sections.sharpe,
    },
    (found) =>
      html`${formsTable(found)}${
        found.minBacktest.kind === 'measured' ? enough(found.minBacktest.value) : absent(found.minBacktest)
      }`,
  )

const formsTable = ({ forms }: SharpeForm): Markup =>
  table({
    caption: 'Probabilistic Sharpe ratio, in both published forms',
    columns: [
      words('Form'),
      figures('Probability'),
      figures('Error a day'),
      figures('Autocorrelation'),
      figures('Days needed'),
    ],
    rows: forms.map((form) => [
      form.form === '2012' ? 'Bailey & López de Prado 2012' : 'López de Prado, Lipton & Zoonekynd 2025',
      chance(form.probability),
      form.standardError.toFixed(4),
      fine(form.autocorrelation),
      form.minTrackRecordDays === null ? 'no length is enough' : count(Math.ceil(form.minTrackRecordDays)),
    ]),
  })

const enough = (
  found: Extract<SharpeForm['minBacktest'], { kind: 'measured' }>['value'],
): Markup => html`<p>For the best of ${count(found.trials)} worthless trials not to reach this ratio by luck, a backtest must be longer than
<b>${found.years.toFixed(1)} years</b> (at most ${found.upperBoundYears.toFixed(1)}). This one has <b>${found.actualYears.toFixed(1)}</b>.</p>`
