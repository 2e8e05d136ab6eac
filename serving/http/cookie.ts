/** The cookie of a browser's session, and the link by which a browser gets one. */
import { TLSSocket } from 'node:tls'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Access } from '../access/access.ts'
import { LINK_MINUTES, SESSION_HOURS } from '../access/browser.ts'

/** Browsers send a cookie to every port of a machine, so each server has its own; over TLS none but it can set that. */
const nameOf = ({ socket }: FastifyRequest): string =>
  `${socket instanceof TLSSocket ? '__Host-' : ''}asof_${socket.localPort}`

/**
 * The session that a request counts for; null for one that a browser sends for a page of elsewhere. Ports are one site to a
 * browser, so it is asked where the request began (W3C Fetch Metadata), and what changes something must name its page.
 */
export function sessionIn(request: FastifyRequest): string | null {
  const { cookie = '', 'sec-fetch-site': site, origin } = request.headers
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return null
  if (!['GET', 'HEAD'].includes(request.method) && origin === undefined) return null
  const own = `${nameOf(request)}=`
  const found = cookie.split('; ').filter((one) => one.startsWith(own))
  // Two of one name were not both set here.
  return found.length === 1 ? found[0].slice(own.length) : null
}

/** `GET /enter/<code>`: spends a one-time link for a cookie. `POST /api/v1/links`: the owner asks for another link. */
export function serveEntrance(server: FastifyInstance, access: Access): void {
  server.get<{ Params: { code: string } }>(
    '/enter/:code',
    // Whoever only looks at the link leaves it as it is.
    {
      config: { notes: { permission: null, about: 'A one-time link, for a cookie.' } },
      exposeHeadRoute: false,
    },
    async (request, reply) => {
      const session = await access.enter(request.params.code)
      const { socket } = request
      const secure = socket instanceof TLSSocket ? '; Secure' : ''
      const life = `Max-Age=${SESSION_HOURS * 3_600}`
      return reply
        .header(
          'set-cookie',
          `${nameOf(request)}=${session}; Path=/; HttpOnly; SameSite=Strict; ${life}${secure}`,
        )
        .redirect('/', 303)
    },
  )

  const asking = {
    config: { notes: { permission: 'operate', about: 'A one-time link, for the owner.' } },
  } as const
  server.post('/api/v1/links', asking, async ({ subject, protocol, host }) => {
    const link = `${protocol}://${host}/enter/${await access.link(subject)}`
    return { link, minutes: LINK_MINUTES }
  })
}
