/** Tables that are answered over HTTP: as one Arrow stream, or as Parquet files by year, month or day, each made while it is read. */
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { AnswerTable } from '../../schemas/answer.ts'
import type { Hands, Jewel } from '../../schemas/jewel.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { arrowOf } from '../../streams/log/arrow-answer.ts'
import type { Egress } from '../access/egress.ts'
import { FILE, partitioned } from '../retrieval/partition.ts'
import { warn } from '../warn.ts'
import { callerOf } from './asking.ts'
import { SHA256_TRAILER } from './failed.ts'
import { queryOf } from './query.ts'
import type { RouteNotes } from './route.ts'

/** Each holds the values of a window of its rows in memory. */
const MOST_ANSWERS = 4

export const ARROW_STREAM = 'application/vnd.apache.arrow.stream'
const PARQUET = 'application/vnd.apache.parquet'

const PARTS = { partition: z.enum(['year', 'month', 'day']) }
/** What a file was listed as: the answer that it is a part of. */
const ANSWER = { answer: z.hash('sha256').optional() }

/** @param headers what is told of the answer beside its bytes @param ended is called once, when it was read or given up */
type Sent = Readonly<{
  type: string
  /** What is guarded and goes out with it; null for what is not. */
  item: Jewel | null
  headers?: Readonly<Record<string, string | number>>
  ended?: () => void
}>

/** A few answers at a time. */
export class Answers {
  readonly #egress: Egress
  #underWay = 0

  constructor(egress: Egress) {
    this.#egress = egress
  }

