/** Models: what is in force, the gate's reports, what was signed of them, and the way to sign. */
import { type Answer, ask, askPage } from '../api.ts'
import { append, type Child, h } from '../dom.ts'
import { count, figure, percent, printable, short } from '../format.ts'
import { code, empty, facts, link, note, page, position, section, table, tag, tiles } from '../parts.ts'
import { signForm } from '../sign-form.ts'
import { digest } from '../signature.ts'
import type { Make, View } from '../view.ts'

type Model = Answer<'model'>['page']
type Report = Model['reports'][number]

export const modelsPage: Make = async ({ where, signal }) => {
  const { at, page: found } = await askPage('models', where.at, {}, signal)
  const { policy, models } = found
  const element = page(
    'Models',
    policy === null
      ? empty(
          'No policy is in force, and so nothing can be promoted. The committee signs one:',
          h('code', {}, 'asof policy FILE'),
        )
      : note(
          `Policy ${policy.version}: ${count(policy.required)} members approve, none of them the author. ${printable(policy.note)}`,
        ),
    table({
      caption: 'Models, and what the gate said of their candidates',
      rows: models,
      empty: empty('No model yet. Have a run judged:', h('code', {}, 'asof validate RUN --model NAME')),
      columns: [
        { head: 'Model', cell: ({ model }) => link(model, 'models', model) },
        {
          head: 'In force',
          cell: ({ live, retired }) =>
            live === null
              ? tag(retired === null ? 'not in force' : 'retired', 'quiet')
              : link(live.run, 'experiments', live.run),
        },
        { head: 'Class of service', cell: ({ live }) => (live === null ? '\u2013' : serviceOf(live)) },
        { head: 'Approved by', cell: ({ live }) => live?.approvals.map(printable).join(', ') ?? '\u2013' },
        {
          head: 'Promoted',
          unit: 'position',
          isNumber: true,
          cell: ({ live }) => position(live?.position ?? null),
        },
        { head: 'Capital', isNumber: true, cell: ({ capital }) => percent(capital) },
        { head: 'Passed', isNumber: true, cell: (one) => count(one.passed) },
        { head: 'Refused', isNumber: true, cell: (one) => count(one.refused) },
        { head: 'At the gate', isNumber: true, cell: (one) => count(one.asked) },
      ],
    }),
  )
  return { element, at }
}

export const modelPage: Make = async (view) => {
  const { where, signal } = view
  const [, name = ''] = where.path
  const { at, page: found } = await askPage('model', where.at, { name }, signal)
  const { live, reports, policy, capital, signatures, unsound, asked, retirements } = found
  const passed = reports.filter(({ verdict }) => verdict === 'passed').length
  const element = page(
    printable(name),
    tiles(
      [
        'In force',
        live === null ? 'no' : 'yes',
        live === null ? null : ['promoted at ', position(live.position)],
      ],
      ['Capital', percent(capital), link('why', 'capital')],
      [
        'Reports',
        count(reports.length),
        `${count(passed)} passed, ${count(reports.length - passed)} refused`,
      ],
      ['At the gate', count(asked.length)],
      [
        'Policy',
        policy === null ? 'none' : `version ${policy.version}`,
        policy === null ? null : `${policy.required} of ${policy.members.length} approve`,
      ],
    ),
    live !== null &&
      section(
        'In force',
        facts(
          ['Run', link(live.run, 'experiments', live.run)],
          ['Model file', code(live.artifact)],
          ['Approved by', live.approvals.map(printable).join(', ')],
          ['Promoted', position(live.position)],
          ['Class of service', serviceOf(live)],
          ['Rests on', link('lineage', 'lineage', `model:${name}`)],
          ['Predicts', link('latest prediction', 'predictions', name)],
        ),
      ),
    retirements.length > 0 &&
      section(
        'Retired',
        table({
          caption: 'Taken out of force by a member; what it made stays',
          rows: retirements,
          columns: [
            { head: 'Run', cell: ({ run }) => link(run, 'experiments', run) },
            { head: 'By', cell: ({ member }) => printable(member) },
            { head: 'Why', cell: ({ reason }) => printable(reason) },
            { head: 'Position', isNumber: true, cell: (one) => position(one.position) },
          ],
        }),
      ),
    unsound.length > 0 &&
      section(
        'Not sound',
        table({
          caption: 'What claims to be of this model and is not borne out by its evidence',
          rows: unsound,
          columns: [
            { head: 'Position', isNumber: true, cell: (one) => position(one.position) },
            { head: 'Why', cell: ({ reason }) => printable(reason) },
          ],
        }),
      ),
    section(
      'Reports of the gate',
      reports.length === 0
        ? empty('The gate has not reported yet.')
        : inOrder(reports).map((report, i) => reportOf(view, found, report, i === 0)),
    ),
    section(
      'Signatures',
      table({
        caption: 'What members of the committee signed, oldest first',
        rows: signatures,
        empty: 'Nobody has signed anything of this model.',
        columns: [
          { head: 'Member', cell: ({ member }) => printable(member) },
          {
            head: 'Decision',
            cell: ({ decision }) => tag(decision, decision === 'approve' ? 'good' : 'bad'),
          },
          { head: 'Reason', cell: ({ reason }) => printable(reason) },
          { head: 'Model file', cell: ({ artifact }) => code(short(artifact)) },
          { head: 'Report', cell: ({ report }) => code(short(report)) },
        ],
      }),
    ),
  )
  return { element, at }
}

