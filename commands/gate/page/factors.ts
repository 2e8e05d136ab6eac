/** What of the return is common factors: given ones through time, and a style model of the names themselves. */
import * as Plot from '@observablehq/plot'
import { html, type Markup } from '../../../schemas/kernel/markup.ts'
import type { Figure } from '../report-base.ts'
import type { GateReport } from '../report-form.ts'
import type { LoadingForm } from '../report-market.ts'
import { chart, INK, NET, WIDE } from './chart.ts'
import { count, fine, percent, percentFine, ratio } from './format.ts'
import { figure, figures, part, table, words } from './layout.ts'

type Regression = Readonly<{
  periodsPerYear: Figure
  alpha: LoadingForm
  loadings: readonly LoadingForm[]
  rSquared: number
  conditionNumber: number
  days: number
  lags: number
}>

export const factors = ({ sections }: GateReport): Markup =>
  part(
    {
      id: 'factors',
      title: 'Factor exposures',
      question: 'What of the return could have been had by holding well-known factors, and what is left.',
      section: sections.factors,
    },
    (found) => html`${loadingsFigure(found, 'Beta on each factor, with its 95% interval')}${reading(found)}
<p class="note">Factors from the data set <b>${found.dataset}</b>.</p>`,
  )

export const styles = ({ sections }: GateReport): Markup =>
  part(
    {
      id: 'styles',
      title: 'Styles',
      question:
        'A cross-sectional model of the names themselves: is the return a style that is cheaper elsewhere?',
      section: sections.styles,
    },
    (found) =>
      html`${loadingsFigure(found, 'Beta on each style, with its 95% interval')}${reading(found)}${table({
        caption: `The model: one cross-section in ${count(found.everyDays)} days, mean R² of a day ${percent(found.meanRSquared)}`,
        columns: [words('Style'), figures('Return a year'), figures('t')],
        rows: found.factors.map((row) => [row.factor, percentFine(row.returnAnnual), ratio(row.t)]),
      })}`,
  )

export const alpha = ({ sections }: GateReport): Markup =>
  part(
    {
      id: 'alpha',
      title: 'Alpha',
      question: 'What is left when factors and styles are taken away together: what nobody sells cheaper.',
      section: sections.alpha,
    },
    (found) => html`
<p>What is left is <b>${percentFine(found.alphaAnnual)} a year</b> (± ${percentFine(found.standardErrorAnnual)}, t ${ratio(found.t)}); factors and styles explain ${percent(found.rSquared)} of the variance.</p>${loadingsFigure(found, 'Beta on each factor and style, with its 95% interval')}
<p class="note">${found.dataset === null ? 'The policy names no data set of factors: styles stand alone.' : html`Factors from the data set <b>${found.dataset}</b>.`} ${count(found.days)} days, ${percent(found.coverage)} of those held out; errors of Newey & West with ${count(found.lags)} lags; condition number ${ratio(found.conditionNumber)}.</p>`,
  )

export const vendorExposures = ({ sections }: GateReport): Markup =>
  part(
    {
      id: 'vendor-exposures',
      title: "A vendor's exposures",
      question:
        'What the book owed to the factors of a risk model, by exposures as they were known at each decision.',
      section: sections.vendorExposures,
    },
    (found) => html`${table({
      caption: `From the data set ${found.dataset}: ${percent(found.varianceExplained)} of the variance explained, mean R² of a day ${percent(found.meanRSquared)}`,
      columns: [
        words('Factor'),
        figures('Mean exposure'),
        figures('t'),
        figures('Factor return a year'),
        figures('t'),
      ],
      rows: found.factors.map((row) => [
        row.factor,
        fine(row.meanExposure),
        ratio(row.exposureT),
        percentFine(row.returnAnnual),
        ratio(row.returnT),
      ]),
    })}
<p class="note">${count(found.days)} days, ${count(found.daysLeftOut)} left out; ${percent(found.meanCoverage)} of the book's weight has exposures. Within the sample: a book that is made from an exposure is explained by it whole.</p>`,
  )

const reading = ({
  alpha,
  periodsPerYear,
  rSquared,
  conditionNumber,
  days,
  lags,
}: Regression): Markup => html`
<p>What is left is <b>${percentFine(aYear(alpha.beta, periodsPerYear))} a year</b> (± ${percentFine(aYear(alpha.standardError, periodsPerYear))}, t ${ratio(alpha.t)}); the factors explain ${percent(rSquared)} of the variance.</p>
<p class="note">${count(days)} days; errors of Newey & West with ${count(lags)} lags; condition number ${ratio(conditionNumber)}${conditionNumber > 10 ? ', so single betas are not to be read one by one' : ''}.</p>`

/** Null where a report does not say how far apart its periods are. */
const aYear = (perPeriod: number, periods: Figure): Figure => (periods == null ? null : perPeriod * periods)

function loadingsFigure({ loadings }: Pick<Regression, 'loadings'>, title: string): Markup {
  const rows = loadings.map(({ factor, beta, standardError }) => ({
    factor,
    beta,
    low: beta - 1.96 * standardError,
    high: beta + 1.96 * standardError,
  }))
  return figure({
    title,
    chart: chart({
      label: `${title}: ${loadings.map(({ factor, beta }) => `${factor} ${fine(beta)}`).join(', ')}`,
      width: WIDE,
      height: 60 + 30 * rows.length,
      marginLeft: 160,
      marginRight: 72,
      x: { grid: true, label: null, tickFormat: '~r', ticks: 8, zero: true, inset: 10 },
      y: { type: 'point', label: null, domain: rows.map(({ factor }) => factor), tickSize: 0, padding: 0.7 },
      marks: [
        Plot.ruleX([0], { stroke: INK }),
        Plot.ruleY(rows, { y: 'factor', x1: 'low', x2: 'high', stroke: NET, strokeWidth: 2 }),
        Plot.dot(rows, { y: 'factor', x: 'beta', fill: NET, r: 4.5 }),
        Plot.text(rows, {
          y: 'factor',
          frameAnchor: 'right',
          textAnchor: 'start',
          dx: 14,
          text: ({ beta }) => fine(beta),
          fontWeight: 600,
        }),
      ],
    }),
    data: {
      caption: 'Loadings',
      columns: [words('Factor'), figures('Beta'), figures('Error'), figures('t')],
      rows: loadings.map((row) => [row.factor, fine(row.beta), fine(row.standardError), ratio(row.t)]),
    },
  })
}
