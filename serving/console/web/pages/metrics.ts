/** Metrics of a run over its steps, a chart each. */
import type { Answer } from '../api.ts'
import { chart, MAIN } from '../charts.ts'
import { count, figure, printable } from '../format.ts'
import { note, section } from '../parts.ts'

type Logged = NonNullable<Answer<'run'>['page']['metrics']>
type Point = Logged['curves'][number]['points'][number]

export const metricCharts = ({ curves, leftOut }: Logged): HTMLElement =>
  section(
    'Metrics over steps',
    ...curves.map(metricChart),
    leftOut > 0 && note(`${count(leftOut)} more metrics are not drawn.`),
  )

function metricChart({ metric, count: values, points }: Logged['curves'][number]): HTMLElement {
  const last = points.at(-1)
  return chart({
    title: printable(metric),
    label: `${count(values)} values of ${printable(metric)}, the last ${figure(last?.value ?? null, 4)} at step ${count(last?.step ?? 0)}`,
    height: 130,
    draw: (plot) => ({
      x: { label: 'step' },
      y: { label: null, ticks: 4, nice: true, grid: true },
      marks: [
        plot.line(points, {
          ...{ x: ({ step }: Point) => step, y: ({ value }: Point) => value },
          ...{ stroke: MAIN, strokeWidth: 1.5 },
        }),
      ],
    }),
  })
}
