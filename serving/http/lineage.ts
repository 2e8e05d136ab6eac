/** Lineage over HTTP: the same answers as the command line's. */
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { lineageOf } from '../lineage/answer.ts'
import type { Readable } from '../lineage/ground.ts'
import { impactOf } from '../lineage/impact.ts'
import { momentOf } from '../moment.ts'
import { queryOf } from './query.ts'

const MOMENT = { at: z.string().default('now'), recorded: z.string().optional() }
const THING = { thing: z.string().min(1), ...MOMENT }
const STEPS = z.strictObject({ ...THING, depth: z.coerce.number().default(3) })
const CORRECTION = z.strictObject(THING)

export function serveLineage(server: FastifyInstance, archive: Readable): void {
  for (const direction of ['up', 'down'] as const) {
    const about = direction === 'up' ? 'What a thing rests on.' : 'What rests on a thing.'
    const notes = { permission: 'read', about, query: STEPS } as const
    server.get(`/api/v1/views/lineage/${direction}`, { config: { notes } }, async (request) => {
      const { thing, depth, at, recorded } = queryOf(STEPS, request)
      return lineageOf(archive, { thing, direction, depth }, await momentOf(archive.log, at, recorded))
    })
  }
  const about = 'What rests on values that a correction replaced, and on those that it brought.'
  const notes = { permission: 'read', about, query: CORRECTION } as const
  server.get('/api/v1/views/lineage/impact', { config: { notes } }, async (request) => {
    const { thing, at, recorded } = queryOf(CORRECTION, request)
    return impactOf(archive, thing, await momentOf(archive.log, at, recorded))
  })
}
