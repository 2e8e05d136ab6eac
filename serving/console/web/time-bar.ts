/** The moment that is shown: as text, and as a slider over the whole life of the log with a stop at each session. */
import { type Answer, askPage } from './api.ts'
import { fill, h } from './dom.ts'
import { brief, moment } from './format.ts'
import { stepFrom, stopsOf } from './stops.ts'
import { addressOf, type Where } from './where.ts'

type Line = Answer<'timeline'>['page']

/** A page is asked for when the slider has rested so long. */
const REST_MILLIS = 120
const STEPS: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowDown: -1,
  ArrowRight: 1,
  ArrowUp: 1,
  PageDown: -21,
  PageUp: 21,
}

export function timeBar(goTo: (where: Where, replace?: boolean) => void) {
  let where: Where = { at: 'now', path: [], query: {} }
  let line: Line | null = null
  let stops: readonly number[] = []
  let isAsked = false
  let resting: ReturnType<typeof setTimeout> | undefined

  const text = h('input', {
    id: 'at',
    type: 'text',
    size: 21,
    spellcheck: 'false',
    autocomplete: 'off',
    'aria-describedby': 'at-help',
    onchange: () => goTo({ ...where, at: text.value.trim() || 'now' }),
  })
  const slider = h('input', {
    type: 'range',
    class: 'slider',
    'aria-label': 'Moment, from the first of the log to now',
    disabled: true,
    oninput: () => slid(),
    onkeydown: (event) => stepped(event as KeyboardEvent),
  })
  const marks = h('div', { class: 'marks', 'aria-hidden': 'true' })
  const now = h('button', { type: 'button', onclick: () => goTo({ ...where, at: 'now' }) }, 'Now')
  const copy = h('button', { type: 'button', onclick: () => void copied() }, 'Copy link')
  const help = 'now, a position such as 1200, or a time such as 2012-05-01T20:00Z'
  const element = h(
    'form',
    { class: 'time', onsubmit: (event) => event.preventDefault() },
    h('label', { for: 'at' }, 'Moment'),
    text,
    h('span', { id: 'at-help', class: 'hidden' }, help),
    h('div', { class: 'track' }, slider, marks),
    ...[now, copy],
  )
  text.title = help

  /** The slider stands at the end for now. */
  function go(at: number): void {
    const isNow = at >= (stops.at(-1) ?? 0)
    clearTimeout(resting)
    say(at)
    resting = setTimeout(() => goTo({ ...where, at: isNow ? 'now' : moment(at) }, true), REST_MILLIS)
  }

  function slid(): void {
    const wanted = Number(slider.value)
    const nearest = stops.reduce(
      (best, stop) => (Math.abs(stop - wanted) < Math.abs(best - wanted) ? stop : best),
      wanted * 3,
    )
    go(nearest)
  }

  function stepped(event: KeyboardEvent): void {
    const step = STEPS[event.key]
    const at = Number(slider.value)
    const to =
      event.key === 'Home'
        ? stops[0]
        : event.key === 'End'
          ? stops.at(-1)
          : step === undefined
            ? undefined
            : stepFrom(stops, at, step)
    if (to === undefined) return
    event.preventDefault()
    go(to)
  }

  function say(at: number): void {
    const isNow = at >= (stops.at(-1) ?? 0)
    slider.value = String(at)
    slider.setAttribute('aria-valuetext', isNow ? 'now' : brief(at))
    if (document.activeElement !== text) text.value = isNow ? 'now' : moment(at)
  }

  async function copied(): Promise<void> {
    await navigator.clipboard.writeText(`${location.origin}${addressOf(where)}`)
    copy.textContent = 'Copied'
    setTimeout(() => {
      copy.textContent = 'Copy link'
    }, 1_500)
  }

  function drawLine({ from, to, sessions, marks: acts }: Line): void {
    stops =
      from === null || to === null ? [] : stopsOf({ from, to, sessions, marks: acts.map(({ at }) => at) })
    const [first, last] = [stops[0] ?? 0, stops.at(-1) ?? 0]
    slider.min = String(first)
    slider.max = String(last)
    slider.step = 'any'
    slider.disabled = stops.length < 2
    fill(
      marks,
      acts
        .filter(({ at }) => at >= first && at <= last)
        .map(({ at, what }) => {
          const mark = h('i', { title: `${brief(at)} ${what}` })
          mark.style.left = `${((at - first) / Math.max(1, last - first)) * 100}%`
          return mark
        }),
    )
  }

  function place(): void {
    if (line === null || line.to === null) return
    const { at } = where
    const last = stops.at(-1) ?? 0
    if (at === 'now') say(last)
    else if (/^\d+$/.test(at)) slider.setAttribute('aria-valuetext', `position ${at}`)
    else {
      const time = Date.parse(at) * 1_000
      if (Number.isFinite(time)) {
        slider.value = String(time)
        slider.setAttribute('aria-valuetext', brief(time))
      }
    }
    text.value = at
  }

  return {
    element,
    show(shown: Where): void {
      where = shown
      text.value = shown.at
      place()
      if (isAsked) return
      isAsked = true
      askPage('timeline', 'now').then(
        ({ page }) => {
          line = page
          drawLine(page)
          place()
        },
        () => {
          // Without a session there is no line yet: the next page that is let in asks again.
          isAsked = false
        },
      )
    },
  }
}
