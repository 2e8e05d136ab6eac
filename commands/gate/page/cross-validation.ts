/** The combinatorial paths: the same way of training over every choice of test days. */
import * as Plot from '@observablehq/plot'
import { html, type Markup } from '../../../schemas/kernel/markup.ts'
import type { GateReport } from '../report-form.ts'
import type { CrossValidationForm } from '../report-sections.ts'
import { chart, FAINT, LOSS, NET, WIDE } from './chart.ts'
import { count, dateOf, many, percent, ratio } from './format.ts'
import { figure, figures, part, tiles, words } from './layout.ts'

/** Of all paths together. */
const MOST_POINTS = 6000

export const crossValidation = ({ sections }: GateReport): Markup =>
  part(
    {
      id: 'cross-validation',
      title: 'Combinatorial purged cross-validation',
      question: 'History happened once. Had other days been the test days, would it still have earned?',
      section: sections.crossValidation,
    },
    (found) =>
      html`${fan(found)}${tiles([
        {
          name: 'Sharpe of a path',
          value: ratio(found.meanSharpe),
          note: `± ${ratio(found.sdSharpe)} across paths`,
        },
        { name: 'Median path', value: ratio(found.medianSharpe) },
        { name: 'Paths that lose', value: percent(found.shareBelowZero) },
        { name: 'Worst drawdown', value: percent(found.worstDrawdown) },
        {
          name: 'Folds',
          value: count(found.folds),
          note: `${found.testGroups} of ${found.groups} groups tested`,
        },
        { name: 'Purged', value: count(found.purged), note: 'samples, all folds' },
        { name: 'Embargoed', value: count(found.embargoed), note: `${found.embargoDays} days` },
      ])}`,
  )

function fan({ moments, paths, days }: CrossValidationForm): Markup {
  const step = Math.max(1, Math.ceil((moments.length * paths.length) / MOST_POINTS))
  const shown = moments.map((_, i) => i).filter((i) => i % step === 0 || i === moments.length - 1)
  const points = paths.flatMap(({ equity }, path) =>
    shown.map((i) => ({ path, at: moments[i], value: equity[i] })),
  )
  const losing = ({ path }: Readonly<{ path: number }>) => (paths[path].sharpeAnnual ?? 0) < 0
  return figure({
    title: 'Equity of each path, from 1, net',
    note: `${many(paths.length, 'path')} over ${count(days)} days; each day of a path was tested by a model that had not seen it.`,
    key: [
      { name: 'path that earns', colour: 'net' },
      ...(paths.some((_, path) => losing({ path }))
        ? [{ name: 'path that loses', colour: 'loss' as const }]
        : []),
    ],
    chart: chart({
      label: `Equity of ${paths.length} paths; their Sharpe ratios: ${paths.map((path) => ratio(path.sharpeAnnual)).join(', ')}`,
      width: WIDE,
      height: 300,
      marginRight: 64,
      x: { type: 'utc', label: null },
      y: { grid: true, label: null, ticks: 6, tickFormat: '~r' },
      marks: [
        Plot.ruleY([1], { stroke: FAINT }),
        Plot.line(points, {
          x: ({ at }) => dateOf(at),
          y: 'value',
          z: 'path',
          stroke: (point) => (losing(point) ? LOSS : NET),
          strokeOpacity: Math.max(0.25, 0.9 - paths.length / 30),
          strokeWidth: 1.3,
        }),
      ],
    }),
    data: {
      caption: 'Paths',
      columns: [words('Path'), figures('Sharpe'), figures('Drawdown'), figures('Equity at the end')],
      rows: paths.map((path, i) => [
        String(i + 1),
        ratio(path.sharpeAnnual),
        percent(path.maxDrawdown),
        ratio(path.equity.at(-1) ?? null),
      ]),
    },
  })
}
