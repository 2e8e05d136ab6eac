/** The views over HTTP, for reading only: nothing that is sent here changes anything. */
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { openProjectionStore } from '../../projections/store.ts'
import type { ChunkRef } from '../../schemas/envelope.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { Access } from '../access/access.ts'
import { assertReachable, tlsOf } from '../access/reach.ts'
import { eventTypes } from '../event-types.ts'
import { momentOf } from '../moment.ts'
import type { Platform } from '../platform.ts'
import { pageOfReport } from '../report-page.ts'
import { shown } from '../shown.ts'
import { answer, viewNames } from '../views.ts'
import { warn } from '../warn.ts'
import { boundedServer } from './bounded.ts'
import { serveEntrance } from './cookie.ts'
import { admit, door } from './door.ts'
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

type Listen = Readonly<{
  host: string
  /** 0 takes any free one. */
  port: number
  access: Access
  /** Names, beside its own, that it answers under. */
  allowed?: readonly string[]
}>

/** @throws Refusal `access.not-configured`, `access.plaintext` where others reach it and nothing says who they are */
export async function serve(platform: Platform, listen: Listen): Promise<Serving> {
  const { host, port, access, allowed = [] } = listen
  assertReachable(host, platform.folder, access.config)
  const server = boundedServer({ tls: tlsOf(access.config), logLevel: process.env.ASOF_LOG_LEVEL ?? 'warn' })
  const states = openProjectionStore(platform.folder.projections, { readOnly: true, warn })
  guard(server, { host, allowed })
  door(server, access)
  serveEntrance(server, access)
  routes(server, { ...platform, states, access })
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
  access: Access
}

const reading = (about: string) => ({ config: { notes: { permission: 'read', about } } }) as const

function routes(server: FastifyInstance, parts: Served): void {
  const { folder, log, chunks, states, folds, confirmed, access } = parts
  server.get(
    '/health',
    { config: { notes: { permission: null, about: 'Whether it runs, and how far its log goes.' } } },
    async () => ({ status: 'ok', log: await log.head() }),
  )

  server.get('/views', reading('The names of the views.'), async () => ({ views: viewNames() }))

  server.get<{ Params: { view: string } }>(
    '/views/:view',
    reading('A view as it was at a moment.'),
    async (request) => {
      const { at, recorded } = queryOf(MOMENT_QUERY, request)
      const moment = await momentOf(log, at, recorded)
      return answer({ log, chunks, states, confirmed }, request.params.view, moment)
    },
  )

  server.get('/events', reading('Events, a page of them.'), async (request) => {
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
  serveStream(server, { log, confirmed, admit: (request) => admit(access, request) })

  /** The reports, under the digests that were signed. */
  server.get<{ Params: { digest: string } }>(
    '/reports/:digest',
    reading('A report, as it was signed.'),
    async ({ params }, reply) => {
      const ref = reportRef(params.digest)
      return reply.type(MIME[ref.format]).send(Buffer.from(await chunks.get(ref.hash)))
    },
  )

  /** The same as people read them. */
  server.get<{ Params: { digest: string } }>(
    '/reports/:digest/page',
    reading('A report as people read it.'),
    async ({ params }, reply) => {
      const ref = reportRef(params.digest, ({ format }) => format === 'json')
      return reply.type(MIME.html).send(await pageOfReport(chunks, ref.hash))
    },
  )
}
