/** Bodies that are held whole, all together, within a bound: each is within its own, and nine hundred of 4 MiB took 2 GB. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { refuse } from '../../schemas/kernel/fault.ts'

/** A smaller one is let in whatever others send: no upload keeps out who asks a question. */
const LITTLE_BYTES = 64 << 10

/**
 * Refuses a body, before it is read, that those which are being read or worked on leave no room for. What is streamed to the disk has none.
 * @throws Refusal, in a request, `request.no-room`
 */
export function boundBodies(server: FastifyInstance, most: number): void {
  let held = 0
  server.addHook('preParsing', async (request, reply) => {
    const bytes = bytesOf(request)
    if (bytes <= LITTLE_BYTES) return
    if (held + bytes > most) throw refuse('request.no-room', { most })
    held += bytes
    reply.raw.once('close', () => {
      held -= bytes
    })
  })
}

/** As many as there may be, where it does not say how many there are. */
function bytesOf({ headers, routeOptions }: FastifyRequest): number {
  const { config, bodyLimit = 0 } = routeOptions
  if (config.bodyMillis !== undefined) return 0
  if (headers['transfer-encoding'] !== undefined) return bodyLimit
  return Number(headers['content-length'] ?? 0)
}
