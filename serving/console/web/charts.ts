/** Charts in the browser: Observable Plot, loaded with the first of them, drawn in the colours of the page, with a table of the same for whoever does not see them. */
import type * as PlotModule from '@observablehq/plot'
import { h } from './dom.ts'

type Plot = typeof PlotModule

let loading: Promise<Plot> | null = null

const LIBRARY = ['/console/vendor/d3.js', '/console/vendor/plot.js']

/** The library as npm installed it, served by Asof itself. Its parts find each other by global names. */
async function load(): Promise<Plot> {
  for (const file of LIBRARY) await import(file)
  return (globalThis as unknown as { Plot: Plot }).Plot
}

type Chart = Readonly<{
  /** What it shows, in words, with its figures. */
  label: string
  title: string
  height?: number
  draw: (plot: Plot) => PlotModule.PlotOptions
}>

/** A figure at once; its drawing comes when the library is there, as wide as there is room. */
export function chart({ label, title, height = 180, draw }: Chart): HTMLElement {
  const room = h('div', { class: 'chart', role: 'img', 'aria-label': label })
  room.style.minHeight = `${height}px`
  const figure = h('figure', {}, h('figcaption', {}, title), room)
  loading ??= load()
  void loading.then((plot) => {
    const drawn = () => {
      const width = Math.max(280, room.clientWidth || 720)
      // In a document of its own, where its style sheet is of no effect: the page's has the same.
      const apart = document.implementation.createHTMLDocument('')
      const options = {
        marginLeft: 52,
        marginBottom: 28,
        marginTop: 12,
        ...draw(plot),
        width,
        height,
        document: apart,
      }
      const svg = plot.plot({ className: 'plot', ...options })
      svg.querySelector('style')?.remove()
      svg.setAttribute('aria-hidden', 'true')
      room.replaceChildren(svg)
    }
    drawn()
    new ResizeObserver(onWidth(drawn)).observe(room)
  })
  return figure
}

/** Redraws when the width has changed, and not for the drawing itself. */
function onWidth(redraw: () => void): ResizeObserverCallback {
  let before: number | null = null
  return ([entry]) => {
    const width = Math.round(entry?.contentRect.width ?? 0)
    if (before !== null && width !== before && width > 0) redraw()
    before = width
  }
}

/** Colours are the page's, in both themes. */
export const INK = 'currentColor'
export const MAIN = 'var(--net)'
export const SOFT = 'var(--soft)'
export const BAD = 'var(--loss)'
export const MARK = 'var(--mark)'
