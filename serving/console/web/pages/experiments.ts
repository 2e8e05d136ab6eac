/** Trials: all that were started, with filters, beside what the best of so many would be by luck. */
import { type Answer, askPage } from '../api.ts'
import { chart, INK, MAIN, MARK } from '../charts.ts'
import { h } from '../dom.ts'
import { count, figure, fixed, printable, short } from '../format.ts'
import { code, empty, facts, link, note, page, position, section, type Tone, table, tag } from '../parts.ts'
import type { Make, View } from '../view.ts'
import { virtualTable } from '../virtual.ts'
import { metricCharts } from './metrics.ts'
import { sweepChart } from './sweep.ts'

type Trials = Answer<'experiments'>['page']
type Row = Trials['rows'][number]

const TONES: Readonly<Record<string, Tone>> = { finished: 'good', failed: 'bad', running: 'quiet' }

export const experimentsPage: Make = async (view) => {
  const { where, signal } = view
  const { at, page: found } = await askPage('experiments', where.at, { ...where.query, limit: 1 }, signal)
  const none = empty(
    'No trial yet. Start some with',
    h('code', {}, 'asof train SWEEP'),
    '. Each one counts for ever.',
  )
  const element = page(
    'Experiments',
    found.total === 0 && none,
    found.total > 0 &&
      section('Against luck', luckTable(found), ...found.families.map(luckChart), LUCK_NOTE()),
    found.total > 0 &&
      section(
        'Trials',
        filters(view, found),
        sweepChart(found.settings),
        virtualTable<Row>({
          caption:
            found.found === found.total
              ? `All ${count(found.total)} trials`
              : `${count(found.found)} of ${count(found.total)} trials`,
          total: found.found,
          signal,
          async rows(offset, limit) {
            const more = await askPage('experiments', where.at, { ...where.query, offset, limit }, signal)
            return more.page.rows
          },
          columns: [
            { head: 'Run', cell: ({ run }) => link(run, 'experiments', run) },
            { head: 'Family', cell: ({ family }) => printable(family) },
            { head: 'Sharpe', unit: 'net, a year', isNumber: true, cell: ({ sharpe }) => fixed(sharpe) },
            { head: 'State', cell: ({ status }) => tag(status, TONES[status] ?? 'quiet') },
            { head: 'Trainer', cell: ({ trainer }) => trainer ?? 'attested' },
            { head: 'By', cell: ({ author }) => printable(author) },
            { head: 'Mandate', cell: ({ missing }) => (missing === 0 ? 'whole' : `lacks ${count(missing)}`) },
            {
              head: 'Model file',
              cell: ({ artifact }) => (artifact === null ? '\u2013' : code(short(artifact))),
            },
            { head: 'Position', isNumber: true, cell: ({ started }) => position(started) },
          ],
        }),
      ),
  )
  return { element, at }
}

function filters({ where, go }: View, { families }: Trials): HTMLElement {
  const { text = '', family = '', status = '', sort = 'started' } = where.query
  const changed = (key: string) => (event: Event) =>
    go(where.path, { ...where.query, [key]: (event.target as HTMLInputElement).value })
  const choice = (
    key: string,
    label: string,
    chosen: string,
    all: readonly (readonly [value: string, shown: string])[],
  ) =>
    h(
      'label',
      {},
      `${label} `,
      h(
        'select',
        { name: key, onchange: changed(key) },
        all.map(([value, shown]) => h('option', { value, selected: value === chosen }, shown)),
      ),
    )
  return h(
    'form',
    { class: 'filters', role: 'search', onsubmit: (event) => event.preventDefault() },
    h(
      'label',
      {},
      'Name holds ',
      h('input', { type: 'search', name: 'text', value: text, onchange: changed('text') }),
    ),
    choice('family', 'Family', family, [
      ['', 'all'],
      ...families.map((one): [string, string] => [one.family, printable(one.family)]),
    ]),
    choice('status', 'State', status, [
      ['', 'all'],
      ['finished', 'finished'],
      ['failed', 'failed'],
      ['running', 'running'],
    ]),
    choice('sort', 'Order', sort, [
      ['started', 'newest first'],
      ['sharpe', 'best first'],
      ['run', 'by name'],
    ]),
  )
}

const luckTable = ({ families }: Trials): HTMLElement =>
  table({
    caption: 'The best trial of each family, beside the best of as many worthless ones',
    rows: families,
    columns: [
      {
        head: 'Family',
        cell: ({ family, retired }) =>
          retired === null ? printable(family) : [printable(family), ' ', tag('retired', 'quiet')],
      },
      { head: 'Trials', unit: 'started', isNumber: true, cell: ({ started }) => count(started) },
      { head: 'With a result', isNumber: true, cell: ({ sharpes }) => count(sharpes.length) },
      { head: 'Best', unit: 'Sharpe a year', isNumber: true, cell: ({ best }) => fixed(best) },
      { head: 'Spread', unit: 'sd', isNumber: true, cell: ({ spread }) => fixed(spread) },
      { head: 'By luck', unit: 'Sharpe a year', isNumber: true, cell: ({ byLuck }) => fixed(byLuck) },
      {
        head: '',
        cell: ({ best, byLuck }) =>
          best === null || byLuck === null
            ? 'too few'
            : best > byLuck
              ? tag('above luck', 'good')
              : tag('no better than luck', 'bad'),
      },
    ],
  })

