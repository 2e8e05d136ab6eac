/** How much capital it bears before its own trading eats the return. */
import * as Plot from '@observablehq/plot'
import { html, type Markup } from '../../../schemas/kernel/markup.ts'
import type { GateReport } from '../report-form.ts'
import type { CapacityForm } from '../report-market.ts'
import { chart, FAINT, INK, MARK, NET, WIDE } from './chart.ts'
import { money, percent, percentFine, plain, ratio } from './format.ts'
import { figure, figures, part, tiles } from './layout.ts'

export const capacity = ({ sections }: GateReport): Markup =>
  part(
    {
      id: 'capacity',
      title: 'Capacity',
      question: 'The Sharpe ratio that is left once the strategy pays for moving the prices it trades at.',
      section: sections.capacity,
    },
    (found) =>
      html`${curve(found)}${tiles([
        { name: 'Half of the ratio is left at', value: money(found.atHalfSharpe) },
        { name: "The policy's least ratio at", value: money(found.atThreshold) },
        { name: 'Nothing is left at', value: money(found.atZero) },
        {
          name: 'Days to sell the greatest position',
          value: plain(found.daysToLiquidate),
          note: `at ${percent(found.liquidationShare)} of volume`,
        },
      ])}<p class="note">Assumed, by the run or by the policy where that is worse: ${found.assumptions.model} impact, ${money(found.assumptions.advUsd)} traded a day in a name, ${percentFine(found.assumptions.dailyVolatility)} daily volatility, ${money(found.assumptions.capitalUsd)} of capital in the backtest.${found.namesWithVolume > 0 ? ` ${plain(found.namesWithVolume)} names have volume in the data, and trade their own median a day.` : ''}</p>`,
  )

function curve({ curve, sharpeBeforeImpact, assumptions, atHalfSharpe }: CapacityForm): Markup {
  const known = curve.filter(({ sharpeAnnual }) => sharpeAnnual !== null)
  // What lies beyond the first loss would flatten all that matters; the table has it.
  const loss = known.findIndex(({ sharpeAnnual }) => (sharpeAnnual ?? 0) < 0)
  const points = loss < 1 ? known : known.slice(0, loss + 1)
  const before = sharpeBeforeImpact === null ? [] : [sharpeBeforeImpact]
  const marks = [
    { at: assumptions.capitalUsd, text: 'backtest' },
    ...(atHalfSharpe === null ? [] : [{ at: atHalfSharpe, text: 'half' }]),
  ].filter(({ at }) => at >= curve[0].capitalUsd && at <= (points.at(-1)?.capitalUsd ?? 0))
  return figure({
    title: 'Annual Sharpe against capital',
    note: `The dashed line is the ratio before impact, ${ratio(sharpeBeforeImpact)}; spread, commission and borrow are paid.`,
    chart: chart({
      label: `Sharpe against capital: ${curve.map((row) => `${money(row.capitalUsd)} ${ratio(row.sharpeAnnual)}`).join(', ')}`,
      width: WIDE,
      height: 280,
      marginTop: 30,
      x: { type: 'log', label: 'capital, USD', tickFormat: (value: number) => money(value), ticks: 6 },
      y: { grid: true, label: null, ticks: 5, tickFormat: '~r', zero: true },
      marks: [
        Plot.ruleY([0], { stroke: INK }),
        Plot.ruleY(before, { stroke: FAINT, strokeDasharray: '5 3', strokeWidth: 2 }),
        Plot.ruleX(marks, { x: 'at', stroke: MARK, strokeDasharray: '2 3' }),
        Plot.text(marks, { x: 'at', text: 'text', frameAnchor: 'top', dy: -16, fill: MARK, fontWeight: 600 }),
        Plot.line(points, { x: 'capitalUsd', y: 'sharpeAnnual', stroke: NET, strokeWidth: 2 }),
        Plot.dot(points, { x: 'capitalUsd', y: 'sharpeAnnual', fill: NET, r: 3 }),
      ],
    }),
    data: {
      caption: 'Capacity',
      columns: [
        figures('Capital'),
        figures('Sharpe'),
        figures('Impact a year'),
        figures('Share of volume, mean'),
        figures('Busiest trade'),
      ],
      rows: curve.map((row) => [
        money(row.capitalUsd),
        ratio(row.sharpeAnnual),
        percentFine(row.impactAnnual),
        percentFine(row.meanParticipation),
        percentFine(row.maxParticipation),
      ]),
    },
  })
}
