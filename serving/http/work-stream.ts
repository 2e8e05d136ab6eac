/** `GET /api/v1/work/<work>/stream`: how far work is, told again whenever that changes, until it is over (server-sent events). */
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { WorkState } from '../commands/works.ts'
import type { RouteNotes } from './route.ts'

/** How many may read along at once. */
const MOST_READERS = 100
const LOOK_MILLIS = 100
/** Looks between two lines at most: proxies and readers know by it that the connection lives. So often it is asked whether he may read. */
const BEAT_LOOKS = 100
const ADMIT_LOOKS = 10

const OVER: ReadonlySet<WorkState> = new Set(['finished', 'failed', 'cancelled'])

type Told = Readonly<{ state: WorkState }>

type Source = Readonly<{
  /** @throws Refusal `work.unknown` */
  tell: (work: string) => Promise<Told>
  /** Throws once the reader may read no more. */
  admit: (request: FastifyRequest) => Promise<unknown>
}>

export function serveWorkStream(server: FastifyInstance, { tell, admit }: Source): void {
  let readers = 0
  const closing = new AbortController()
  server.addHook('preClose', async () => closing.abort())

  const tellings = async function* (request: FastifyRequest, work: string) {
    let last = ''
    for (let looks = 0; !closing.signal.aborted; looks++) {
      if (looks % ADMIT_LOOKS === 0) await admit(request)
      const told = await tell(work)
      const text = JSON.stringify(told)
      if (text !== last) yield `event: work\ndata: ${text}\n\n`
      else if (looks % BEAT_LOOKS === 0) yield ': \n\n'
      last = text
      if (OVER.has(told.state)) return
      await sleep(LOOK_MILLIS, undefined, { ref: false })
    }
  }

  const notes: RouteNotes = {
    permission: 'read',
    about: 'How far work is, whenever that changes, until it is over (server-sent events).',
    gives: 'text/event-stream',
  }
  server.get<{ Params: { work: string } }>(
    '/api/v1/work/:work/stream',
    { exposeHeadRoute: false, config: { notes } },
    async (request, reply) => {
      const { work } = request.params
      await tell(work)
      if (readers >= MOST_READERS) throw refuse('stream.too-many', { most: MOST_READERS })
      readers++
      const lines = Readable.from(tellings(request, work), { objectMode: false })
      lines.once('close', () => readers--)
      reply.headers({ 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
      return reply.type('text/event-stream; charset=utf-8').send(lines)
    },
  )
}