  /** @throws Refusal `retrieval.too-many`, and what the work throws */
  async within<T>(work: () => Promise<T>): Promise<T> {
    if (this.#underWay >= MOST_ANSWERS) throw refuse('retrieval.too-many', { most: MOST_ANSWERS })
    this.#underWay++
    try {
      return await work()
    } finally {
      this.#underWay--
    }
  }

  /**
   * An answer counts as under way until it was read or given up. Its trailer `asof-sha256` has the hash of its bytes.
   * @throws Refusal `grant.none`, `grant.spent`, before anything is sent
   */
  async send(
    request: FastifyRequest,
    reply: FastifyReply,
    bytes: AsyncIterable<Uint8Array>,
    { type, item, headers = {}, ended }: Sent,
  ) {
    const release =
      item === null ? null : await this.#egress.take(callerOf(request), { item, hash: null, bytes: null })
    this.#underWay++
    const hash = createHash('sha256')
    const told = async function* () {
      for await (const part of release?.counted(bytes) ?? bytes) {
        hash.update(part)
        yield part
      }
    }
    const stream = Readable.from(told(), { objectMode: false })
    // A stream that is given up before its first read never enters the generator: only its close is sure to come.
    stream.once('close', () => {
      this.#underWay--
      ended?.()
      release?.end().catch((error) => warn(`How much was read of ${item} is not recorded: ${String(error)}`))
    })
    reply.trailer(SHA256_TRAILER, async () => hash.digest('hex'))
    return reply.headers(headers).type(type).send(stream)
  }

  /** Whether somebody may see which files there are. @throws Refusal `grant.none` */
  async list(request: FastifyRequest, item: Jewel | null): Promise<void> {
    if (item !== null) await this.#egress.list(callerOf(request), item)
  }
}

/** What is asked of an answer, in the address. */
export type Question = Pick<FastifyRequest, 'query'>

/** A table, and what of it is guarded. */
export type Found = Readonly<{ table: AnswerTable; item: Jewel | null }>

/** A table that is found by what an address says. */
export type Kept = Readonly<{
  /** Such as `/api/v1/predictions/:name`. */
  path: string
  /** What it is: `What a model said ...`. */
  about: string
  query: z.ZodRawShape
  /** What is guarded and goes out here; null where nothing is. */
  hands: Hands | null
  /** @throws Refusal `query.invalid`, and those of the answer */
  find: (name: string, question: Question) => Promise<Found>
  /** What of the question is to be asked with each file, so that it is the same: the position that was read at. */
  pinned: (table: AnswerTable) => Readonly<Record<string, string>>
}>

type OfName = { Params: { name: string; '*': string } }

/** `GET <path>`: an Arrow stream. */
export function serveWhole(server: FastifyInstance, answers: Answers, kept: Kept): void {
  const notes: RouteNotes = {
    permission: 'read',
    about: `${kept.about}, as an Arrow stream.`,
    query: z.strictObject(kept.query),
    gives: ARROW_STREAM,
    hands: kept.hands,
  }
  server.get<OfName>(kept.path, { exposeHeadRoute: false, config: { notes } }, (request, reply) =>
    answers.within(async () => {
      const { table, item } = await kept.find(request.params.name, request)
      const bytes = arrowOf(table.schema, table.batches(), 'stream')
      return answers.send(request, reply, bytes, { type: ARROW_STREAM, item })
    }),
  )
}

/** `GET <path>/parts`: which files there are, and where; `GET <path>/parts/year=2010/month=01/part-0.parquet`: one of them. */
export function serveParts(server: FastifyInstance, answers: Answers, kept: Kept): void {
  const list: RouteNotes = {
    permission: 'read',
    about: `${kept.about}: its Parquet files by year, month or day, in Hive's layout, and where each is.`,
    query: z.strictObject({ ...kept.query, ...PARTS }),
    hands: kept.hands === null ? null : 'listing',
  }
  server.get<OfName>(`${kept.path}/parts`, { exposeHeadRoute: false, config: { notes: list } }, (request) =>
    answers.within(async () => {
      const { answer, parts, table, told, item } = await inParts(kept, request)
      await answers.list(request, item)
      const asked = new URLSearchParams(request.query as Record<string, string>)
      for (const [key, value] of Object.entries({ ...kept.pinned(table), answer })) asked.set(key, value)
      const [place] = request.url.split('?')
      const files = parts.map(({ path, from, to }) => {
        const file = `${path}/${FILE}`
        return { path: file, rowsAsked: to - from, href: `${place}/${file}?${asked}` }
      })
      return { answer, ...told, rowsAsked: table.rows, files }
    }),
  )

  const one: RouteNotes = {
    permission: 'read',
    about: `${kept.about}: one of its Parquet files, as the list of them names it.`,
    query: z.strictObject({ ...kept.query, ...PARTS, ...ANSWER }),
    gives: PARQUET,
    hands: kept.hands,
  }
  server.get<OfName>(
    `${kept.path}/parts/*`,
    { exposeHeadRoute: false, config: { notes: one } },
    (request, reply) =>
      answers.within(async () => {
        const path = request.params['*']
        const { answer, listed = answer, parts, table, item } = await inParts(kept, request)
        if (listed !== answer) throw refuse('retrieval.other-answer', { listed, answer })
        const part = parts.find((each) => `${each.path}/${FILE}` === path)
        if (part === undefined)
          throw refuse('retrieval.no-part', { path, files: parts.length, first: parts[0]?.path ?? 'none' })
        // Loaded where it is needed: most answers are no files.
        const { parquetOf } = await import('../retrieval/parquet.ts')
        const bytes = parquetOf(table.schema, table.batches(part.from, part.to))
        return answers.send(request, reply, bytes, {
          type: PARQUET,
          item,
          headers: { 'asof-answer': answer },
        })
      }),
  )
}

async function inParts(kept: Kept, request: FastifyRequest<OfName>) {
  const { partition, answer: listed } = queryOf(z.looseObject({ ...PARTS, ...ANSWER }), request)
  const { partition: _, answer: __, ...query } = request.query as Record<string, unknown>
  const { table, item } = await kept.find(request.params.name, { query })
  return { ...partitioned(table, partition), listed, item }
}
