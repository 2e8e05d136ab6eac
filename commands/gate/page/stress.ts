/** The market's worst episodes, by its own history or replayed from its factors. */

import { html, type Markup, NOTHING } from '../../../schemas/kernel/markup.ts'
import type { GateReport } from '../report-form.ts'
import type { EpisodeForm } from '../report-market.ts'
import { horizontalBars } from './bars.ts'
import { day, percent } from './format.ts'
import { figure, figures, part, table, words } from './layout.ts'

const KINDS = {
  own: 'own history',
  replayed: 'replayed from factors',
  insufficient: 'none',
} as const

export const stress = ({ sections }: GateReport): Markup =>
  part(
    {
      id: 'stress',
      title: 'Stress episodes',
      question:
        "What it did in the market's worst episodes; where it has no history, what its factor betas would have done.",
      section: sections.stress,
    },
    ({ episodes }) =>
      html`${stressFigure(episodes)}${table({
        caption: 'Episodes; the end is exclusive',
        columns: [
          words('Episode'),
          words('Days'),
          words('Source'),
          figures('Total return'),
          figures('Worst day'),
          figures('Drawdown'),
        ],
        rows: episodes.map((row) => [
          row.episode,
          html`<span class="span">${row.from} to ${row.to}</span>`,
          row.reason === null ? KINDS[row.kind] : html`${KINDS[row.kind]}<small>${row.reason}</small>`,
          percent(row.totalReturn),
          row.worstDayAt === null
            ? percent(row.worstDay)
            : html`${percent(row.worstDay)}<small>${day(row.worstDayAt)}</small>`,
          percent(row.maxDrawdown),
        ]),
      })}`,
  )

function stressFigure(episodes: readonly EpisodeForm[]): Markup {
  const rows = episodes.flatMap(({ episode, kind, totalReturn }) =>
    totalReturn === null ? [] : [{ name: episode, value: totalReturn, replayed: kind === 'replayed' }],
  )
  if (rows.length === 0) return NOTHING
  return figure({
    title: 'Total return in each episode, net',
    key: [
      { name: 'own history: gain', colour: 'net' },
      { name: 'loss', colour: 'loss' },
      ...(rows.some(({ replayed }) => replayed)
        ? [{ name: 'replayed: Σ beta × factor, no alpha and no change of mind', colour: 'replayed' as const }]
        : []),
    ],
    chart: horizontalBars(rows, {
      label: `Total return by episode: ${rows.map(({ name, value, replayed }) => `${name} ${percent(value)}${replayed ? ' replayed' : ''}`).join(', ')}`,
      tickFormat: '~%',
      text: percent,
    }),
  })
}
