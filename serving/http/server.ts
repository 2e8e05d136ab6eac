/** The views over HTTP, for reading only: nothing that is sent here changes anything. */
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { z } from 'zod'
import { openProjectionStore } from '../../projections/store.ts'
import type { ChunkRef } from '../../schemas/envelope.ts'
import { FAULTS, type Fault, fault, refuse } from '../../schemas/kernel/fault.ts'
import { eventTypes } from '../event-types.ts'
import { momentOf } from '../moment.ts'
import { namedFault } from '../named.ts'
import type { Platform } from '../platform.ts'
import { pageOfReport } from '../report-page.ts'
import { shown } from '../shown.ts'
import { answer, viewNames } from '../views.ts'
import { warn } from '../warn.ts'
import { guard } from './guard.ts'
import { queryOf } from './query.ts'
import { serveSeal } from './seal.ts'
import { serveStream } from './stream.ts'

export type Serving = Readonly<{ url: string; close: () => Promise<void> }>

/** How long an answer that is under way has when the server is closed. */
const PATIENCE_MILLIS = 3_000

const MIME = {
  arrow: 'application/vnd.apache.arrow.file',
  onnx: 'application/octet-stream',
  json: 'application/json',
  html: 'text/html; charset=utf-8',
}

const MOMENT_QUERY = z.strictObject({ at: z.string().default('now'), recorded: z.string().optional() })

const EVENT_QUERY = z.strictObject({
  from: z.coerce.number().int().min(1).default(1),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  type: z.string().optional(),
})

/** The failure as the table has it, whatever failed. */
function failed(error: unknown, _: FastifyRequest, reply: FastifyReply) {
  const { code, message, detail } = namedFault(error) ?? faultOf(error)
  return reply.status(FAULTS[code].http).send({ error: { code, message, detail } })
}

function faultOf(error: unknown): Fault {
  const problem = error instanceof Error ? error.message : String(error)
  const isTheirs = error instanceof Error && 'statusCode' in error && Number(error.statusCode) < 500
  return fault(isTheirs ? 'request.malformed' : 'internal', { problem })
}

/** @param listen port 0 takes any free one; `allowed`: names, beside its own, that it answers under */
export async function serve(
  platform: Platform,
  listen: Readonly<{ host: string; port: number; allowed?: readonly string[] }>,
): Promise<Serving> {
  const { host, port, allowed = [] } = listen
  const server = fastify({
    logger: { level: process.env.ASOF_LOG_LEVEL ?? 'warn' },
    frameworkErrors: failed,
  })
  const states = openProjectionStore(platform.folder.projections, { readOnly: true, warn })
  guard(server, { host, allowed })
  routes(server, { ...platform, states })
  server.setErrorHandler(failed)
  server.setNotFoundHandler(async ({ method, url }) => {
    throw refuse('route.unknown', { method, path: url })
  })
  const url = await server.listen({ host, port })
  return {
    url,
    async close() {
      // A reader who takes his time is not waited for.
      const cutOff = setTimeout(() => server.server.closeAllConnections(), PATIENCE_MILLIS)
      await server.close()
      clearTimeout(cutOff)
      states.close()
    },
  }
}

type Served = Pick<Platform, 'folder' | 'log' | 'chunks' | 'folds' | 'confirmed'> & {
  states: ReturnType<typeof openProjectionStore>
}

function routes(server: FastifyInstance, { folder, log, chunks, states, folds, confirmed }: Served): void {
  server.get('/health', async () => ({ status: 'ok', log: await log.head() }))

  server.get('/views', async () => ({ views: viewNames() }))

  server.get<{ Params: { view: string } }>('/views/:view', async (request) => {
    const { at, recorded } = queryOf(MOMENT_QUERY, request)
    const moment = await momentOf(log, at, recorded)
    return answer({ log, chunks, states, confirmed }, request.params.view, moment)
  })

  server.get('/events', async (request) => {
    const { from, limit, type } = queryOf(EVENT_QUERY, request)
    const events: unknown[] = []
    const upTo = await confirmed()
    const filter = type === undefined ? {} : { types: eventTypes(type.split(',')) }
    for await (const batch of log.readAll(from, filter)) {
      events.push(...batch.slice(0, limit - events.length).map((event) => shown(event, upTo)))
      if (events.length >= limit) break
    }
    return { events }
  })

  const reportRef = (digest: string, isWanted: (ref: ChunkRef) => boolean = () => true) => {
    const ref = Object.values(folds.registry.state().models)
      .flatMap((model) => Object.values(model.reports).flatMap((report) => report.chunks))
      .find((one) => one.hash === digest && isWanted(one))
    if (ref === undefined) throw refuse('report.unknown', { digest })
    return ref
  }

  serveSeal(server, folder)
  serveStream(server, { log, confirmed })

  /** The reports, under the digests that were signed. */
  server.get<{ Params: { digest: string } }>('/reports/:digest', async ({ params }, reply) => {
    const ref = reportRef(params.digest)
    return reply.type(MIME[ref.format]).send(Buffer.from(await chunks.get(ref.hash)))
  })

  /** The same as people read them. */
  server.get<{ Params: { digest: string } }>('/reports/:digest/page', async ({ params }, reply) => {
    const ref = reportRef(params.digest, ({ format }) => format === 'json')
    return reply.type(MIME.html).send(await pageOfReport(chunks, ref.hash))
  })
}
