/** Capital: what each model may use, the reason of every change, the review of a cut, halts and the end of them. */
import { type Answer, askPage } from '../api.ts'
import { BAD, chart, SOFT } from '../charts.ts'
import { h } from '../dom.ts'
import { brief, count, figure, fixed, percent, printable, session } from '../format.ts'
import { empty, facts, link, note, page, position, section, table, tag, tiles } from '../parts.ts'
import { signForm } from '../sign-form.ts'
import type { Make, View } from '../view.ts'

type Capital = Answer<'capital'>['page']
type Standing = Capital['models'][number]

const CAUSES = {
  sharpe: 'Sharpe watch',
  day: 'loss of a day',
  drawdown: 'drawdown',
  ladder: 'ladder',
} as const

export const capitalPage: Make = async (view) => {
  const { at, page: found } = await askPage('capital', view.where.at, {}, view.signal)
  const { models, policy } = found
  const element = page(
    'Capital',
    policy !== null &&
      note(
        `Policy ${policy.version}: a Sharpe ratio over ${count(policy.sharpe.windowDays)} days that lies ${fixed(policy.sharpe.deviations, 1)} deviations ${policy.sharpe.direction === 'below' ? 'below' : 'from'} the backtest's cuts to ${percent(policy.sharpe.fractionAfter)}`,
        policy.losses === null
          ? '.'
          : `; so does a day of -${percent(policy.losses.dayLoss, 1)} or a drawdown of ${percent(policy.losses.drawdown, 1)} (to ${percent(policy.losses.fractionAfter)}).`,
      ),
    policy !== null &&
      policy.ladder !== null &&
      note(
        `A ladder of ${policy.ladder.steps.map((step) => percent(step)).join(', ')}: an alarm of the always-valid test takes a step, and a signature gives one back, after ${count(policy.ladder.raiseAfterDays)} sessions each.`,
      ),
    models.length === 0
      ? empty(
          'No model has capital yet. It is allocated when a model is promoted:',
          h('code', {}, 'asof promote MODEL'),
        )
      : models.map((one) => section(printable(one.model), ...standingOf(view, one, policy))),
  )
  return { element, at }
}

function standingOf(view: View, one: Standing, policy: Capital['policy']) {
  const { model, fraction, granted, halts, pendingReview, history, sharpe, breachDays, lossBreaches } = one
  const line = history.toReversed().map(({ at, fraction: value }) => ({ at: new Date(at / 1_000), value }))
  return [
    tiles(
      [
        'Capital',
        percent(fraction),
        halts.length > 0
          ? `halted; ${percent(granted)} once that ends`
          : pendingReview === null
            ? 'no review waits'
            : ['waits for a review of ', position(pendingReview)],
      ],
      ['Sharpe', fixed(sharpe?.sharpe ?? null), `a year, ${count(sharpe?.days ?? 0)} days`],
      [
        'Expected',
        fixed(sharpe?.expected ?? null),
        `\u00b1 ${fixed(sharpe?.deviation ?? null)}, from the backtest`,
      ],
      ['Deviations', fixed(sharpe?.z ?? null), sharpe?.breach ? 'in breach' : 'within'],
      ['Evidence', figure(sharpe?.eValue ?? null, 3), `alarm from ${figure(sharpe?.alarmAt ?? null, 3)}`],
      ['Days in breach', count(breachDays)],
    ),
    facts(['Model', link(model, 'models', model)], ['Days', link('what it earned', 'predictions', model)]),
    halts.length > 0 &&
      table({
        caption: 'Halts that hold for it: it may use nothing until two members end each',
        rows: halts,
        columns: [
          { head: 'Halted', cell: ({ of }) => (of === model ? printable(of) : link(of, 'models', of)) },
          { head: 'Since', cell: ({ at }) => brief(at) },
          { head: 'By', cell: ({ member }) => printable(member) },
          { head: 'Reason', cell: ({ reason }) => printable(reason) },
          {
            head: 'Signed to end it',
            cell: ({ signed }) => (signed.length === 0 ? 'nobody yet' : printable(signed.join(', '))),
          },
          { head: 'Position', isNumber: true, cell: (halt) => position(halt.position) },
        ],
      }),
    line.length > 2 &&
      chart({
        title: 'Fraction of full capital',
        label: `${count(line.length)} changes, now ${percent(fraction)}`,
        height: 100,
        draw: (plot) => ({
          x: { label: null, type: 'utc' },
          y: { label: null, domain: [0, 1], tickFormat: '%', ticks: 3, grid: true },
          marks: [
            plot.areaY(line, { x: 'at', y: 'value', fill: SOFT, fillOpacity: 0.25, curve: 'step-after' }),
            plot.dot(
              line.filter(({ value }) => value < 1),
              { x: 'at', y: 'value', r: 2.5, fill: BAD },
            ),
          ],
        }),
      }),
    table({
      caption: 'Every change, newest first',
      rows: history,
      columns: [
        { head: 'When', cell: ({ at }) => brief(at) },
        { head: 'Capital', isNumber: true, cell: ({ fraction: to }) => percent(to) },
        { head: 'Why', cell: ({ why }) => tag(why, why === 'reduced' || why === 'halted' ? 'bad' : 'quiet') },
        { head: 'Rule', cell: ({ cut }) => (cut === null ? '\u2013' : CAUSES[cut.cause]) },
        {
          head: 'Measured',
          isNumber: true,
          cell: ({ cut }) =>
            cut === null
              ? '\u2013'
              : cut.cause === 'sharpe'
                ? `${fixed(cut.value)} sd`
                : cut.cause === 'ladder'
                  ? figure(cut.value, 3)
                  : percent(cut.value, 2),
        },
        {
          head: 'Who, and why',
          cell: ({ by }) => (by === null ? '\u2013' : printable(`${by.member}: ${by.reason}`)),
        },
        { head: 'Position', isNumber: true, cell: (change) => position(change.position) },
      ],
    }),
    lossBreaches.length > 0 &&
      table({
        caption: 'Loss limits that were reached, newest first',
        rows: lossBreaches,
        columns: [
          { head: 'Found', cell: ({ day }) => brief(day) },
          { head: 'Rule', cell: ({ rule }) => CAUSES[rule] },
          { head: 'Loss', isNumber: true, cell: ({ loss }) => percent(loss, 2) },
          { head: 'Limit', isNumber: true, cell: ({ limit }) => percent(limit, 2) },
          { head: 'Restated', cell: ({ restated }) => (restated === null ? '\u2013' : session(restated)) },
          { head: 'Position', isNumber: true, cell: (breach) => position(breach.position) },
        ],
      }),
    view.where.at === 'now' && actsOn(view, one, policy),
  ]
}

