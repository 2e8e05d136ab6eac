/** Bars that lie: a name, a gain or a loss, and whether it is what happened or what would have. */
import * as Plot from '@observablehq/plot'
import type { Markup } from '../../../schemas/kernel/markup.ts'
import { chart, INK, LOSS, MARK, NET, WIDE } from './chart.ts'

type Bar = Readonly<{ name: string; value: number; replayed?: boolean }>
type BarsOptions = Readonly<{ label: string; tickFormat: string; text: (value: number) => string }>

export function horizontalBars(rows: readonly Bar[], { label, tickFormat, text }: BarsOptions): Markup {
  const below = ({ value }: Bar) => value < 0
  const words = { y: 'name', x: 'value', text: (row: Bar) => text(row.value), fontWeight: 600 }
  return chart({
    label,
    width: WIDE,
    height: 50 + 28 * rows.length,
    marginLeft: 230,
    marginRight: 60,
    x: {
      grid: true,
      label: null,
      tickFormat,
      ticks: 7,
      insetLeft: rows.some(below) ? 64 : 0,
      insetRight: 40,
      zero: true,
    },
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
