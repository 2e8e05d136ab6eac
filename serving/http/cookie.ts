/** The cookie of a browser's session. */
import { TLSSocket } from 'node:tls'
import type { FastifyRequest } from 'fastify'
import { SESSION_HOURS } from '../access/browser.ts'

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

/** @param seconds how long the browser keeps it */
export function cookieOf(request: FastifyRequest, session: string, seconds = SESSION_HOURS * 3_600): string {
  const secure = request.socket instanceof TLSSocket ? '; Secure' : ''
  return `${nameOf(request)}=${session}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${seconds}${secure}`
}
