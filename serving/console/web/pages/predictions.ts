/** Predictions: the latest of each model, and what came of them day by day. */
import { askPage } from '../api.ts'
import { chart, INK, MAIN, SOFT } from '../charts.ts'
import { h } from '../dom.ts'
import { brief, count, figure, percent, printable, session, short } from '../format.ts'
import { code, empty, facts, link, note, page, position, section, table, tag, tiles } from '../parts.ts'
import type { Make } from '../view.ts'

export const predictionsPage: Make = async ({ where, signal }) => {
  const { at, page: found } = await askPage('predictions', where.at, {}, signal)
  const element = page(
    'Predictions',
    table({
      caption: 'What each model predicted last, and what came of it',
      rows: found.models,
      empty: empty(
        'No model has predicted yet. A model in force is asked when a session is closed:',
        h('code', {}, 'asof promote MODEL'),
      ),
      columns: [
        { head: 'Model', cell: ({ model }) => link(model, 'predictions', model) },
        { head: 'Predictions', isNumber: true, cell: (one) => count(one.made) },
        { head: 'Session', cell: ({ latest }) => (latest === null ? '\u2013' : session(latest.session)) },
        { head: 'Known', cell: ({ latest }) => brief(latest?.knownAt ?? null) },
        { head: 'Position', isNumber: true, cell: ({ latest }) => position(latest?.position ?? null) },
        { head: 'Days', unit: 'accounted', isNumber: true, cell: (one) => count(one.days) },
        {
          head: 'Last day',
          unit: 'net',
          isNumber: true,
          cell: ({ lastDay }) => percent(lastDay?.net ?? null, 2),
        },
        { head: 'Restated', unit: 'days', isNumber: true, cell: (one) => count(one.restated) },
      ],
    }),
  )
  return { element, at }
}

export const predictionPage: Make = async ({ where, signal }) => {
  const [, name = ''] = where.path
  const { at, page: found } = await askPage('prediction', where.at, { name }, signal)
  const { latest, days, restated, made } = found
  let equity = 1
  const line = days.day.map((day, i) => {
    equity *= 1 + (days.net[i] ?? 0)
    return { day: new Date(day / 1_000), equity, capital: days.capital[i] ?? 0 }
  })
  const element = page(
    printable(name),
    tiles(
      ['Predictions', count(made)],
      ['Days accounted', count(days.day.length)],
      ['Net, compounded', percent(line.length === 0 ? null : equity - 1, 2), 'on full capital, as observed'],
      ['Restated', count(restated.length), 'days'],
    ),
    line.length > 1 &&
      section(
        'As observed',
        chart({
          title: 'Growth of 1, net of costs, on full capital',
          label: `From 1 to ${equity.toFixed(3)} over ${count(line.length)} days`,
          draw: (plot) => ({
            y: { label: null, grid: true, ticks: 5 },
            x: { label: null, type: 'utc' },
            marks: [
              plot.lineY(line, { x: 'day', y: 'equity', stroke: MAIN, strokeWidth: 1.25 }),
              plot.ruleY([1], { stroke: INK, strokeOpacity: 0.3 }),
            ],
          }),
        }),
        chart({
          title: 'Capital in force',
          label: `The fraction of its capital on each day; ${percent(line.at(-1)?.capital ?? null)} on the last`,
          height: 90,
          draw: (plot) => ({
            y: { label: null, domain: [0, 1], tickFormat: '%', ticks: 3, grid: true },
            x: { label: null, type: 'utc' },
            marks: [
              plot.areaY(line, {
                x: 'day',
                y: 'capital',
                fill: SOFT,
                fillOpacity: 0.25,
                curve: 'step-after',
              }),
            ],
          }),
        }),
      ),
    latest === null
      ? empty('No prediction was known at this moment.')
      : section('Latest prediction', latestOf(latest)),
    restated.length > 0 &&
      section(
        'Restated',
        table({
          caption: 'Days that turned out otherwise, from prices that came late or were corrected',
          rows: restated,
          columns: [
            { head: 'Session', cell: (one) => session(one.session) },
            { head: 'Observed', unit: 'net', isNumber: true, cell: ({ was }) => percent(was, 3) },
            { head: 'As known now', unit: 'net', isNumber: true, cell: ({ net }) => percent(net, 3) },
            { head: 'Learned in', cell: ({ learnedIn }) => session(learnedIn) },
          ],
        }),
      ),
  )
  return { element, at }
}

type Latest = NonNullable<NonNullable<Awaited<ReturnType<typeof askPage<'prediction'>>>['page']>['latest']>

const latestOf = ({ position: at, knownAt, prediction }: Latest): HTMLElement =>
  h(
    'div',
    {},
    facts(
      ['Session', session(prediction.session)],
      ['Known', brief(knownAt)],
      ['Position', position(at)],
      ['Model file', code(prediction.artifact)],
      ['Promotion', position(prediction.promotion)],
      [
        'Features',
        [code(short(prediction.featureHash)), ', read at position ', position(prediction.features)],
      ],
    ),
    prediction.backfilled &&
      note(tag('back-filled', 'warn'), ' It was made after the close at which it would have been traded.'),
    table({
      caption: 'Score and weight of each entity',
      rows: prediction.rows,
      columns: [
        { head: 'Entity', cell: ({ entity }) => printable(entity) },
        {
          head: 'Score',
          isNumber: true,
          cell: ({ score }) => (score === null ? tag('no feature', 'warn') : figure(score, 5)),
        },
        { head: 'Target', unit: 'of capital', isNumber: true, cell: ({ target }) => percent(target, 2) },
        { head: 'Weight', unit: 'of capital', isNumber: true, cell: ({ weight }) => percent(weight, 2) },
      ],
    }),
  )
