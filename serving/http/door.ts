/** The door of every route: who asks is known, and may do what the route says, before anything else is looked at. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { assert } from '../../schemas/kernel/assert.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { Subject } from '../../schemas/role.ts'
import type { Access } from '../access/access.ts'
import { FORWARDED, LOOPBACK, opensTo } from '../access/loopback.ts'
import { askingOf } from './asking.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; there is nobody on a route that anybody may use. */
    subject: Subject
    /** What was let out, of what is guarded: names, or the thing itself. */
    released: 'nothing' | 'listed' | 'taken'
  }
}

/**
 * Guards each route that is added from now on, and what is none.
 * @param isAlone whether nothing stands before this server: no proxy lets others in over loopback
 */
export function door(server: FastifyInstance, access: Access, isAlone = false): void {
  server.decorateRequest('subject')
  server.decorateRequest('released', 'nothing')
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

/**
 * Sends nothing at a route that hands out what is guarded before that is recorded, whatever its handler does.
 * @throws Error, in a request, for a handler that forgot it: a programmer's error
 */
export function holdBack(server: FastifyInstance): void {
  server.addHook('onSend', async ({ released, routeOptions }, { statusCode }) => {
    const { hands = null } = routeOptions.config.notes ?? {}
    assert(
      hands === null ||
        statusCode >= 300 ||
        released === 'taken' ||
        (hands === 'listing' && released === 'listed'),
      `${routeOptions.url} hands out what is guarded, and did not record it`,
    )
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

const isForwarded = ({ headers }: FastifyRequest): boolean =>
  FORWARDED.some((name) => headers[name] !== undefined)

/** RFC 6750, 2.3, says never to do it; RFC 9700 forbids it. */
const TOKEN_KEYS = new Set(['access_token', 'token', 'bearer', 'authorization'])

function hasTokenInQuery({ raw }: FastifyRequest): boolean {
  const [, query = ''] = (raw.url ?? '').split('?', 2)
  return [...new URLSearchParams(query)].some(
    ([key, value]) => TOKEN_KEYS.has(key.toLowerCase()) || /asof_(?:owner|[0-9a-f]{16})_/.test(value),
  )
}
