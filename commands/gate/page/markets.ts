/** Which markets it earns in: regimes that were known beforehand, and the worst episodes. */
import * as Plot from '@observablehq/plot'
import type { GateReport } from '../report-form.ts'
import type { EpisodeForm, RegimeForm } from '../report-market.ts'
import { chart, INK, LOSS, MARK, NET, WIDE } from './chart.ts'
import { chance, count, day, MISSING, percent, ratio } from './format.ts'
import { figure, figures, part, table, words } from './layout.ts'
import { html, type Markup, NOTHING } from './markup.ts'

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
    chart: horizontal(rows, {
      label: `Sharpe by regime: ${rows.map(({ name, value }) => `${name} ${ratio(value)}`).join(', ')}`,
      tickFormat: '~r',
      text: ratio,
    }),
  })
}

type Bar = Readonly<{ name: string; value: number; replayed?: boolean }>
type BarsOptions = Readonly<{ label: string; tickFormat: string; text: (value: number) => string }>

function horizontal(rows: readonly Bar[], { label, tickFormat, text }: BarsOptions): Markup {
  const below = ({ value }: Bar) => value < 0
  const words = { y: 'name', x: 'value', text: (row: Bar) => text(row.value), fontWeight: 600 }
  return chart({
    label,
    width: WIDE,
    height: 50 + 28 * rows.length,
    marginLeft: 230,
    marginRight: 60,
    x: { grid: true, label: null, tickFormat, ticks: 7, inset: 48, zero: true },
    y: { type: 'band', label: null, domain: rows.map(({ name }) => name), tickSize: 0, padding: 0.3 },
    marks: [
      Plot.barX(
        rows.filter(({ replayed }) => replayed !== true),
        { y: 'name', x: 'value', fill: (row: Bar) => (below(row) ? LOSS : NET) },
      ),
      Plot.barX(
        rows.filter(({ replayed }) => replayed === true),
        {
          y: 'name',
          x: 'value',
          fill: MARK,
          fillOpacity: 0.12,
          stroke: MARK,
          strokeDasharray: '4 3',
          strokeWidth: 1.5,
        },
      ),
      Plot.text(rows.filter(below), { ...words, textAnchor: 'end', dx: -6 }),
      Plot.text(
        rows.filter((row) => !below(row)),
        { ...words, textAnchor: 'start', dx: 6 },
      ),
      Plot.ruleX([0], { stroke: INK }),
    ],
  })
}

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
          `${row.from} to ${row.to}`,
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
      { name: 'replayed: Σ beta × factor, no alpha and no change of mind', colour: 'replayed' },
    ],
    chart: horizontal(rows, {
      label: `Total return by episode: ${rows.map(({ name, value, replayed }) => `${name} ${percent(value)}${replayed ? ' replayed' : ''}`).join(', ')}`,
      tickFormat: '~%',
      text: percent,
    }),
  })
}
