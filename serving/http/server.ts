/** The views over HTTP, for reading only: nothing that is sent here changes anything. */
import fastify, { type FastifyInstance } from 'fastify'
import { openProjectionStore } from '../../projections/store.ts'
import { FAULTS, Refusal } from '../../schemas/kernel/fault.ts'
import { eventTypes } from '../event-types.ts'
import { momentOf } from '../moment.ts'
import { namedFault } from '../named.ts'
import type { Platform } from '../platform.ts'
import { pageOfReport } from '../report-page.ts'
import { answer, viewNames } from '../views.ts'
import { warn } from '../warn.ts'
import { serveSeal } from './seal.ts'

export type Serving = Readonly<{ url: string; close: () => Promise<void> }>

const MIME = {
  arrow: 'application/vnd.apache.arrow.file',
  onnx: 'application/octet-stream',
  json: 'application/json',
  html: 'text/html; charset=utf-8',
}

type Query = { at?: string; recorded?: string }

type EventQuery = { from: number; limit: number; type?: string }

const EVENT_QUERY = {
  type: 'object',
  properties: {
    from: { type: 'integer', minimum: 1, default: 1 },
    limit: { type: 'integer', minimum: 1, maximum: 1_000, default: 100 },
    type: { type: 'string' },
  },
}

/** @param listen port 0 takes any free one */
export async function serve(platform: Platform, listen: { host: string; port: number }): Promise<Serving> {
  const server = fastify({ logger: { level: process.env.ASOF_LOG_LEVEL ?? 'warn' } })
  const states = openProjectionStore(platform.folder.projections, { readOnly: true, warn })
  routes(server, { ...platform, states })
  server.setErrorHandler((error, _, reply) => {
    if (error instanceof Error && 'validation' in error) {
      return reply.status(400).send({ error: { code: 'query.invalid', message: error.message } })
    }
    const fault = error instanceof Refusal ? error.fault : namedFault(error)
    if (fault === null) return reply.status(500).send({ error: { code: 'internal', message: String(error) } })
    const { code, message, detail } = fault
    return reply.status(FAULTS[code].http).send({ error: { code, message, detail } })
  })
  const url = await server.listen(listen)
  return {
    url,
    async close() {
      await server.close()
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

  server.get<{ Params: { view: string }; Querystring: Query }>('/views/:view', async ({ params, query }) => {
    const moment = await momentOf(log, query.at ?? 'now', query.recorded)
    return answer({ log, chunks, states, confirmed }, params.view, moment)
  })

  server.get<{ Querystring: EventQuery }>(
    '/events',
    { schema: { querystring: EVENT_QUERY } },
    async ({ query }) => {
      const { from, limit, type } = query
      const events: unknown[] = []
      const filter = type === undefined ? {} : { types: eventTypes(type.split(',')) }
      for await (const batch of log.readAll(from, filter)) {
        events.push(...batch.slice(0, limit - events.length))
        if (events.length >= limit) break
      }
      return { events }
    },
  )

  const reportRef = (digest: string) =>
    Object.values(folds.registry.state().models)
      .flatMap((model) => Object.values(model.reports).flatMap((report) => report.chunks))
      .find(({ hash }) => hash === digest)

  serveSeal(server, folder)

  /** The reports, under the digests that were signed. */
  server.get<{ Params: { digest: string } }>('/reports/:digest', async ({ params }, reply) => {
    const ref = reportRef(params.digest)
    if (ref === undefined) return reply.status(404).send(NO_REPORT)
    return reply.type(MIME[ref.format]).send(Buffer.from(await chunks.get(ref.hash)))
  })

  /** The same as people read them. */
  server.get<{ Params: { digest: string } }>('/reports/:digest/page', async ({ params }, reply) => {
    const ref = reportRef(params.digest)
    if (ref?.format !== 'json') return reply.status(404).send(NO_REPORT)
    return reply.type(MIME.html).send(await pageOfReport(chunks, ref.hash))
  })
}

const NO_REPORT = { error: { code: 'report.unknown', message: 'No report has this digest.' } }
