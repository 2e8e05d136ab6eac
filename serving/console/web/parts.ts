/** The parts that pages are put together from: links, tiles, tables, notes. */
import { type Child, h } from './dom.ts'
import { count, printable } from './format.ts'
import { addressOf, whereIn } from './where.ts'

/** A link to another page at the moment that is shown. */
export function link(text: string | number, ...path: readonly string[]): HTMLAnchorElement {
  const { at } = whereIn(location.search, '')
  return h(
    'a',
    { href: addressOf({ at, path, query: {} }) },
    typeof text === 'number' ? text : printable(text),
  )
}

/** A position of the log, as a link to its event. */
export const position = (at: number | null): Child =>
  at === null || at === 0 ? '\u2013' : h('span', { class: 'position' }, link(count(at), 'audit', String(at)))

export const code = (text: string): HTMLElement => h('code', {}, printable(text))

export const page = (title: Child, ...rest: readonly Child[]): HTMLElement =>
  h('article', {}, h('h1', { tabindex: -1 }, title), rest)

export const section = (title: string, ...rest: readonly Child[]): HTMLElement =>
  h('section', {}, h('h2', {}, title), rest)

/** What to do where there is nothing. */
export const empty = (what: string, ...then: readonly Child[]): HTMLElement =>
  h('p', { class: 'empty' }, what, then.length > 0 && ' ', then)

export const note = (...children: readonly Child[]): HTMLElement => h('p', { class: 'note' }, children)

export type Tone = 'good' | 'bad' | 'warn' | 'quiet'
export const tag = (text: string, tone: Tone): HTMLElement => h('span', { class: `tag ${tone}` }, text)

/** A figure with its name above it and where it is from below. */
export const tiles = (
  ...all: readonly (readonly [name: string, value: Child, from?: Child])[]
): HTMLElement =>
  h(
    'dl',
    { class: 'tiles' },
    all.map(([name, value, from]) =>
      h('div', {}, h('dt', {}, name), h('dd', {}, value, from !== undefined && h('small', {}, from))),
    ),
  )

export type Column<R> = Readonly<{
  head: string
  /** The unit of the column, small beside its head. */
  unit?: string
  /** Digits line up. */
  isNumber?: boolean
  cell: (row: R) => Child
}>

type TableParts<R> = Readonly<{
  /** What the table holds, for whoever does not see it; shown above it. */
  caption: string
  columns: readonly Column<R>[]
  rows: readonly R[]
  empty?: Child
}>

export function table<R>({ caption, columns, rows, empty: none = 'None.' }: TableParts<R>): HTMLElement {
  if (rows.length === 0) return h('div', {}, typeof none === 'string' ? empty(none) : none)
  return h(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption },
    h(
      'table',
      {},
      h('caption', {}, caption),
      h('thead', {}, h('tr', {}, columns.map(headOf))),
      h(
        'tbody',
        {},
        rows.map((row) =>
          h(
            'tr',
            {},
            columns.map(({ cell, isNumber }, i) =>
              i === 0
                ? h('th', { scope: 'row' }, cell(row))
                : h('td', { class: isNumber ? 'number' : null }, cell(row)),
            ),
          ),
        ),
      ),
    ),
  )
}

export const headOf = <R>({ head, unit, isNumber }: Column<R>): HTMLElement =>
  h(
    'th',
    { scope: 'col', class: isNumber ? 'number' : null },
    head,
    unit !== undefined && h('small', {}, ` ${unit}`),
  )

/** Names and what they stand for. */
export const facts = (...all: readonly (readonly [name: string, value: Child])[]): HTMLElement =>
  h(
    'dl',
    { class: 'facts' },
    all.map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]),
  )
