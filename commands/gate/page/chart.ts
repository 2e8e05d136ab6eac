/** Draws a chart as text: Observable Plot on a document that lives in memory, with nothing of the machine in it. */
import * as Plot from '@observablehq/plot'
import { parseHTML } from 'linkedom'
import { html, type Markup, trusted } from '../../../schemas/kernel/markup.ts'

export const WIDE = 1080
export const HALF = 520

/** Colours are the page's, so that one drawing serves light, dark and paper. */
export const INK = 'currentColor'
export const NET = 'var(--net)'
export const GROSS = 'var(--gross)'
export const LOSS = 'var(--loss)'
export const MARK = 'var(--mark)'
export const FAINT = 'var(--rule)'

type ChartOptions = Plot.PlotOptions & Readonly<{ /** What it shows, in words. */ label: string }>

/** What is asked of the drawing once it is made; the program has no types of a browser. */
type Drawn = Readonly<{
  getAttribute: (name: string) => string | null
  setAttribute: (name: string, value: string) => void
  removeAttribute: (name: string) => void
  querySelector: (what: string) => { remove: () => void } | null
  querySelectorAll: (what: string) => Iterable<Drawn>
  outerHTML: string
}>

/** @returns one `svg` element */
export function chart({ label, ...options }: ChartOptions): Markup {
  const { document } = parseHTML('<!doctype html><html><body></body></html>')
  const svg: Drawn = Plot.plot({
    document,
    className: 'plot',
    marginLeft: 48,
    marginBottom: 38,
    marginTop: 24,
    ...options,
  })
  svg.querySelector('style')?.remove()
  svg.setAttribute('font-size', '12')
  svg.removeAttribute('font-family')
  for (const element of svg.querySelectorAll('*')) shorten(element)
  // The label holds names from outside, and the document in memory leaves < and > in attributes as they are.
  return html`<svg role="img" aria-label="${label}" ${trusted(svg.outerHTML.slice('<svg '.length))}`
}

const PLACES = ['d', 'x', 'y', 'x1', 'x2', 'y1', 'y2', 'cx', 'cy', 'r', 'width', 'height', 'transform']

/** A hundredth of a pixel is enough, and the last digits of a float may differ between machines. */
function shorten(element: Drawn): void {
  for (const place of PLACES) {
    const value = element.getAttribute(place)
    if (value?.includes('.'))
      element.setAttribute(
        place,
        value.replace(/-?\d+\.\d{3,}/g, (number: string) => String(+(+number).toFixed(2))),
      )
  }
}
