/** Failures as HTTP answers: whatever failed, the one table of faults gives its status and its sentence. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { FAULTS, type Fault, fault } from '../../schemas/kernel/fault.ts'
import { namedFault } from '../named.ts'

/** The greatest body that is taken whole: more than a person writes. Files are streamed. */
export const BODY_BYTES = 4 << 20

export function failed(error: unknown, _: FastifyRequest, reply: FastifyReply) {
  const told = faultToTell(error)
  return reply.status(FAULTS[told.code].http).send({ error: told })
}

/** What is told of a failure: never a stack. */
export function faultToTell(error: unknown): Fault {
  const { code, message, detail } = namedFault(error) ?? faultOf(error)
  return { code, message, detail }
}

function faultOf(error: unknown): Fault {
  const problem = error instanceof Error ? error.message : String(error)
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500
  if (status === 413) return fault('request.too-large', { bytes: BODY_BYTES })
  return fault(status < 500 ? 'request.malformed' : 'internal', { problem })
}
