/** The door of every route: who asks is known, and may do what the route says, before anything else is looked at. */
import { TLSSocket } from 'node:tls'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { assert } from '../../schemas/kernel/assert.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { Subject } from '../../schemas/role.ts'
import type { Access } from '../access/access.ts'
import type { Asking } from '../access/asking.ts'
import { FORWARDED, isLoopback, LOOPBACK, opensTo } from '../access/loopback.ts'
import { sessionIn } from './cookie.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; there is nobody on a route that anybody may use. */
    subject: Subject
  }
}

/**
 * Guards each route that is added from now on, and what is none.
 * @param isAlone whether nothing stands before this server: no proxy lets others in over loopback
 */
export function door(server: FastifyInstance, access: Access, isAlone = false): void {
  server.decorateRequest('subject')
  server.addHook('onRoute', ({ config, url }) =>
    assert(config?.notes !== undefined, `${url} does not say who may use it`),
  )
  server.addHook('onRequest', async (request) => {
    if (hasTokenInQuery(request)) throw refuse('access.token-in-query')
    const { notes } = request.routeOptions.config
    if (notes?.permission === null) return
    const isOpen = notes?.isOpenHere === true && isAlone && !isForwarded(request)
    request.subject =
      isOpen && opensTo(access.config, askingOf(request)) ? LOOPBACK : await admit(access, request)
  })
}

/** Who asks, if they may use the route: at the start of a request, and again while a long answer goes on. */
export async function admit(access: Access, request: FastifyRequest): Promise<Subject> {
  const permission = request.routeOptions.config.notes?.permission ?? null
  const subject = await access.authenticate(askingOf(request))
  // That there is no such route is told to everybody who is known, and to nobody else.
  if (permission !== null) await access.authorize(subject, permission)
  return subject
}

function askingOf(request: FastifyRequest): Asking {
  const { raw, socket } = request
  return {
    authorization: headersOf(raw.rawHeaders, 'authorization'),
    session: sessionIn(request),
    certificate: socket instanceof TLSSocket ? certificateOf(socket) : null,
    isLoopback: isLoopback(socket.remoteAddress),
  }
}

const isForwarded = ({ headers }: FastifyRequest): boolean =>
  FORWARDED.some((name) => headers[name] !== undefined)

/** Every value of a header: Node keeps the first of some that come twice, and joins others. */
const headersOf = (raw: readonly string[], name: string): readonly string[] =>
  raw.filter((_, i) => i % 2 === 1 && raw[i - 1].toLowerCase() === name)

function certificateOf(socket: TLSSocket): Asking['certificate'] {
  if (!socket.authorized) return null
  const { subject, valid_to } = socket.getPeerCertificate()
  const name = subject?.CN
  // A certificate with two names says two things.
  return typeof name === 'string' ? { name, expires: Date.parse(valid_to) * 1_000 } : null
}

/** RFC 6750, 2.3, says never to do it; RFC 9700 forbids it. */
const TOKEN_KEYS = new Set(['access_token', 'token', 'bearer', 'authorization'])

function hasTokenInQuery({ raw }: FastifyRequest): boolean {
  const [, query = ''] = (raw.url ?? '').split('?', 2)
  return [...new URLSearchParams(query)].some(
    ([key, value]) => TOKEN_KEYS.has(key.toLowerCase()) || /asof_(?:owner|[0-9a-f]{16})_/.test(value),
  )
}
