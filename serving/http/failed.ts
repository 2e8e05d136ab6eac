/** Failures as HTTP answers: whatever failed, the one table of faults gives its status and its sentence. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { FAULTS } from '../../schemas/kernel/fault.ts'
import { faultToTell } from '../named.ts'

export function failed(error: unknown, _: FastifyRequest, reply: FastifyReply) {
  const told = faultToTell(error)
  return reply.status(FAULTS[told.code].http).send({ error: told })
}
