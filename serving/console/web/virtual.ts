/** A table of any length: it asks for the rows that can be seen and keeps no others, so that a million of them block nothing. */
import { h } from './dom.ts'
import { count } from './format.ts'
import { type Column, headOf } from './parts.ts'

const ROW_PIXELS = 24
/** Rows beyond what is seen, above and below. */
const SPARE = 20
/** Browsers cut elements off at some millions of pixels: beyond this the bar is a scale, and no longer a ruler. */
const MOST_PIXELS = 8_000_000

type Parts<R> = Readonly<{
  caption: string
  columns: readonly Column<R>[]
  total: number
  /** The rows from a place on, counted from 0. */
  rows: (from: number, limit: number) => Promise<readonly R[]>
  signal: AbortSignal
}>

export function virtualTable<R>({ caption, columns, total, rows, signal }: Parts<R>): HTMLElement {
  const body = h('tbody')
  const grid = h(
    'table',
    { 'aria-rowcount': total + 1 },
    h('caption', {}, caption),
    h('thead', {}, h('tr', { 'aria-rowindex': 1 }, columns.map(headOf))),
    body,
  )
  const room = h('div', { class: 'room' }, grid)
  const pane = h('div', { class: 'virtual', tabindex: 0, role: 'region', 'aria-label': caption }, room)
  const shown = h('p', { class: 'note', role: 'status' })
  const height = Math.min(total * ROW_PIXELS, MOST_PIXELS)
  room.style.height = `${height + ROW_PIXELS * 3}px`

  let latest = 0
  let drawn = { from: -1, to: -1 }

  async function draw(): Promise<void> {
    const seen = Math.ceil((pane.clientHeight || 600) / ROW_PIXELS)
    const most = Math.max(1, height - pane.clientHeight)
    const first = Math.floor(Math.min(1, pane.scrollTop / most) * Math.max(0, total - seen + 2))
    if (first >= drawn.from + (drawn.from === 0 ? 0 : 4) && first + seen <= drawn.to && drawn.from >= 0) {
      place(first)
      return
    }
    const from = Math.max(0, first - SPARE)
    const asked = ++latest
    const found = await rows(from, seen + 2 * SPARE)
    if (asked !== latest || signal.aborted) return
    drawn = { from, to: from + found.length }
    body.replaceChildren(...found.map((row, i) => rowOf(row, from + i)))
    place(first)
    shown.textContent =
      total === 0
        ? 'No row.'
        : `${count(first + 1)} to ${count(Math.min(total, first + seen))} of ${count(total)}`
  }

  /** The rows stand where the pane looks, wherever the bar is. */
  function place(first: number): void {
    const top = pane.scrollTop - (first - drawn.from) * ROW_PIXELS
    grid.style.transform = `translateY(${Math.max(0, Math.min(top, height + ROW_PIXELS * 2))}px)`
  }

  function rowOf(row: R, place: number): HTMLElement {
    const cells = columns.map(({ cell, isNumber }, i) =>
      i === 0
        ? h('th', { scope: 'row' }, cell(row))
        : h('td', { class: isNumber ? 'number' : null }, cell(row)),
    )
    return h('tr', { 'aria-rowindex': place + 2 }, cells)
  }

  let isDue = false
  pane.addEventListener('scroll', () => {
    if (isDue) return
    isDue = true
    requestAnimationFrame(() => {
      isDue = false
      void draw().catch(() => undefined)
    })
  })
  // Its height is known once it stands in the page.
  requestAnimationFrame(() => void draw().catch((error: unknown) => (shown.textContent = String(error))))
  return h('div', {}, shown, pane)
}
