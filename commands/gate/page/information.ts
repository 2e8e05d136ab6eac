/** Whether the scores rank what follows, for how long, and what their quantiles earn. */
import * as Plot from '@observablehq/plot'
import { html, type Markup } from '../../../schemas/kernel/markup.ts'
import type { GateReport } from '../report-form.ts'
import type { InformationForm } from '../report-sections.ts'
import { chart, HALF, INK, LOSS, NET } from './chart.ts'
import { count, fine, MISSING, percent, percentFine, ratio } from './format.ts'
import { absent, figure, figures, part, tiles, words } from './layout.ts'

export const information = ({ sections }: GateReport): Markup =>
  part(
    {
      id: 'information',
      title: 'Information in the scores',
      question: 'The rank correlation of held-out scores with what followed, before any portfolio is built.',
      section: sections.information,
    },
    (found) =>
      html`${tiles([
        {
          name: 'Information coefficient',
          value: fine(found.mean),
          note: `± ${fine(found.standardError)}, t ${ratio(found.t)}`,
        },
        { name: 'Its ratio', value: fine(found.ratio), note: 'mean over deviation' },
        { name: 'Days it is above 0', value: percent(found.hitRate) },
        { name: 'Days', value: count(found.dates), note: `${count(found.undefinedDates)} have none` },
        { name: 'New names a day, lowest fifth', value: percent(found.turnover.lowest) },
        { name: 'Highest fifth', value: percent(found.turnover.highest) },
      ])}<div class="side">${decay(found)}${quantiles(found)}</div>`,
  )

function decay({ decay, freedom }: InformationForm): Markup {
  const rows = decay.flatMap(({ horizonDays, mean, standardError }) =>
    mean === null || standardError === null
      ? []
      : [
          {
            name: String(horizonDays),
            mean,
            low: mean - 1.96 * standardError,
            high: mean + 1.96 * standardError,
          },
        ],
  )
  return figure({
    title: 'Decay: the coefficient over longer horizons',
    note: `Days after entry, with 95% intervals that know of overlap and persistence (by cosines, at most ${count(freedom)} degrees of freedom).`,
    chart: chart({
      label: `Information coefficient by horizon: ${rows.map(({ name, mean }) => `${name} days ${fine(mean)}`).join(', ')}`,
      width: HALF,
      height: 250,
      x: { type: 'point', label: 'days ahead', domain: decay.map(({ horizonDays }) => String(horizonDays)) },
      y: { grid: true, label: null, ticks: 5, tickFormat: '~r', zero: true, inset: 8 },
      marks: [
        Plot.ruleY([0], { stroke: INK }),
        Plot.ruleX(rows, { x: 'name', y1: 'low', y2: 'high', stroke: NET, strokeWidth: 2 }),
        Plot.dot(rows, { x: 'name', y: 'mean', fill: NET, r: 4.5 }),
      ],
    }),
    data: {
      caption: 'Decay',
      columns: [
        figures('Days ahead'),
        figures('Mean'),
        figures('Error'),
        figures('t'),
        figures('Days'),
        words('Reason'),
      ],
      rows: decay.map((row) => [
        count(row.horizonDays),
        fine(row.mean),
        fine(row.standardError),
        ratio(row.t),
        count(row.dates),
        row.reason ?? '',
      ]),
    },
  })
}

function quantiles({ quantiles, horizonDays }: InformationForm): Markup {
  if (quantiles.kind !== 'measured') return absent(quantiles)
  const { means, spread, standardError, t } = quantiles.value
  const rows = means.map((mean, i) => ({ name: String(i + 1), mean }))
  return figure({
    title: 'Mean return of each quantile of scores',
    note: `Over the label's ${count(horizonDays)} days, lowest scores first. Highest less lowest: ${percentFine(spread)} (± ${percentFine(standardError)}, t ${ratio(t)}).`,
    chart: chart({
      label: `Mean return by quantile: ${rows.map(({ mean }) => percentFine(mean)).join(', ')}`,
      width: HALF,
      height: 250,
      x: { type: 'band', label: 'quantile', padding: 0.35 },
      y: { grid: true, label: null, ticks: 5, tickFormat: '.2%' },
      marks: [
        Plot.barY(
          rows.filter(({ mean }) => mean !== null),
          { x: 'name', y: 'mean', fill: ({ mean }) => ((mean ?? 0) < 0 ? LOSS : NET) },
        ),
        Plot.ruleY([0], { stroke: INK }),
      ],
    }),
    data: {
      caption: 'Quantiles',
      columns: [figures('Quantile'), figures('Mean return')],
      rows: rows.map(({ name, mean }) => [name, mean === null ? MISSING : percentFine(mean)]),
    },
  })
}
