/** The first page: what is in force, what wants somebody, what has come in. */
import { type Answer, askPage } from '../api.ts'
import { h } from '../dom.ts'
import { brief, count, fixed, percent, session } from '../format.ts'
import { empty, link, page, position, section, table, tag, tiles } from '../parts.ts'
import type { Make } from '../view.ts'

type Overview = Answer<'overview'>['page']
type Matter = Overview['attention'][number]

export const overviewPage: Make = async ({ where, signal }) => {
  const { at, page: found } = await askPage('overview', where.at, {}, signal)
  const { models, attention, datasets, trials, lanes, policy, confirmed } = found
  const live = models.filter((one) => one.live !== null)
  const rows = datasets.reduce((sum, one) => sum + one.rows, 0)
  const rejected = datasets.reduce((sum, one) => sum + one.rowsQuarantined, 0)
  const element = page(
    'Overview',
    tiles(
      ['Models in force', count(live.length), `${count(models.length)} known`],
      ['Needs attention', count(attention.length), attention.length === 0 ? 'nothing waits' : 'below'],
      ['Trials', count(trials.started), `${count(trials.finished)} finished, ${count(trials.failed)} failed`],
      ['Rows', count(rows), `${count(rejected)} set apart`],
      [
        'Policy',
        policy === null ? 'none' : `version ${policy.version}`,
        policy === null ? 'asof policy FILE' : null,
      ],
      ['Events', count(at.position), confirmed < at.position ? `${count(confirmed)} confirmed` : 'confirmed'],
    ),
    section('Needs attention', attentionTable(attention)),
    section('Models', modelTable(models)),
    section(
      'Data',
      table({
        caption: 'Data sets, with the latest arrival of each',
        rows: datasets,
        empty: empty(
          'No data set yet. Bring one in with',
          h('code', {}, 'asof ingest FILE --dataset DECLARATION'),
        ),
        columns: [
          { head: 'Data set', cell: ({ dataset }) => link(dataset, 'data', dataset) },
          { head: 'Rows', isNumber: true, cell: (one) => count(one.rows) },
          { head: 'Set apart', unit: 'rows', isNumber: true, cell: (one) => count(one.rowsQuarantined) },
          { head: 'Arrivals', isNumber: true, cell: (one) => count(one.arrivals) },
          { head: 'Known up to', cell: ({ latest }) => brief(latest?.knownTo ?? null) },
          { head: 'Position', isNumber: true, cell: ({ latest }) => position(latest?.position ?? null) },
        ],
      }),
    ),
    lanes === null
      ? section(
          'Lanes',
          empty('How far a lane was at a past moment is in no event: lanes are shown now alone.'),
        )
      : section('Lanes', laneTable(lanes, at.head)),
  )
  return { element, at }
}

const PAGE_OF: Readonly<Record<Matter['kind'], (matter: Matter) => HTMLElement>> = {
  alarm: ({ name }) => link(name, 'alarms'),
  halt: ({ name }) => link(name, 'capital'),
  capital: ({ name }) => link(name, 'capital'),
  drift: ({ name }) => link(name, 'capital'),
  approval: ({ name }) => link(name, 'models', name),
  unsound: ({ name }) => link(name, 'models', name),
  quarantine: ({ name }) => link(name, 'data'),
}

const attentionTable = (rows: Overview['attention']): HTMLElement =>
  table({
    caption: 'What waits for a decision, or is not as it was approved',
    rows,
    empty: 'Nothing waits for anybody.',
    columns: [
      {
        head: 'What',
        cell: ({ kind }) => tag(kind, kind === 'approval' ? 'quiet' : kind === 'drift' ? 'warn' : 'bad'),
      },
      { head: 'Of', cell: (matter) => PAGE_OF[matter.kind](matter) },
      { head: 'Why', cell: ({ what }) => what },
      { head: 'Since', cell: ({ since }) => brief(since) },
      { head: 'Position', isNumber: true, cell: (one) => position(one.position) },
    ],
  })

const modelTable = (rows: Overview['models']): HTMLElement =>
  table({
    caption: 'Models, with what each may use and what it did last',
    rows,
    empty: empty(
      'No model yet. Train with',
      h('code', {}, 'asof train SWEEP'),
      ', and have a run judged with ',
      h('code', {}, 'asof validate RUN --model NAME'),
    ),
    columns: [
      { head: 'Model', cell: ({ model }) => link(model, 'models', model) },
      {
        head: 'In force',
        cell: ({ live }) =>
          live === null ? tag('not in force', 'quiet') : link(live.run, 'experiments', live.run),
      },
      {
        head: 'Promoted',
        unit: 'position',
        isNumber: true,
        cell: ({ live }) => position(live?.position ?? null),
      },
      {
        head: 'Capital',
        isNumber: true,
        cell: ({ capital, pendingReview }) =>
          h('span', { class: pendingReview === null ? null : 'bad' }, percent(capital)),
      },
      {
        head: 'Predicted',
        unit: 'session',
        cell: ({ latest }) => (latest === null ? '\u2013' : session(latest.session)),
      },
      { head: 'Position', isNumber: true, cell: ({ latest }) => position(latest?.position ?? null) },
      {
        head: 'Last day',
        unit: 'net',
        isNumber: true,
        cell: ({ lastDay }) => percent(lastDay?.net ?? null, 2),
      },
      { head: 'Sharpe watch', unit: 'sd', isNumber: true, cell: ({ z }) => fixed(z) },
      {
        head: 'Drifted',
        unit: 'features',
        isNumber: true,
        cell: (one) => `${count(one.drifted)} of ${count(one.features)}`,
      },
    ],
  })

const laneTable = (rows: NonNullable<Overview['lanes']>, head: number): HTMLElement =>
  table({
    caption: 'How far each lane has taken in the log',
    rows,
    columns: [
      { head: 'Lane', cell: ({ lane }) => lane },
      { head: 'Position', isNumber: true, cell: (one) => count(one.position) },
      {
        head: 'Behind',
        unit: 'events',
        isNumber: true,
        cell: (one) => count(Math.max(0, head - one.position)),
      },
      {
        head: 'State',
        cell: ({ stopped, position: at }) =>
          stopped !== null
            ? tag(`stopped: ${stopped}`, 'bad')
            : at < head
              ? tag('at work', 'quiet')
              : tag('up to date', 'good'),
      },
    ],
  })
