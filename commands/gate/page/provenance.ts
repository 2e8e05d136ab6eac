/** Where the report comes from: digests, the run as it was asked for, and the policy it was judged by. */

import { html, type Markup } from '../../../schemas/kernel/markup.ts'
import type { GateReport } from '../report-form.ts'
import { count, many, money, percentFine, plain } from './format.ts'
import { table, words } from './layout.ts'

const code = (text: string): Markup => html`<code>${text}</code>`

export const provenance = (report: GateReport, reportHash: string): Markup => html`
<section id="provenance"><h2>Provenance</h2>
<p class="question">The report is the JSON with the SHA-256 below; this page shows it and adds nothing. Committee members sign that digest.</p>
${table({ caption: 'Formulas', columns: [words('Of'), words('Formula'), words('Unit')], rows: formulaRows(report) })}
${table({ caption: 'Digests', columns: [words('Of'), words('Value')], rows: digests(report, reportHash) })}
${table({ caption: 'The run', columns: [words('What'), words('Value')], rows: runRows(report) })}</section>`

/** What was to be forecast and from what, as it was computed: a name says nothing about what is behind it. */
const formulaRows = ({ formulas: { label, features, unused } }: GateReport) => [
  [
    'Label',
    label === null ? 'not known' : code(label.formula),
    label === null
      ? ''
      : `data set ${label.dataset}, entered ${many(label.entryRows, 'row')} and left ${many(label.exitRows, 'row')} after the decision`,
  ],
  ...features.map(({ name, formula, unit }) => [name, code(formula), unit]),
  ...unused.map(({ name, formula, unit }) => [
    html`${name} <small>in the set, not in the model</small>`,
    code(formula),
    unit,
  ]),
]

const digests = ({ model, artifact, run, policy, readAt, depth }: GateReport, hash: string) => [
  ['Report, canonical JSON', code(hash)],
  ['Model', model],
  ['Artifact, the ONNX file', code(artifact)],
  ['Run', run.run],
  ['Training set', html`${run.trainingSet} ${code(run.trainingSetHash)}`],
  ['Policy', html`version ${policy.version} ${code(policy.digest)}<br>${policy.note}`],
  ['Read at', `log position ${count(readAt)}`],
  ['Random numbers', 'from the digest of the artifact, the version of the policy, and the section'],
  [
    'Depth',
    depth === 'full' ? 'full: everything was worked out' : 'until refused: the cheap tests come first',
  ],
]

const costsText = ({ spreadBps, commissionBps, borrowBps, impact }: GateReport['costs']['judged']): string =>
  `spread ${plain(spreadBps)}, commission ${plain(commissionBps)}, borrow ${plain(borrowBps)} bps; ${
    impact === null
      ? 'no impact'
      : `${impact.model} impact, ${money(impact.advUsd)} traded a day in a name, ${percentFine(impact.dailyVolatility)} daily volatility, ${money(impact.capitalUsd)} of capital`
  }`

const runRows = ({ run, costs, signedCommit }: GateReport) => {
  const { commit, portfolio, params } = run
  return [
    ['Author', run.author],
    [
      'Commit',
      commit === null
        ? 'not known'
        : html`${code(commit.sha)} signature ${commit.signature}, files ${commit.tree}${signedCommit ? ' ✓' : ''}`,
    ],
    ['Environment', run.environment === null ? 'not known' : code(run.environment)],
    [
      'Trainer',
      `${run.trainer}, ${params.map(({ name, value }) => `${name} = ${plain(value)}`).join(', ')}, seed ${run.seed}`,
    ],
    ['Features', run.features.join(', ')],
    ['Walk-forward', `${run.folds} test blocks`],
    [
      'Portfolio',
      `${portfolio.construction}, held ${portfolio.holdingDays} days, ${
        portfolio.maxWeight === null ? 'no cap' : `at most ${plain(portfolio.maxWeight)} in a name`
      }, ${portfolio.neutralise === null ? 'not neutralised' : `neutralised to ${portfolio.neutralise}`}`,
    ],
    ['Costs that it stated', costsText(portfolio)],
    [
      'Costs that it is judged at',
      costs.raised.length === 0
        ? 'its own: the policy asks for no more'
        : `${costsText(costs.judged)}; the policy raised ${costs.raised.join(', ')}`,
    ],
  ]
}
