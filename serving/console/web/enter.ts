/** The way in, for a browser that nobody is known by: a one-time link, or a token. The address that was asked for is kept. */
import { ask, Refused } from './api.ts'
import { fill, h } from './dom.ts'
import { page } from './parts.ts'

export function drawEntry(why: Refused, onEntered: () => void): HTMLElement {
  const token = h('input', { id: 'token', type: 'password', autocomplete: 'off', required: true, size: 48 })
  const told = h('p', { role: 'alert' })

  async function enter(event: Event): Promise<void> {
    event.preventDefault()
    try {
      await ask('/api/v1/session', {
        method: 'POST',
        headers: { authorization: `Bearer ${token.value.trim()}` },
      })
      token.value = ''
      onEntered()
    } catch (error) {
      fill(told, error instanceof Refused ? error.message : String(error))
    }
  }

  return page(
    'Who is asking?',
    h('p', {}, 'This browser is not known to the server. ', h('span', { class: 'note' }, why.message)),
    h('h2', {}, 'The owner of the folder'),
    h(
      'p',
      {},
      'Run ',
      h('code', {}, 'asof link'),
      ' and open the link that it prints. Then come back to this address.',
    ),
    h('h2', {}, 'Everybody else'),
    h(
      'form',
      { class: 'stack', onsubmit: (event) => void enter(event) },
      h(
        'label',
        { for: 'token' },
        'A token, as asof token create prints it, or an access token of your provider',
      ),
      token,
      h(
        'p',
        { class: 'note' },
        'It is sent to this server once. The session ends with the token, after 12 hours, or with the server.',
      ),
      h('button', { type: 'submit' }, 'Enter'),
      told,
    ),
  )
}
