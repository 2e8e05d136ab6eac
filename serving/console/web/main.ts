/** The console: draws the frame once, and a page whenever the address changes. */
import { Refused } from './api.ts'
import { h } from './dom.ts'
import { drawEntry } from './enter.ts'
import { follow } from './follow.ts'
import { drawFrame } from './frame.ts'
import { page } from './parts.ts'
import { pageFor } from './routes.ts'
import { addressOf, type Where, whereIn } from './where.ts'

const frame = drawFrame({ goTo })
document.body.append(...frame.elements)

const following = follow((events) => {
  // The first page is looked at, and not read on: it brings itself up to date, unless somebody is in the middle of it.
  const { activeElement: focused } = document
  // The heading has the focus where a page was only come to.
  const isFree = shown === '' && (focused?.tagName === 'H1' || !frame.main.contains(focused))
  if (isFree) void draw(true)
  else frame.tell(events, () => void draw(true))
})

let leaving = new AbortController()
let shown = ''

function goTo(where: Where, replace = false): void {
  const address = addressOf(where)
  if (replace) history.replaceState(null, '', address)
  else history.pushState(null, '', address)
  void draw()
}

/** @param isAgain the same page: what has the focus keeps it */
async function draw(isAgain = false): Promise<void> {
  leaving.abort()
  leaving = new AbortController()
  const { signal } = leaving
  const where = whereIn(location.search, location.hash)
  const { title, at, make } = pageFor(where)
  const isSamePage = isAgain || shown === where.path.join('/')
  frame.busy(title)
  try {
    const drawn = await make({
      where,
      signal,
      go: (path, query = {}) => goTo({ at: where.at, path, query }),
      again: () => void draw(true),
    })
    if (signal.aborted) return
    document.title = where.at === 'now' ? `${title} \u00b7 Asof` : `${title} at ${where.at} \u00b7 Asof`
    frame.show(drawn.element, { where, section: at, at: drawn.at })
    following.drawn(where.at === 'now' ? (drawn.at?.head ?? null) : null)
    if (!isSamePage && shown !== '') frame.main.querySelector<HTMLElement>('h1')?.focus()
    shown = where.path.join('/')
    performance.mark('asof-page')
  } catch (error) {
    if (signal.aborted) return
    following.drawn(null)
    if (error instanceof Refused && error.status === 401) {
      frame.show(
        drawEntry(error, () => void draw()),
        { where, section: at, at: null },
      )
      return
    }
    const message = error instanceof Error ? error.message : String(error)
    frame.show(page(title, h('p', { class: 'refused', role: 'alert' }, message)), {
      where,
      section: at,
      at: null,
    })
  }
}

addEventListener('popstate', () => void draw())
// A link within the console changes the address, and loads nothing.
document.addEventListener('click', (event) => {
  const to = event.target instanceof Element ? event.target.closest('a') : null
  const isPlain =
    !event.defaultPrevented && !event.metaKey && !event.ctrlKey && !event.shiftKey && event.button === 0
  if (to === null || !isPlain || to.target !== '' || to.origin !== location.origin || to.pathname !== '/')
    return
  event.preventDefault()
  goTo(whereIn(to.search, to.hash))
})
void draw()
