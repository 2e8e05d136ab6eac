/** A histogram with values marked on it. */
import * as Plot from '@observablehq/plot'
import type { Markup } from '../../../schemas/kernel/markup.ts'
import type { Histogram } from '../report-sections.ts'
import { chart, HALF, INK, LOSS, MARK, NET } from './chart.ts'

type HistogramOptions = Readonly<{
  label: string
  /** Of the horizontal axis. */
  tickFormat: string
  /** Bars left of it are drawn as losses. */
  lossBelow?: number
  marks?: readonly Readonly<{ at: number; text: string }>[]
  width?: number
}>

export function histogram({ edges, counts }: Histogram, options: HistogramOptions): Markup {
  const { label, tickFormat, lossBelow = Number.NEGATIVE_INFINITY, marks = [], width = HALF } = options
  const total = counts.reduce((sum, one) => sum + one, 0)
  const bars = counts.map((one, i) => ({ from: edges[i], to: edges[i + 1], share: one / total }))
  // The leftmost is labelled highest: no label then crosses another's line.
  const labelled = [...marks]
    .sort((a, b) => a.at - b.at)
    .map((mark, i) => ({ ...mark, rise: 15 * (marks.length - 1 - i) }))
  return chart({
    label,
    width,
    height: 230 + 15 * marks.length,
    marginTop: 16 + 15 * marks.length,
    x: { label: null, tickFormat, ticks: 7, inset: 6 },
    y: { grid: true, label: null, tickFormat: '~%', ticks: 4 },
    marks: [
      Plot.rectY(bars, {
        x1: 'from',
        x2: 'to',
        y: 'share',
        fill: ({ from, to }) => ((from + to) / 2 <= lossBelow ? LOSS : NET),
        fillOpacity: 0.75,
        inset: 0.5,
      }),
      Plot.ruleY([0], { stroke: INK }),
      ...labelled.flatMap((mark) => [
        Plot.ruleX([mark], { x: 'at', stroke: MARK, strokeWidth: 1.6, insetTop: -14 - mark.rise }),
        Plot.text([mark], {
          x: 'at',
          text: 'text',
          frameAnchor: 'top',
          textAnchor: 'start',
          dx: 5,
          dy: -10 - mark.rise,
          fill: MARK,
          fontWeight: 600,
        }),
      ]),
    ],
  })
}
