/** The purged walk-forward, block by block. */
import * as Plot from '@observablehq/plot'
import { html, type Markup } from '../../../schemas/kernel/markup.ts'
import type { GateReport } from '../report-form.ts'
import type { WalkForwardBar } from '../report-sections.ts'
import { chart, HALF, INK, LOSS, NET, WIDE } from './chart.ts'
import { count, day, percent, ratio, spanOf } from './format.ts'
import { figure, figures, part, table, words } from './layout.ts'

export const walkForward = ({ sections }: GateReport): Markup =>
  part(
    {
      id: 'walk-forward',
      title: 'Walk-forward',
      question:
        'Trained on the past, tested on the next block, again and again: did one lucky stretch make the whole?',
      section: sections.walkForward,
    },
    ({ bars, shareBelowZero, worst }) =>
      html`${figure({
        title: 'Annual Sharpe of each test block, net',
        chart: barsChart(bars),
        note: `${percent(shareBelowZero)} of the blocks lost money; the worst has a ratio of ${ratio(worst)}.`,
      })}${table({
        caption: 'Test blocks',
        columns: [
          words('Block'),
          words('Days'),
          figures('Number'),
          figures('Sharpe'),
          figures('Return a year'),
          figures('Drawdown'),
        ],
        rows: bars.map((bar) => [
          String(bar.fold),
          html`<span class="span">${spanOf(bar.from, bar.to)}</span>`,
          count(bar.days),
          ratio(bar.sharpeAnnual),
          percent(bar.returnAnnual),
          percent(bar.maxDrawdown),
        ]),
      })}`,
  )

function barsChart(bars: readonly WalkForwardBar[]): Markup {
  const name = ({ from, to }: WalkForwardBar) => `${day(from).slice(0, 7)}\nto ${day(to).slice(0, 7)}`
  const below = ({ sharpeAnnual }: WalkForwardBar) => (sharpeAnnual ?? 0) < 0
  const label = {
    x: name,
    y: 'sharpeAnnual',
    text: (bar: WalkForwardBar) => ratio(bar.sharpeAnnual),
    fontWeight: 600,
  }
  return chart({
    label: `Sharpe of ${bars.length} test blocks: ${bars.map((bar) => ratio(bar.sharpeAnnual)).join(', ')}`,
    width: bars.length > 4 ? WIDE : HALF,
    height: 280,
    marginBottom: 46,
    x: { type: 'band', label: null, padding: 0.35, domain: bars.map(name) },
    y: { grid: true, label: null, ticks: 5, insetTop: 18, insetBottom: 22, tickFormat: '~r' },
    marks: [
      Plot.barY(bars, {
        x: name,
        y: 'sharpeAnnual',
        fill: (bar: WalkForwardBar) => (below(bar) ? LOSS : NET),
      }),
      Plot.text(bars.filter(below), { ...label, dy: 11 }),
      Plot.text(
        bars.filter((bar) => !below(bar)),
        { ...label, dy: -10 },
      ),
      Plot.ruleY([0], { stroke: INK }),
    ],
  })
}
