/** Failures as HTTP answers: whatever failed, the one table of faults gives its status and its sentence. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { FAULTS } from '../../schemas/kernel/fault.ts'
import { faultToTell } from '../named.ts'

/** The hash of a stream, behind it. */
export const SHA256_TRAILER = 'asof-sha256'

export function failed(error: unknown, request: FastifyRequest, reply: FastifyReply) {
  const { told, status } = toTell(error, request, reply)
  // What was said of a stream that failed before its first byte is not said of this.
  if (reply.hasTrailer(SHA256_TRAILER)) reply.removeTrailer(SHA256_TRAILER)
  reply.removeHeader('transfer-encoding').removeHeader('trailer')
  reply.status(status).type('application/json; charset=utf-8')
  // In the protocol of its clients an error is its sentence.
  if (isOip(request)) return reply.send({ error: told.message, code: told.code, detail: told.detail })
  return reply.send({ error: told })
}

/** What is told of a failure, in whatever form: the headers that go with it are set, and a defect stands in the server's log. */
export function toTell(error: unknown, request: FastifyRequest, reply: FastifyReply) {
  const told = faultToTell(error)
  const status = FAULTS[told.code].http
  if (status === 401) reply.header('www-authenticate', challenge(request))
  if (told.code === 'access.denied')
    reply.header('www-authenticate', 'Bearer realm="asof", error="insufficient_scope"')
  if (told.code === 'internal') request.log.error({ err: error }, 'a defect')
  return { told, status }
}

const isOip = ({ url }: FastifyRequest): boolean => /^\/v2(?:[/?]|$)/.test(url)

/** RFC 6750, 3: an error is named where a token was shown. */
const challenge = ({ headers }: FastifyRequest): string =>
  `Bearer realm="asof"${headers.authorization === undefined ? '' : ', error="invalid_token"'}`