const LUCK_NOTE = (): HTMLElement =>
  note(
    'By luck: the spread of the results times the expected greatest of so many normal draws, as if the trials had nothing in common. It is a first look; the gate decides, and its report counts clusters and related trials of other families.',
  )

/** A family of one or two results is told by the table. */
const FEWEST = 3

function luckChart({
  family,
  sharpes,
  byLuck,
  best,
  started,
}: Trials['families'][number]): HTMLElement | null {
  if (sharpes.length < FEWEST) return null
  return chart({
    title: `${family}: net Sharpe a year of each trial`,
    label: `${count(sharpes.length)} results of ${count(started)} trials, the best ${fixed(best)}, by luck ${fixed(byLuck)}`,
    height: 130,
    draw: (plot) => ({
      x: { label: null, nice: true, grid: true },
      y: { label: null, ticks: 3 },
      marks: [
        plot.rectY(sharpes, {
          ...plot.binX({ y: 'count' }, { x: (one: number) => one, thresholds: 24 }),
          fill: MAIN,
          fillOpacity: 0.55,
        }),
        plot.ruleY([0], { stroke: INK, strokeOpacity: 0.4 }),
        byLuck === null ? null : plot.ruleX([byLuck], { stroke: MARK, strokeWidth: 2 }),
        byLuck === null
          ? null
          : plot.text([byLuck], {
              x: (one: number) => one,
              text: () => 'by luck',
              frameAnchor: 'top',
              dx: 4,
              textAnchor: 'start',
              fill: MARK,
            }),
      ],
    }),
  })
}

export const runPage: Make = async ({ where, signal, go }) => {
  const [, name = ''] = where.path
  const { at, page: found } = await askPage('run', where.at, { name }, signal)
  const { own, attested, trainingSet, others, metrics: logged } = found
  if (own === null) {
    const { family = '', author = '', started = 0, status = '' } = attested ?? {}
    return {
      element: page(
        printable(name),
        facts(
          ['Family', printable(family)],
          ['By', printable(author)],
          ['Started', position(started)],
          ['State', tag(status, TONES[status] ?? 'quiet')],
        ),
        note(
          'It was logged by a tracking client, and is attested: it counts as a trial, and is promoted only once a run of the platform makes the same file.',
        ),
        logged !== null && logged.curves.length > 0 && metricCharts(logged),
      ),
      at,
    }
  }
  const { spec, status, started, metrics, artifact, failure, missing } = own
  const element = page(
    printable(name),
    facts(
      ['State', tag(status, TONES[status] ?? 'quiet')],
      ['Family', printable(spec.family)],
      ['By', printable(spec.author)],
      ['Started', position(started)],
      ['Trainer', `${spec.trainer}, seed ${spec.seed}`],
      ['Features', spec.features.map(printable).join(', ')],
      [
        'Commit',
        spec.commit === null
          ? 'none'
          : [code(spec.commit.sha), ` ${spec.commit.signature}, ${spec.commit.tree}`],
      ],
      ['Environment', spec.environment === null ? 'none' : code(spec.environment)],
      ['Model file', artifact === null ? 'none' : code(artifact)],
      ['Rests on', link('lineage', 'lineage', `run:${name}`)],
      ...(failure === null ? [] : [['Failed', printable(failure)] as const]),
      ...(missing.length === 0 ? [] : [['Lacks', missing.join(', ')] as const]),
    ),
    others.length > 0 &&
      h(
        'form',
        { class: 'filters', onsubmit: (event) => event.preventDefault() },
        h(
          'label',
          {},
          'Compare with ',
          h(
            'select',
            {
              name: 'other',
              onchange: (event) => go(['experiments', name, (event.target as HTMLSelectElement).value], {}),
            },
            h('option', { value: '' }, 'choose'),
            others.map((other) => h('option', { value: other }, printable(other))),
          ),
        ),
      ),
    section(
      'Held-out metrics',
      table({
        caption: 'As the run was finished with',
        rows: Object.entries(metrics),
        empty: 'None.',
        columns: [
          { head: 'Metric', cell: ([metric]) => printable(metric) },
          { head: 'Value', isNumber: true, cell: ([, value]) => figure(value, 6) },
        ],
      }),
    ),
    section(
      'Parameters',
      table({
        caption: 'What it was started with',
        rows: spec.params,
        empty: 'None.',
        columns: [
          { head: 'Parameter', cell: (one) => printable(one.name) },
          { head: 'Value', isNumber: true, cell: ({ value }) => figure(Number(value), 8) },
        ],
      }),
    ),
    trainingSet !== null &&
      section(
        'Training set',
        facts(
          ['Name', printable(spec.trainingSet)],
          ['Rows', trainingSet.rows === null ? 'not frozen yet' : count(trainingSet.rows)],
          ['Content', trainingSet.contentHash === null ? '\u2013' : code(trainingSet.contentHash)],
          ['Label', code(trainingSet.spec.label.formula)],
          ['Requested', position(trainingSet.requested)],
        ),
      ),
  )
  return { element, at }
}
