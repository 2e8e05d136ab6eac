/** The history of one cell: what was known of it, since when, and from which event. */
import { askPage } from '../api.ts'
import { chart, INK, MAIN } from '../charts.ts'
import { h } from '../dom.ts'
import { brief, count, figure, printable } from '../format.ts'
import { code, facts, link, page, position, section, table, tag } from '../parts.ts'
import type { Make } from '../view.ts'
import { addressOf } from '../where.ts'

export const cellPage: Make = async ({ where, signal }) => {
  const [, set = '', feature = '', entity = ''] = where.path
  const { at, page: found } = await askPage(
    'cell',
    where.at,
    { ...where.query, set, feature, entity },
    signal,
  )
  const { history, formula, unit, older } = found
  const newest = history.filter(({ isReplaced }) => !isReplaced)
  const dots = newest.flatMap(({ eventTime, value }) =>
    value === null ? [] : [{ at: new Date(eventTime / 1_000), value }],
  )
  const element = page(
    `${printable(feature)} of ${printable(entity)}`,
    facts(['Set', link(set, 'features', set)], ['Formula', code(formula)], ['Unit', printable(unit)]),
    dots.length > 1 &&
      chart({
        title: `${feature} of ${entity}, ${unit}`,
        label: `${count(dots.length)} values from ${brief(newest.at(-1)?.eventTime ?? null)} to ${brief(newest[0]?.eventTime ?? null)}`,
        draw: (plot) => ({
          y: { label: null, grid: true, ticks: 5 },
          x: { label: null, type: 'utc' },
          marks: [
            plot.lineY(dots, { x: 'at', y: 'value', stroke: MAIN, strokeWidth: 1.25 }),
            plot.ruleY([0], { stroke: INK, strokeOpacity: 0.3 }),
          ],
        }),
      }),
    section(
      'As it was told',
      table({
        caption: `${count(history.length)} values, newest first; what was told anew stands above what it replaced`,
        rows: history,
        empty: 'Nothing was known of this cell at this moment.',
        columns: [
          { head: 'About', cell: ({ eventTime }) => brief(eventTime) },
          { head: 'Known', cell: ({ knownAt }) => brief(knownAt) },
          { head: 'Value', unit, isNumber: true, cell: ({ value }) => figure(value, 6) },
          { head: '', cell: ({ isReplaced }) => (isReplaced ? tag('replaced', 'quiet') : '') },
          { head: 'Position', isNumber: true, cell: (one) => position(one.position) },
          {
            head: 'Rests on',
            cell: ({ eventTime }) =>
              link('lineage', 'lineage', `${set}:${feature}/${entity}/${brief(eventTime).slice(0, 10)}`),
          },
        ],
      }),
      older !== null &&
        h(
          'p',
          {},
          h('a', { href: addressOf({ ...where, query: { before: String(older) } }) }, 'Older values'),
        ),
    ),
  )
  return { element, at }
}
