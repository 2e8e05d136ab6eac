/** The form by which a member signs: what is said, the exact words, the key from a file, and then the signature alone is sent. */
import { ask } from './api.ts'
import { type Child, fill, h } from './dom.ts'
import { printable } from './format.ts'
import { assertSays, keyIn, type Statement, signed } from './signature.ts'

type Form = Readonly<{
  /** The command of the table, and the type of what is signed for it. */
  command: string
  type: string
  title: string
  members: readonly string[]
  /** Fields beside the member and the reason. */
  fields: readonly Child[]
  /** What the member wants to say, from the form; a string says why it is not whole. */
  asked: () => Readonly<Record<string, unknown>> | string
  /** Checked before the key is asked for. @throws Error */
  before?: () => Promise<void>
  onDone: () => void
}>

type Prepared = Readonly<{ already: number | null; statement: Statement | null }>

export function signForm({
  command,
  type,
  title,
  members,
  fields,
  asked,
  before,
  onDone,
}: Form): HTMLElement {
  const member = h(
    'select',
    { name: 'member', required: true },
    h('option', { value: '' }, 'choose'),
    members.map((name) => h('option', { value: name }, printable(name))),
  )
  const reason = h('input', { name: 'reason', type: 'text', size: 48 })
  const file = h('input', { type: 'file', name: 'key', accept: '.pem' })
  const words = h('pre', { class: 'words', tabindex: 0, hidden: true })
  const told = h('p', { role: 'alert' })
  const show = h('button', { type: 'submit' }, 'Show what is signed')
  const sign = h(
    'button',
    { type: 'button', class: 'act', onclick: () => void guarded(doSign) },
    'Sign and send the signature',
  )
  const second = h(
    'div',
    { class: 'stack', hidden: true },
    h('label', {}, 'Private key, a PEM file. It is read in this browser, and never sent. ', file),
    sign,
  )
  let ready: Readonly<{ statement: Statement; said: Readonly<Record<string, unknown>> }> | null = null

  async function guarded(act: () => Promise<void>): Promise<void> {
    fill(told)
    for (const one of [show, sign]) one.disabled = true
    try {
      await act()
    } catch (error) {
      fill(told, error instanceof Error ? error.message : String(error))
    } finally {
      for (const one of [show, sign]) one.disabled = false
    }
  }

  async function prepare(): Promise<void> {
    forget()
    const what = asked()
    if (typeof what === 'string') throw new Error(what)
    const said = { ...what, member: member.value, reason: reason.value }
    await before?.()
    const { statement, already } = await ask<Prepared>(`/api/v1/prepare/${command}`, { json: said })
    if (statement === null) {
      fill(told, `It was said already, at position ${already}.`)
      return
    }
    assertSays(statement, said, type)
    ready = { statement, said }
    // Of the very bytes that are signed, and not as the server puts them.
    words.textContent = wordsOf(statement)
    words.hidden = false
    second.hidden = false
  }

  async function doSign(): Promise<void> {
    if (ready === null) throw new Error('Have it shown first.')
    const [chosen] = file.files ?? []
    if (chosen === undefined) throw new Error('Choose the file with your private key.')
    const key = await keyIn(await chosen.text())
    const signature = await signed(ready.statement, key)
    file.value = ''
    await ask(`/api/v1/commands/${command}`, { json: { ...ready.statement.said, signature } })
    forget()
    onDone()
  }

  function forget(): void {
    ready = null
    words.hidden = true
    second.hidden = true
  }

  return h(
    'form',
    {
      class: 'sign stack',
      'aria-label': title,
      oninput: (event) => {
        // What was shown is no longer what would be signed.
        if (event.target !== file) forget()
      },
      onsubmit: (event) => {
        event.preventDefault()
        void guarded(prepare)
      },
    },
    h('h3', {}, title),
    fields,
    h('label', {}, 'Member ', member),
    h('label', {}, 'Reason ', reason),
    show,
    words,
    second,
    told,
  )
}

const MOMENTS = new Set(['expires', 'from', 'to'])

function wordsOf({ type, body }: Statement): string {
  const said = Object.entries(JSON.parse(body) as Record<string, unknown>).map(([key, value]) => {
    const isMoment = typeof value === 'number' && MOMENTS.has(key)
    const text = isMoment
      ? new Date(value / 1_000).toISOString()
      : typeof value === 'string'
        ? value
        : JSON.stringify(value)
    return `${key}: ${printable(text)}`
  })
  return [type, ...said].join('\n')
}
