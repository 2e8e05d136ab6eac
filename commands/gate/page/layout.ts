/** The frames of the page: a part with its question, a figure with its words and numbers, a table, a row of figures. */

import { html, type Markup, NOTHING } from '../../../schemas/kernel/markup.ts'
import type { Section } from '../report-base.ts'

type Cell = Markup | string | number

type Column = Readonly<{
  head: string /** Words are set to the left, figures to the right. */
  words?: boolean
}>

type TableOptions = Readonly<{
  /** What the rows are, for those who do not see the page. */
  caption: string
  columns: readonly Column[]
  rows: readonly (readonly Cell[])[]
  /** Places of rows that stand out. */
  marked?: ReadonlySet<number>
}>

export const words = (head: string): Column => ({ head, words: true })
export const figures = (head: string): Column => ({ head })

export const table = ({ caption, columns, rows, marked = new Set() }: TableOptions): Markup => html`
<div class="scroll"><table><caption>${caption}</caption>
<thead><tr>${columns.map(({ head, words }) => html`<th scope="col"${words ? LEFT : NOTHING}>${head}</th>`)}</tr></thead>
<tbody>${rows.map(
  (row, place) => html`<tr${marked.has(place) ? html` class="marked"` : NOTHING}>${row.map((cell, i) =>
    i === 0 && columns[0]?.words
      ? html`<th scope="row">${cell}</th>`
      : html`<td${columns[i]?.words ? LEFT : NOTHING}>${cell}</td>`,
  )}</tr>
`,
)}</tbody></table></div>`

const LEFT = html` class="words"`

type FigureOptions = Readonly<{
  title: string
  chart: Markup
  /** How to read it. */
  note?: Cell
  key?: readonly Readonly<{ name: string; colour: 'net' | 'gross' | 'loss' | 'mark' | 'replayed' }>[]
  /** The numbers behind it. */
  data?: TableOptions
}>

export const figure = ({ title, chart, note, key = [], data }: FigureOptions): Markup => html`
<figure><figcaption><b>${title}</b>${key.map(
  ({ name, colour }) => html`<span class="key"><i class="${colour}"></i>${name}</span>`,
)}</figcaption>
${chart}
${note === undefined ? NOTHING : html`<p class="note">${note}</p>`}${
  data === undefined ? NOTHING : html`<details><summary>Figures</summary>${table(data)}</details>`
}</figure>`

export const side = (...parts: readonly Markup[]): Markup => html`<div class="side">${parts}</div>`

export type Tile = Readonly<{ name: string; value: string; note?: string }>

export const tiles = (all: readonly Tile[]): Markup =>
  html`<dl class="tiles">${all.map(
    ({ name, value, note }) =>
      html`<div><dt>${name}</dt><dd>${value}${note === undefined ? NOTHING : html` <small>${note}</small>`}</dd></div>`,
  )}</dl>`

type Part<T> = Readonly<{
  id: string
  title: string
  question: string
  section: Section<T> | undefined
}>

/** A part that could not be had says why; a report that is older than the part has none. */
export const part = <T>(
  { id, title, question, section }: Part<T>,
  body: (value: T) => Markup,
): Markup => html`
<section id="${id}"><h2>${title}</h2><p class="question">${question}</p>${
  section?.kind === 'measured' ? body(section.value) : absent(section ?? OLDER)
}</section>`

const OLDER = { kind: 'insufficient', reason: 'the report is older than this part of it' } as const

/** The reason in place of what is not there. */
export const absent = (section: Exclude<Section<unknown>, { kind: 'measured' }>): Markup =>
  html`<p class="absent"><b>${
    section.kind === 'insufficient' ? 'Not enough to go by' : 'Not worked out'
  }.</b> ${section.reason}</p>`
