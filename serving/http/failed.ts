/** Failures as HTTP answers: whatever failed, the one table of faults gives its status and its sentence. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { FAULTS, type Fault, fault } from '../../schemas/kernel/fault.ts'
import { namedFault } from '../named.ts'

/** The greatest body that is taken whole: more than a person writes. Files are streamed. */
export const BODY_BYTES = 4 << 20

export function failed(error: unknown, request: FastifyRequest, reply: FastifyReply) {
  const told = faultToTell(error)
  const status = FAULTS[told.code].http
  if (status === 401) reply.header('www-authenticate', challenge(request))
  if (told.code === 'access.denied')
    reply.header('www-authenticate', 'Bearer realm="asof", error="insufficient_scope"')
  if (told.code === 'internal') request.log.error({ err: error }, 'a defect')
  return reply.status(status).send({ error: told })
}

/** RFC 6750, 3: an error is named where a token was shown. */
const challenge = ({ headers }: FastifyRequest): string =>
  `Bearer realm="asof"${headers.authorization === undefined ? '' : ', error="invalid_token"'}`

/** What is told of a failure: never a stack. */
export function faultToTell(error: unknown): Fault {
  const { code, message, detail } = namedFault(error) ?? faultOf(error)
  return { code, message, detail }
}

function faultOf(error: unknown): Fault {
  const problem = error instanceof Error ? error.message : String(error)
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500
  if (status === 413) return fault('request.too-large', { bytes: BODY_BYTES })
  if (status < 500) return fault('request.malformed', { problem })
  // What went wrong inside is for the log of the server: it may name files, and what is in them.
  return fault('internal', { problem: 'Something went wrong that has no name' })
}
