/** Alarms: which are open, what is not usual, and who sees to it. */
import { type Answer, askPage } from '../api.ts'
import { h } from '../dom.ts'
import { brief, count, figure, printable } from '../format.ts'
import { code, empty, facts, link, page, position, section, type Tone, table, tag, tiles } from '../parts.ts'
import type { Make } from '../view.ts'
import { virtualTable } from '../virtual.ts'

type Alarms = Answer<'alarms'>['page']
type Row = Alarms['rows'][number]

const TONES: Readonly<Record<Row['standing'], Tone>> = {
  open: 'bad',
  acknowledged: 'warn',
  snoozed: 'quiet',
  over: 'good',
}
const SEVERITIES: Readonly<Record<Row['severity'], Tone>> = {
  critical: 'bad',
  warning: 'warn',
  info: 'quiet',
}
/** So many of the events that an alarm rests on are listed. */
const MOST_CITED = 250

export const alarmsPage: Make = async ({ where, signal, go }) => {
  const all = where.query.all === 'yes' ? 'yes' : 'no'
  const { at, page: found } = await askPage('alarms', where.at, { all, limit: 1 }, signal)
  const over = found.total - found.open
  const element = page(
    'Alarms',
    tiles(
      ['Open', count(found.open), `${count(found.open - found.calling)} snoozed`],
      ['Over', count(over)],
      ['Rules', count(found.rules.filter(({ retired }) => retired === null).length)],
    ),
    h(
      'label',
      { class: 'note' },
      h('input', {
        type: 'checkbox',
        name: 'all',
        checked: all === 'yes',
        onchange: () => go(where.path, { all: all === 'yes' ? 'no' : 'yes' }),
      }),
      ' those that are over too',
    ),
    found.found === 0
      ? empty(found.total === 0 ? 'No alarm was raised.' : 'No alarm is open.')
      : virtualTable<Row>({
          caption: all === 'yes' ? 'Alarms, open ones first' : 'Open alarms, the gravest first',
          total: found.found,
          signal,
          async rows(offset, limit) {
            return (await askPage('alarms', where.at, { all, offset, limit }, signal)).page.rows
          },
          columns: [
            {
              head: 'Position',
              isNumber: true,
              cell: (row) => link(count(row.position), 'alarms', String(row.position)),
            },
            { head: 'State', cell: ({ standing }) => tag(standing, TONES[standing]) },
            { head: 'Severity', cell: ({ severity }) => tag(severity, SEVERITIES[severity]) },
            { head: 'Check', cell: ({ check }) => check },
            { head: 'Of', cell: ({ thing }) => printable(thing) },
            {
              head: 'Worst',
              cell: ({ findings: [worst] }) => `${printable(worst.what)}: ${figure(worst.observed)}`,
            },
            { head: 'Since', cell: ({ raisedAt }) => brief(raisedAt) },
            { head: 'Owner', cell: ({ owner }) => printable(owner) },
            {
              head: 'By',
              cell: ({ acknowledged, snoozed, standing }) =>
                printable(by({ acknowledged, snoozed, standing })),
            },
          ],
        }),
    section('Rules', ruleTable(found.rules)),
  )
  return { element, at }
}

const by = ({
  acknowledged,
  snoozed,
  standing,
}: Pick<Row, 'acknowledged' | 'snoozed' | 'standing'>): string =>
  (standing === 'snoozed' ? snoozed?.by : acknowledged?.by) ?? '\u2013'

const ruleTable = (rows: Alarms['rules']): HTMLElement =>
  table({
    caption: 'Alert rules, with the false alarms a year that each may cost',
    rows,
    empty: empty(
      'No rule is declared, so that nothing is an alarm. Declare one with',
      h('code', {}, 'asof alert declare FILE'),
    ),
    columns: [
      { head: 'Rule', cell: ({ rule, version }) => `${printable(rule)}@${version}` },
      {
        head: 'State',
        cell: ({ retired }) => (retired === null ? tag('in force', 'good') : tag('retired', 'quiet')),
      },
      { head: 'Severity', cell: ({ severity }) => tag(severity, SEVERITIES[severity]) },
      { head: 'Checks', cell: ({ checks }) => checks.join(', ') },
      { head: 'Watches', cell: ({ things }) => (things.length === 0 ? 'all' : printable(things.join(', '))) },
      {
        head: 'Budget',
        unit: 'a year',
        isNumber: true,
        cell: ({ falseAlarmsAYear }) => figure(falseAlarmsAYear),
      },
      { head: 'Owner', cell: ({ owner }) => printable(owner) },
      { head: 'Position', isNumber: true, cell: (one) => position(one.position) },
    ],
  })

export const alarmPage: Make = async ({ where, signal }) => {
  const [, name = ''] = where.path
  const { at, page: found } = await askPage('alarm', where.at, { position: name }, signal)
  const { alarm } = found
  const { acknowledged, snoozed, resolved, standing, severity } = alarm
  const element = page(
    [`${alarm.check} of ${printable(alarm.thing)} `, tag(standing, TONES[standing])],
    facts(
      ['Severity', tag(severity, SEVERITIES[severity])],
      ['Owner', printable(alarm.owner)],
      ['To do', printable(alarm.remedy)],
      ['Since', brief(alarm.raisedAt)],
      ['Raised at', position(alarm.position)],
      ['Because of', position(alarm.cause)],
      ['Rule', `${printable(alarm.rule)}@${alarm.ruleVersion}`],
      ['Level', figure(alarm.level)],
      ...(acknowledged === null
        ? []
        : [
            [
              'Acknowledged',
              `${brief(acknowledged.at)} by ${printable(acknowledged.by)}: ${printable(acknowledged.note)}`,
            ] as const,
          ]),
      ...(snoozed === null
        ? []
        : [
            [
              'Snoozed',
              `until ${brief(snoozed.until)} by ${printable(snoozed.by)}: ${printable(snoozed.reason)}`,
            ] as const,
          ]),
      ...(resolved === null
        ? []
        : [['Over', [`${brief(resolved.at)}: ${resolved.why} `, position(resolved.position)]] as const]),
    ),
    section(
      'What is not usual',
      table({
        caption:
          alarm.found > alarm.findings.length
            ? `The worst ${count(alarm.findings.length)} of ${count(alarm.found)} figures`
            : 'Figures, the worst first',
        rows: alarm.findings,
        columns: [
          { head: 'Figure', cell: ({ what }) => printable(what) },
          { head: 'Observed', isNumber: true, cell: ({ observed }) => figure(observed) },
          { head: 'Usual', isNumber: true, cell: ({ usual }) => figure(usual) },
          { head: 'From', isNumber: true, cell: ({ low }) => figure(low) },
          { head: 'To', isNumber: true, cell: ({ high }) => figure(high) },
          {
            head: 'Chance',
            isNumber: true,
            cell: ({ chance }) => (chance === null ? '\u2013' : chance.toExponential(1)),
          },
        ],
      }),
    ),
    section(
      'Rests on',
      alarm.restsOn.length === 0
        ? empty('The measurement that raised it.')
        : h(
            'p',
            {},
            alarm.restsOn.slice(-MOST_CITED).map((one) => [position(one), ' ']),
          ),
    ),
    standing !== 'over' &&
      section(
        'Act',
        h(
          'p',
          { class: 'note' },
          code(`asof alarms ack ${alarm.position}`),
          ' ',
          code(`asof alarms snooze ${alarm.position} --until TIME --reason TEXT`),
        ),
      ),
  )
  return { element, at }
}
