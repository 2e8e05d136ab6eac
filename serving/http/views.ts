/** What is read over HTTP: health, any view as it was, the events, and the reports. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { ProjectionStore } from '../../projections/saved.ts'
import type { ChunkRef } from '../../schemas/envelope.ts'
import { policySpec } from '../../schemas/events/approval.ts'
import { jewelOf } from '../../schemas/jewel.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { LogReader } from '../../streams/log/port.ts'
import type { Egress } from '../access/egress.ts'
import { REVIEW_AFTER, simulationOf } from '../capital/simulation.ts'
import { comparisonOf } from '../challengers/comparison.ts'
import { eventTypes } from '../event-types.ts'
import { executionOf } from '../execution/execution.ts'
import { momentOf } from '../moment.ts'
import type { Platform } from '../platform.ts'
import { pageOfReport } from '../report-page.ts'
import { shown } from '../shown.ts'
import { answer, viewNames } from '../views.ts'
import { callerOf } from './asking.ts'
import { queryOf } from './query.ts'

const MIME = {
  arrow: 'application/vnd.apache.arrow.file',
  onnx: 'application/octet-stream',
  json: 'application/json',
  html: 'text/html; charset=utf-8',
  file: 'application/octet-stream',
}

const MOMENT_QUERY = z.strictObject({ at: z.string().default('now'), recorded: z.string().optional() })

const EXECUTION_QUERY = z.strictObject({
  fills: z.string().default('oms-fills'),
  positions: z.string().default('oms-positions'),
})

const SIMULATION_QUERY = z.strictObject({
  /** Rules of a policy, as JSON: those of the policy in force unless they are told. */
  rules: z
    .string()
    .transform((text, context) => {
      try {
        return JSON.parse(text) as unknown
      } catch {
        context.addIssue({ code: 'custom', message: 'it is no JSON' })
        return z.NEVER
      }
    })
    .pipe(policySpec.pick({ sharpe: true, losses: true, ladder: true }))
    .optional(),
  reviewAfter: z.coerce.number().int().min(1).max(252).default(REVIEW_AFTER),
})

const COMPARE_QUERY = z.strictObject({ run: z.string().optional() })

const EVENT_QUERY = z.strictObject({
  from: z.coerce.number().int().min(1).default(1),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  type: z.string().optional(),
})

type Served = Pick<Platform, 'chunks' | 'folds' | 'confirmed'> & {
  egress: Egress
  log: LogReader
  states: ProjectionStore
}

const reading = (about: string) => ({ permission: 'read', about }) as const

/** @param name names this server for as long as it runs: whoever looks for it knows that it is found */
export function serveHealth(
  server: FastifyInstance,
  { log, lanes }: Readonly<{ log: LogReader; lanes: Pick<Platform['lanes'], 'status'> }>,
  name: string,
): void {
  const notes = {
    permission: null,
    about: 'Whether it runs, how far its log goes, and which lanes have stopped: 503 where the live one has.',
  }
  server.get('/health', { config: { notes } }, async (_, reply) => {
    // Why one has stopped is for whoever may read: `asof up` says it on standard error.
    const stopped = lanes.status().flatMap(({ lane, stopped }) => (stopped === null ? [] : [lane]))
    if (stopped.includes('live')) reply.status(503)
    return { status: stopped.length === 0 ? 'ok' : 'stopped', stopped, server: name, log: await log.head() }
  })
}

export function serveViews(server: FastifyInstance, served: Served): void {
  const { log, chunks, states, folds, confirmed, egress } = served
  const list = reading('The names of the views.')
  server.get('/api/v1/views', { config: { notes: list } }, async () => ({ views: viewNames() }))

  const view = { ...reading('A view as it was at a moment.'), query: MOMENT_QUERY }
  server.get<{ Params: { view: string } }>(
    '/api/v1/views/:view',
    { config: { notes: view } },
    async (request) => {
      const { at, recorded } = queryOf(MOMENT_QUERY, request)
      const moment = await momentOf(log, at, recorded)
      return answer({ log, chunks, states, confirmed }, request.params.view, moment)
    },
  )

  const execution = { ...reading('What trading a model came to, beside its book.'), query: EXECUTION_QUERY }
  server.get<{ Params: { model: string } }>(
    '/api/v1/execution/:model',
    { config: { notes: execution } },
    async (request) => {
      const { fills, positions } = queryOf(EXECUTION_QUERY, request)
      return executionOf({ log, chunks, confirmed }, { model: request.params.model, fills, positions })
    },
  )

  const simulation = {
    ...reading("A policy's capital rules replayed over what a model earned, and over paths of known truth."),
    query: SIMULATION_QUERY,
  }
  server.get<{ Params: { model: string } }>(
    '/api/v1/capital/:model/simulation',
    { config: { notes: simulation } },
    async (request) => {
      const { rules, reviewAfter } = queryOf(SIMULATION_QUERY, request)
      return simulationOf({ log, chunks, confirmed }, { model: request.params.model, rules, reviewAfter })
    },
  )

  const compare = {
    ...reading('A model in force beside the challengers that run in shadow.'),
    query: COMPARE_QUERY,
  }
  server.get<{ Params: { model: string } }>(
    '/api/v1/challengers/:model',
    { config: { notes: compare } },
    async (request) => {
      const { run } = queryOf(COMPARE_QUERY, request)
      return comparisonOf({ log, confirmed }, { model: request.params.model, run })
    },
  )

  const page = { ...reading('Events from a position on.'), query: EVENT_QUERY }
  server.get('/api/v1/events', { config: { notes: page } }, async (request) => {
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

  /** @param digest of the file that is read; the page that people read is made of it */
  const taken = (request: FastifyRequest, { hash, bytes }: ChunkRef) =>
    egress.take(callerOf(request), { item: jewelOf('report', hash), hash, bytes })

  const report = { ...reading('A report, under the digest that was signed.'), hands: 'report' } as const
  server.get<{ Params: { digest: string } }>(
    '/api/v1/reports/:digest',
    { config: { notes: report } },
    async (request, reply) => {
      const ref = reportRef(request.params.digest)
      await taken(request, ref)
      return reply.type(MIME[ref.format]).send(Buffer.from(await chunks.get(ref.hash)))
    },
  )

  const read = { ...reading('The same as people read it.'), gives: 'text/html', hands: 'report' } as const
  server.get<{ Params: { digest: string } }>(
    '/api/v1/reports/:digest/page',
    { config: { notes: read } },
    async (request, reply) => {
      const ref = reportRef(request.params.digest, ({ format }) => format === 'json')
      await taken(request, ref)
      return reply.type(MIME.html).send(await pageOfReport(chunks, ref.hash))
    },
  )
}
