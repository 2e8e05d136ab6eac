/** What stands around every page: the pages by name, the moment that is shown, and the slider over it. */
import type { At } from '../past.ts'
import { fill, h } from './dom.ts'
import { brief, count } from './format.ts'
import { link } from './parts.ts'
import { SECTIONS } from './sections.ts'
import { timeBar } from './time-bar.ts'
import { addressOf, type Where } from './where.ts'

type Frame = Readonly<{
  elements: readonly HTMLElement[]
  main: HTMLElement
  busy: (title: string) => void
  /** Says that the log has gone on. */
  tell: (events: number, onShow: () => void) => void
  show: (page: HTMLElement, of: Readonly<{ where: Where; section: string; at: At | null }>) => void
}>

export function drawFrame({ goTo }: Readonly<{ goTo: (where: Where, replace?: boolean) => void }>): Frame {
  const nav = h('nav', { 'aria-label': 'Pages' })
  const main = h('main', { id: 'main', tabindex: -1 })
  const standing = h('p', { class: 'standing', role: 'status', 'aria-live': 'polite' })
  const news = h('span', { class: 'news' })
  const bar = timeBar(goTo)
  const header = h('header', {}, h('a', { class: 'name', href: '/' }, 'Asof'), bar.element, standing)
  const skip = h('a', { class: 'skip', href: '#main', onclick: toMain }, 'Skip to the page')

  function toMain(event: Event): void {
    event.preventDefault()
    main.focus()
  }

  return {
    elements: [skip, header, h('div', { class: 'body' }, nav, main)],
    main,
    busy() {
      main.setAttribute('aria-busy', 'true')
    },
    tell(events, onShow) {
      const said = ` ${count(events)} newer event${events === 1 ? '' : 's'}. `
      fill(news, said, h('button', { type: 'button', onclick: onShow }, 'Show'))
    },
    show(page, { where, section, at }) {
      fill(news)
      main.removeAttribute('aria-busy')
      fill(
        nav,
        h(
          'ul',
          {},
          SECTIONS.map(({ path, title }) =>
            h('li', {}, current(link(title, ...(path === '' ? [] : [path])), path === section)),
          ),
        ),
      )
      fill(main, page)
      document.documentElement.classList.toggle('past', where.at !== 'now')
      bar.show(where)
      fill(standing, at === null ? [] : standingOf(at, where), news)
    },
  }
}

function current(anchor: HTMLAnchorElement, isCurrent: boolean): HTMLAnchorElement {
  if (isCurrent) anchor.setAttribute('aria-current', 'page')
  return anchor
}

/** Every figure of the page is of this moment and of this much of the log. */
function standingOf({ knownAt, position, head }: At, where: Where) {
  const log = `up to event ${count(position)} of ${count(head)}`
  if (where.at === 'now') return [`Now, ${log}`]
  const when = knownAt === null ? 'As the log was' : `As known at ${brief(knownAt)}`
  return [
    h('strong', {}, when),
    `, ${log}. `,
    h('a', { href: addressOf({ ...where, at: 'now' }) }, 'Back to now'),
  ]
}
