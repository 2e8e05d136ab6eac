/** Events as they happen: server-sent events, resumable by position (WHATWG HTML, section 9.2). */
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Position, Recorded } from '../../schemas/envelope.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { isUnconfirmed } from '../../schemas/reaction.ts'
import type { EventFilter, LogReader } from '../../streams/log/port.ts'
import { eventTypes } from '../event-types.ts'
import { shown } from '../shown.ts'
import { queryOf } from './query.ts'
import type { RouteNotes } from './route.ts'

/** How many may read along at once. */
const MOST_READERS = 100
/** How many of one subject: nobody keeps the others out. */
const MOST_OF_ONE = 50
/** How long a reader may leave what was sent to him unread. */
const PATIENCE_MILLIS = 10_000
/** A line without a meaning, so that proxies and readers know that the connection lives. */
const BEAT_MILLIS = 15_000
const CONFIRMING_MILLIS = 20
/** How often it is asked again whether a reader may read. */
const ADMITTING_MILLIS = 1_000

const STREAM_QUERY = z.strictObject({
  /** The first position to be sent; what happens from now on where neither it nor `Last-Event-ID` is given. */
  from: z.coerce.number().int().min(1).optional(),
  type: z.string().optional(),
  /** What the names of the streams begin with. */
  stream: z.string().optional(),
})

type Connection = FastifyReply['raw']

type Source = Readonly<{
  log: Pick<LogReader, 'head' | 'subscribe'>
  confirmed: () => Position | Promise<Position>
  patienceMillis?: number
  /** Throws once the reader may read no more: a token that was revoked ends what it began. */
  admit?: (request: FastifyRequest) => Promise<unknown>
}>

/**
 * `GET /api/v1/events/stream`: each event is sent once it is confirmed, under its position as id. A reader who comes back with
 * `Last-Event-ID` goes on behind it; one who does not read is cut off, and can come back.
 */
export function serveStream(
  server: FastifyInstance,
  { log, confirmed, patienceMillis = PATIENCE_MILLIS, admit = async () => undefined }: Source,
): void {
  /** Under whose name each reads. */
  const readers = new Map<Connection, string | undefined>()
  server.addHook('preClose', async () => {
    for (const reader of readers.keys()) reader.end()
  })

  // Without a body there is no stream, so HEAD has no route.
  const notes: RouteNotes = {
    permission: 'read',
    about: 'Events as they happen (server-sent events), each under its position as id.',
    query: STREAM_QUERY,
    gives: 'text/event-stream',
  }
  server.get(
    '/api/v1/events/stream',
    { exposeHeadRoute: false, config: { notes } },
    async (request, reply) => {
      const { from, type, stream } = queryOf(STREAM_QUERY, request)
      const filter: EventFilter = {
        ...(type === undefined ? {} : { types: eventTypes(type.split(',')) }),
        ...(stream === undefined ? {} : { streamPrefix: stream }),
      }
      const { position: head } = await log.head()
      const first = lastIdOf(request) ?? from ?? head + 1
      // A reader of a log that was longer, or of another one, would wait without knowing what he misses.
      if (first > head + 1) throw refuse('moment.beyond-head', { position: first, head })
      const name = request.subject?.name
      assertRoom([...readers.values()], name)
      reply.hijack()
      const { raw } = reply
      readers.set(raw, name)
      raw.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      })
      raw.write(': asof\n\n')
      const events = log.subscribe(first, filter)[Symbol.asyncIterator]()
      const beat = setInterval(() => raw.write(': \n\n'), BEAT_MILLIS)
      const admitting = setInterval(() => void admit(request).catch(() => raw.destroy()), ADMITTING_MILLIS)
      raw.on('error', () => undefined)
      raw.on('close', () => void events.return?.())
      try {
        for (let next = await events.next(); !next.done && !raw.closed; next = await events.next())
          for (const event of next.value) {
            while (isUnconfirmed(event, await confirmed()) && !raw.closed) await sleep(CONFIRMING_MILLIS)
            if (raw.closed || raw.writableEnded) return
            if (!raw.write(lineOf(event, await confirmed()))) await drained(raw, patienceMillis)
          }
      } finally {
        clearInterval(beat)
        clearInterval(admitting)
        readers.delete(raw)
        await events.return?.()
        raw.destroy()
      }
    },
  )
}

/** @throws Refusal `stream.too-many` */
function assertRoom(readers: readonly (string | undefined)[], name: string | undefined): void {
  if (readers.length >= MOST_READERS) throw refuse('stream.too-many', { most: MOST_READERS })
  const own = name === undefined ? 0 : readers.filter((other) => other === name).length
  if (own >= MOST_OF_ONE) throw refuse('stream.too-many', { most: `${MOST_OF_ONE} of ${name}` })
}

/** The position behind the last one that the reader has. @throws Refusal `query.invalid` */
function lastIdOf({ headers }: FastifyRequest): Position | null {
  const told = headers['last-event-id']
  if (told === undefined || told === '') return null
  if (typeof told === 'string' && /^\d{1,15}$/.test(told)) return Number(told) + 1
  throw refuse('query.invalid', { problems: `Last-Event-ID: ${String(told).slice(0, 40)} is no position` })
}

const lineOf = (event: Recorded, confirmed: Position): string =>
  `id: ${event.position}\nevent: ${event.type}\ndata: ${JSON.stringify(shown(event, confirmed))}\n\n`

/** Waits until the reader has read on; one who does not is cut off. */
async function drained(raw: Connection, patienceMillis: number): Promise<void> {
  const enough = new AbortController()
  const patience = setTimeout(() => raw.destroy(), patienceMillis)
  const { signal } = enough
  // What is left waiting when the first of the two comes is given up.
  await Promise.race([once(raw, 'drain', { signal }), once(raw, 'close', { signal })].map(silently))
  clearTimeout(patience)
  enough.abort()
}

const silently = (event: Promise<unknown>): Promise<unknown> => event.catch(() => undefined)
