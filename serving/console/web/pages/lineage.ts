/** Lineage as a graph of steps: what a thing rests on, and what rests on it. */

import type { Lineage } from '../../../lineage/answer.ts'
import type { Branch, Bundle } from '../../../lineage/tree.ts'
import { ask } from '../api.ts'
import { h } from '../dom.ts'
import { brief, count, printable, short } from '../format.ts'
import { code, empty, note, page, position, section, table } from '../parts.ts'
import type { Make } from '../view.ts'

const STEPS = ['1', '2', '3', '5', '8']

export const lineagePage: Make = async ({ where, signal, go }) => {
  const [, thing = ''] = where.path
  const { direction = 'up', depth = '3' } = where.query
  const name = h('input', { id: 'thing', type: 'search', value: thing, size: 40, required: true })
  const choice = (key: string, label: string, chosen: string, all: readonly (readonly [string, string])[]) =>
    h(
      'label',
      {},
      `${label} `,
      h(
        'select',
        { name: key, onchange: () => asked(key) },
        all.map(([value, shown]) => h('option', { value, selected: value === chosen }, shown)),
      ),
    )
  const form = h(
    'form',
    {
      class: 'filters',
      role: 'search',
      onsubmit: (event) => {
        event.preventDefault()
        asked()
      },
    },
    h('label', {}, 'Of ', name),
    choice('direction', 'Show', direction, [
      ['up', 'what it rests on'],
      ['down', 'what rests on it'],
    ]),
    choice(
      'depth',
      'Steps',
      depth,
      STEPS.map((one) => [one, one]),
    ),
    h('button', { type: 'submit' }, 'Show'),
  )

  function asked(_?: string): void {
    const [to, steps] = form.querySelectorAll('select')
    if (name.value.trim() !== '')
      go(['lineage', name.value.trim()], { direction: to?.value ?? 'up', depth: steps?.value ?? '3' })
  }

  if (thing === '') {
    const what =
      'Name a thing: a position, a run, a model, a feature set, a training set, a row such as us20/JPM/2012-05-01, or a cell such as mom_1/JPM/2012-05-01.'
    return { element: page('Lineage', form, empty(what)), at: null }
  }
  const query = new URLSearchParams({ thing, depth, at: where.at })
  const found = await ask<Lineage>(`/api/v1/views/lineage/${direction === 'down' ? 'down' : 'up'}?${query}`, {
    signal,
  })
  const element = page(
    ['Lineage of ', printable(found.thing)],
    form,
    section(
      direction === 'down' ? 'What rests on it' : 'What it rests on',
      h('ul', { class: 'tree' }, branchOf(found.tree)),
      note(
        '"at most" marks an upper bound: of the arrivals that a window may reach back to, the log does not tell which it did.',
      ),
    ),
    section(
      'Reached',
      table({
        caption: 'Events within so many steps',
        rows: found.reached,
        empty: 'Nothing.',
        columns: [
          { head: 'Noun', cell: ({ noun }) => noun },
          { head: 'Events', isNumber: true, cell: ({ events }) => count(events) },
        ],
      }),
    ),
  )
  return { element, at: { knownAt: null, position: found.position, head: found.position } }
}

function branchOf(branch: Branch | Bundle): HTMLElement {
  const edge = branch.edge === null ? '' : `${branch.edge}${branch.exact ? '' : ', at most'}: `
  const line =
    'node' in branch
      ? [
          h('span', { class: 'edge' }, edge),
          h('b', {}, branch.node.noun),
          ` ${printable(branch.node.name)} `,
          h(
            'span',
            { class: 'note' },
            'position ',
            position(branch.node.position),
            `, known ${brief(branch.node.knownTime)}`,
            branch.node.who === null ? '' : `, by ${printable(branch.node.who)} `,
          ),
          branch.node.hash !== null && code(short(branch.node.hash)),
          branch.node.problems.map((problem) => h('span', { class: 'bad' }, ` ${printable(problem)}`)),
        ]
      : [
          h('span', { class: 'edge' }, edge),
          h('b', {}, `${count(branch.count)} ${branch.noun}`),
          ` ${namesOf(branch)} `,
          h(
            'span',
            { class: 'note' },
            'positions ',
            branch.positions
              .slice(0, 6)
              .map(([from, to], i) => [
                i > 0 ? ', ' : '',
                position(from),
                from === to ? '' : ['\u2013', position(to)],
              ]),
            branch.positions.length > 6 ? ' and more' : '',
          ),
        ]
  if (branch.branches.length === 0) return h('li', {}, line)
  return h('li', {}, line, h('ul', {}, branch.branches.map(branchOf)))
}

const NAMES = 4

const namesOf = ({ names }: Bundle): string => {
  const first = names.slice(0, NAMES).map(printable).join(', ')
  return names.length > NAMES ? `${first} and ${count(names.length - NAMES)} more` : first
}
