/** Who may ask: nobody whose page was led here under a foreign name, and no page of a foreign site. */
import type { Socket } from 'node:net'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { refuse } from '../../schemas/kernel/fault.ts'

type Place = Readonly<{ name: string; port: string }>

/**
 * Refuses requests whose Host or Origin is none of this server's: the address that it listens on, the one that the request
 * came in at and those of the machine itself, each with its port, and the names that it was told. A name without a port is
 * allowed with any.
 * @throws Refusal, in a request, `http.foreign-host`, `http.foreign-origin`
 */
export function guard(
  server: FastifyInstance,
  { host, allowed }: Readonly<{ host: string; allowed: readonly string[] }>,
): void {
  const told = allowed.map((text) => ({ ...placeOf(text), hasPort: /:\d+$/.test(text) }))
  const own = (name: string) => placeOf(name.includes(':') ? `[${name}]` : name)?.name
  const always = [own(host), 'localhost', '127.0.0.1', '[::1]']
  const cameInAt = ({ localAddress = '' }: Socket) => own(localAddress.replace('::ffff:', ''))

  const isOwn = (text: string, { socket }: FastifyRequest): boolean => {
    const place = placeOf(text)
    if (place === null) return false
    if (told.some(({ name, port, hasPort }) => name === place.name && (!hasPort || port === place.port)))
      return true
    const isOfMachine = always.includes(place.name) || cameInAt(socket) === place.name
    return isOfMachine && place.port === String(socket.localPort)
  }

  server.addHook('onRequest', async (request) => {
    const { host: asked = '', origin } = request.headers
    // Node keeps the first of two, and a proxy before it may have read the second.
    const hosts = request.raw.rawHeaders.filter((text, i) => i % 2 === 0 && text.toLowerCase() === 'host')
    if (hosts.length > 1 || !isOwn(asked, request)) throw refuse('http.foreign-host', { host: asked })
    if (origin !== undefined && !isOwn(origin.replace(/^https?:\/\//, ''), request))
      throw refuse('http.foreign-origin', { origin })
  })
}

/** The name and port of a Host header, or null for what is none; 80 is not written. */
function placeOf(text: string): Place | null {
  if (!/^[\w.:[\]-]+$/.test(text)) return null
  const url = URL.parse(`http://${text}`)
  return url === null ? null : { name: url.hostname, port: url.port || '80' }
}
