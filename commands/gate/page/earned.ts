/** What the strategy earned: equity, drawdown, and figures with their errors. */
import * as Plot from '@observablehq/plot'
import { html, type Markup } from '../../../schemas/kernel/markup.ts'
import type { Figure } from '../report-base.ts'
import type { GateReport, SeriesForm } from '../report-form.ts'
import type { PerformanceForm } from '../report-sections.ts'
import { chart, FAINT, GROSS, INK, LOSS, NET, WIDE } from './chart.ts'
import { count, dateOf, day, fine, percent, percentFine, ratio } from './format.ts'
import { figure, figures, part, tiles, words } from './layout.ts'
import { type Point, thinned, yearEnds } from './series.ts'

const MOST_POINTS = 800

export const performance = ({ sections, series }: GateReport): Markup =>
  part(
    {
      id: 'performance',
      title: 'What it earned',
      question: 'Held-out days only, in the order they came. No day was seen by the model that traded it.',
      section: sections.performance,
    },
    (found) => html`${equity(series)}${drawdown(series)}${summary(found)}`,
  )

function equity({ moments, gross, equity }: SeriesForm): Markup {
  const before = wealthOf(gross)
  const [net, all] = [equity, before].map((values) =>
    thinned(moments, values, { most: MOST_POINTS, keep: 'last' }),
  )
  const values = [...net, ...all].flatMap(({ value }) => (value === null ? [] : [value]))
  const logarithmic = Math.min(...values) > 0 && Math.max(...values) / Math.min(...values) > 6
  const ends = [
    { at: net.at(-1)?.at ?? 0, value: equity.at(-1) ?? null, name: 'net' },
    { at: net.at(-1)?.at ?? 0, value: before.at(-1) ?? null, name: 'gross' },
  ]
  return figure({
    title: `Equity, from 1${logarithmic ? ' (log scale)' : ''}`,
    key: [
      { name: 'net of costs', colour: 'net' },
      { name: 'gross', colour: 'gross' },
    ],
    chart: chart({
      label: `Equity from 1: net it ends at ${ratio(ends[0].value)}, gross at ${ratio(ends[1].value)}`,
      width: WIDE,
      height: 320,
      marginRight: 64,
      x: { type: 'utc', label: null },
      y: { type: logarithmic ? 'log' : 'linear', grid: true, label: null, tickFormat: '~r', ticks: 6 },
      marks: [
        Plot.ruleY([1], { stroke: FAINT }),
        line(all, GROSS),
        line(net, NET),
        Plot.text(ends, {
          x: ({ at }) => dateOf(at),
          y: 'value',
          text: ({ value }) => `${ratio(value)}×`,
          fill: ({ name }) => (name === 'net' ? NET : GROSS),
          textAnchor: 'start',
          dx: 6,
          fontWeight: 600,
        }),
      ],
    }),
    data: {
      caption: 'Equity at the end of each year',
      columns: [words('Year'), figures('Net'), figures('Gross')],
      rows: rowsByYear(yearEnds(moments, equity), yearEnds(moments, before)),
    },
  })
}

const line = (points: readonly Point[], stroke: string) =>
  Plot.line(points, { x: ({ at }: Point) => dateOf(at), y: 'value', stroke, strokeWidth: 1.6 })

const rowsByYear = (net: ReadonlyMap<number, Figure>, gross: ReadonlyMap<number, Figure>) =>
  [...net].map(([year, value]) => [String(year), fine(value), fine(gross.get(year) ?? null)])

/** Wealth from 1; a missing return ends it. */
function wealthOf(returns: readonly Figure[]): readonly Figure[] {
  let wealth: Figure = 1
  return returns.map((value) => {
    wealth = wealth === null || value === null ? null : wealth * (1 + value)
    return wealth
  })
}

function drawdown({ moments, drawdown }: SeriesForm): Markup {
  const points = thinned(moments, drawdown, { most: MOST_POINTS, keep: 'least' })
  const deepest = points.reduce((least, point) => ((point.value ?? 0) < (least.value ?? 0) ? point : least))
  return figure({
    title: 'Drawdown, net',
    note: 'The fall from the highest equity so far; each point is the deepest of the days it stands for.',
    chart: chart({
      label: `Drawdown: the deepest is ${percent(deepest.value)} on ${day(deepest.at)}`,
      width: WIDE,
      height: 170,
      marginRight: 64,
      x: { type: 'utc', label: null },
      y: { grid: true, label: null, tickFormat: '~%', ticks: 4, nice: true },
      marks: [
        Plot.areaY(points, { x: ({ at }: Point) => dateOf(at), y: 'value', fill: LOSS, fillOpacity: 0.2 }),
        line(points, LOSS),
        Plot.ruleY([0], { stroke: INK }),
        Plot.dot([deepest], { x: ({ at }: Point) => dateOf(at), y: 'value', fill: LOSS, r: 3 }),
        Plot.text([deepest], {
          x: ({ at }: Point) => dateOf(at),
          y: 'value',
          text: ({ value }: Point) => percent(value),
          fill: LOSS,
          textAnchor: 'start',
          dx: 8,
          fontWeight: 600,
        }),
      ],
    }),
  })
}

const summary = (found: PerformanceForm): Markup =>
  tiles([
    {
      name: `Sharpe a year of ${found.periodsPerYear === null ? '?' : count(Math.round(found.periodsPerYear))} sessions`,
      value: ratio(found.sharpeAnnual),
      note: `${fine(found.sharpeDaily)} a day`,
    },
    { name: 'With serial correlation', value: ratio(found.sharpeAnnualLo), note: `Lo, ${found.loLags} lags` },
    {
      name: 'Return a year',
      value: percent(found.returnAnnual),
      note: `± ${percent(found.hac.standardErrorAnnual)}, t ${ratio(found.hac.t)}`,
    },
    { name: 'Costs a year', value: percentFine(found.costAnnual) },
    { name: 'Turnover a day', value: percent(found.turnoverDaily) },
    { name: 'Skew', value: ratio(found.skew) },
    { name: 'Kurtosis', value: ratio(found.kurtosis), note: 'normal: 3' },
  ])
