/** What a request shows of whoever asks: its tokens, its session, its certificate, and where it was sent from. */
import { TLSSocket } from 'node:tls'
import type { FastifyRequest } from 'fastify'
import type { Asking } from '../access/asking.ts'
import type { Caller } from '../access/egress.ts'
import { isLoopback } from '../access/loopback.ts'
import { sessionIn } from './cookie.ts'

export function askingOf(request: FastifyRequest): Asking {
  const { raw, socket } = request
  return {
    authorization: headersOf(raw.rawHeaders, 'authorization'),
    session: sessionIn(request),
    certificate: socket instanceof TLSSocket ? certificateOf(socket) : null,
    isLoopback: isLoopback(socket.remoteAddress),
  }
}

/** Who takes what is guarded, at which route; that it was let out is noted, and nothing else is sent of it. */
export const callerOf = (request: FastifyRequest): Caller => ({
  subject: request.subject,
  door: `${request.routeOptions.method} ${request.routeOptions.url}`,
  released(how) {
    request.released = how
  },
})

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