/** What a member can sign of it now. */
function actsOn(view: View, one: Standing, policy: Capital['policy']): HTMLElement {
  const { model, granted, pendingReview, halts, members, author } = one
  const others = members.filter((member) => member !== author)
  const own = halts.some(({ of }) => of === model)
  const isBelow = granted < 1 && pendingReview === null && policy !== null && policy.ladder !== null
  return h(
    'div',
    { class: 'stack' },
    pendingReview !== null && fractionForm(view, one, 'capital.review'),
    isBelow && fractionForm(view, one, 'capital.raise'),
    own
      ? signForm({
          ...{ command: 'capital.unhalt', type: UNHALT_TYPE, title: `End the halt of ${model}` },
          ...{ members: others, fields: [], asked: () => ({ model }), onDone: view.again },
        })
      : signForm({
          ...{ command: 'capital.halt', type: HALT_TYPE, title: `Halt ${model}` },
          ...{ members, fields: [], asked: () => ({ model }), onDone: view.again },
        }),
  )
}

const HALT_TYPE = 'application/vnd.asof.halt.v1+json'
const UNHALT_TYPE = 'application/vnd.asof.unhalt.v1+json'
const RAISE_TYPE = 'application/vnd.asof.raise.v1+json'
const REVIEW_TYPE = 'application/vnd.asof.review.v2+json'

function fractionForm(
  { again }: View,
  { model, author, members }: Standing,
  command: 'capital.review' | 'capital.raise',
): HTMLElement {
  const fraction = h('input', {
    name: 'fraction',
    type: 'number',
    min: 0,
    max: 1,
    step: 'any',
    value: '1',
    required: true,
  })
  return signForm({
    command,
    type: command === 'capital.review' ? REVIEW_TYPE : RAISE_TYPE,
    title: command === 'capital.review' ? `Decide on the capital of ${model}` : `Raise ${model} by a step`,
    members: members.filter((member) => member !== author),
    fields: [h('label', {}, 'Fraction of full capital from now on ', fraction)],
    asked: () =>
      fraction.value === '' ? 'Say the fraction, from 0 to 1.' : { model, fraction: Number(fraction.value) },
    onDone: again,
  })
}
