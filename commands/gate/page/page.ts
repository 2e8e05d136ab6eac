/** The gate's report as one page that needs nothing else: the same report gives the same bytes everywhere. */

import { html, type Markup, trusted } from '../../../schemas/kernel/markup.ts'
import type { GateReport } from '../report-form.ts'
import { capacity } from './capacity.ts'
import { crossValidation } from './cross-validation.ts'
import { deflation } from './deflation.ts'
import { drawdowns } from './drawdown.ts'
import { performance } from './earned.ts'
import { power, watch } from './errors.ts'
import { alpha, factors, styles, vendorExposures } from './factors.ts'
import { familywise } from './familywise.ts'
import { holdout, marginal } from './governance.ts'
import { information } from './information.ts'
import { trials } from './ledger.ts'
import { overfitting, reality } from './overfitting.ts'
import { provenance } from './provenance.ts'
import { regimes } from './regimes.ts'
import { sensitivity } from './sensitivity.ts'
import { sharpe } from './sharpe.ts'
import { stress } from './stress.ts'
import { STYLE } from './style.ts'
import { heading, tests } from './verdict.ts'
import { walkForward } from './walk-forward.ts'

/** In the order in which a committee asks. */
const PARTS: readonly (readonly [id: string, title: string, part: (report: GateReport) => Markup])[] = [
  ['tests', 'Tests', tests],
  ['performance', 'Performance', performance],
  ['walk-forward', 'Walk-forward', walkForward],
  ['cross-validation', 'Paths', crossValidation],
  ['sharpe', 'Sharpe', sharpe],
  ['familywise', 'Luck', familywise],
  ['deflation', 'Deflation', deflation],
  ['overfitting', 'Overfitting', overfitting],
  ['reality', 'Reality check', reality],
  ['trials', 'Trials', trials],
  ['information', 'Information', information],
  ['drawdown', 'Drawdown', drawdowns],
  ['capacity', 'Capacity', capacity],
  ['factors', 'Factors', factors],
  ['styles', 'Styles', styles],
  ['alpha', 'Alpha', alpha],
  ['vendor-exposures', 'Vendor', vendorExposures],
  ['regimes', 'Regimes', regimes],
  ['stress', 'Stress', stress],
  ['sensitivity', 'Sensitivity', sensitivity],
  ['watch', 'Watch', watch],
  ['power', 'Power', power],
  ['marginal', 'Marginal', marginal],
  ['holdout', 'Holdout', holdout],
]

/**
 * @param report as it is read from its canonical JSON: what does not exist is null
 * @param reportHash SHA-256 of that JSON
 */
export function pageOf(report: GateReport, reportHash: string): string {
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${report.verdict === 'passed' ? 'Passed' : 'Refused'}: ${report.model}, ${report.run.run}</title>
<style>${trusted(STYLE)}</style></head>
<body><main>${heading(report)}
<nav aria-label="Parts">${PARTS.map(([id, title]) => html`<a href="#${id}">${title}</a> `)}<a href="#provenance">Provenance</a></nav>
${PARTS.map(([, , part]) => part(report))}${provenance(report, reportHash)}
</main></body></html>
`
  return page.markup
}