/** What a model's promotion says of its answers, and whether it trades. */
const serviceOf = ({ service }: NonNullable<Model['live']>): string =>
  service === 'after' ? 'after (trades nothing)' : service

/** What is in force first, then what could be, then the rest; each the newest first, as they come. */
const inOrder = (reports: readonly Report[]): readonly Report[] => {
  const rank = ({ isLive, verdict }: Report) => (isLive ? 0 : verdict === 'passed' ? 1 : 2)
  return reports.toSorted((a, b) => rank(a) - rank(b))
}

/** What it holds is drawn once it is opened: a model may have many reports. */
function reportOf(view: View, model: Model, report: Report, isOpen: boolean): HTMLElement {
  const { run, verdict, tests, isLive } = report
  const passed = tests.filter((test) => test.passed).length
  const inside = h('div')
  const details = h(
    'details',
    { class: 'report' },
    h(
      'summary',
      {},
      tag(verdict, verdict === 'passed' ? 'good' : 'bad'),
      ` ${printable(run)} `,
      isLive && tag('in force', 'quiet'),
      h(
        'span',
        { class: 'note' },
        ` ${count(passed)} of ${count(tests.length)} tests, position ${count(report.position)}`,
      ),
    ),
    inside,
  )
  let isDrawn = false
  const draw = (): void => {
    if (isDrawn) return
    isDrawn = true
    append(inside, insideOf(view, model, report))
  }
  details.addEventListener('toggle', draw)
  if (isOpen) draw()
  details.open = isOpen
  return details
}

function insideOf(view: View, model: Model, report: Report): readonly Child[] {
  const { verdict, artifact, report: hash, trials, trialsNow, approvedBy, refusedBy, isLive } = report
  const isNow = view.where.at === 'now'
  const apart = { target: '_blank', rel: 'noopener' }
  return [
    facts(
      [
        'Report',
        [
          h('a', { href: `/api/v1/reports/${hash}/page`, ...apart }, 'read it'),
          ', ',
          h('a', { href: `/api/v1/reports/${hash}`, ...apart }, 'as it is signed'),
          ': ',
          code(hash),
        ],
      ],
      ['Model file', code(artifact)],
      ['Author', printable(report.author)],
      [
        'Trials counted',
        trials === trialsNow ? count(trials) : `${count(trials)}; ${count(trialsNow)} by now, so it is stale`,
      ],
      ['Approved by', approvedBy.length === 0 ? 'nobody' : approvedBy.map(printable).join(', ')],
      ['Refused by', refusedBy.length === 0 ? 'nobody' : refusedBy.map(printable).join(', ')],
      ['Rests on', link('lineage', 'lineage', String(report.position))],
    ),
    table({
      caption: `Tests under policy ${report.policyVersion}`,
      rows: report.tests,
      columns: [
        { head: 'Test', cell: ({ test }) => test },
        {
          head: 'Measured',
          isNumber: true,
          cell: ({ value }) => (value === null ? 'too little data' : figure(value, 4)),
        },
        {
          head: 'Threshold',
          isNumber: true,
          cell: ({ comparison, threshold }) =>
            `${comparison === 'at-least' ? '\u2265' : '\u2264'} ${figure(threshold, 4)}`,
        },
        { head: 'Margin', isNumber: true, cell: ({ margin }) => figure(margin, 3) },
        { head: 'Verdict', cell: ({ passed }) => (passed ? tag('passed', 'good') : tag('failed', 'bad')) },
      ],
    }),
    !isNow && note('This is the past: nothing is signed in it.'),
    isNow && verdict === 'passed' && model.policy !== null && approval(view, model, report),
    isNow && verdict === 'passed' && !isLive && promotion(view, model, report),
  ]
}

const APPROVAL_TYPE = 'application/vnd.asof.promotion.v2+json'

function approval(
  { again }: View,
  { model, policy }: Model,
  { artifact, report, author }: Report,
): HTMLElement {
  const decision = h(
    'select',
    { name: 'decision' },
    h('option', { value: 'approve' }, 'approve'),
    h('option', { value: 'refuse' }, 'refuse'),
  )
  return signForm({
    command: 'approval.sign',
    type: APPROVAL_TYPE,
    title: 'Sign as a member of the committee',
    members: (policy?.members ?? []).map(({ member }) => member).filter((member) => member !== author),
    fields: [h('label', {}, 'Decision ', decision)],
    asked: () => ({ model, artifact, decision: decision.value }),
    async before() {
      // The report is what it is called by: the digest is worked out here, from the bytes that the page was drawn from.
      const bytes = await (await fetch(`/api/v1/reports/${report}`)).arrayBuffer()
      const found = await digest(bytes)
      if (found !== report)
        throw new Error(`The server's report has the digest ${found}, and not ${report}. Do not sign it.`)
    },
    onDone: again,
  })
}

function promotion({ again }: View, { model, policy }: Model, { artifact, approvedBy }: Report): HTMLElement {
  const told = h('p', { role: 'alert' })
  const missing = Math.max(0, (policy?.required ?? 0) - approvedBy.length)
  const act = async (): Promise<void> => {
    try {
      await ask('/api/v1/commands/model.promote', { json: { model, artifact } })
      again()
    } catch (error) {
      told.textContent = error instanceof Error ? error.message : String(error)
    }
  }
  return h(
    'div',
    { class: 'stack' },
    h(
      'button',
      { type: 'button', class: 'act', disabled: missing > 0, onclick: () => void act() },
      'Promote',
    ),
    missing > 0 && note(`${count(missing)} more of the committee must approve first.`),
    told,
  )
}
