/**
 * Features over HTTP: for sessions, for a spine that is sent, and one cell's story. And what goes out with them: training sets as they were
 * frozen, and what models said.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { parseMoment } from '../../schemas/kernel/time.ts'
import { arrowOf } from '../../streams/log/arrow-answer.ts'
import { wallClock } from '../clock.ts'
import type { Folder } from '../folder.ts'
import type { Readable as Archive } from '../lineage/ground.ts'
import { momentOf } from '../moment.ts'
import { type Asked, type Asking, askFeatures } from '../retrieval/ask.ts'
import { cellAsOf } from '../retrieval/cell.ts'
import { frozenAnswer } from '../retrieval/frozen-set.ts'
import { predictionsAnswer } from '../retrieval/predictions.ts'
import { uploadIn } from '../uploads.ts'
import { Answers, ARROW_STREAM, type Question, serveParts, serveWhole } from './answers.ts'
import { queryOf } from './query.ts'
import type { RouteNotes } from './route.ts'
import { ofBytes, takeSent } from './uploads.ts'

/** A large spine over a slow line. */
const BODY_MILLIS = 3_600_000

const BYTES = 'application/octet-stream'

const MOMENT = { at: z.string().default('now'), recorded: z.string().optional() }
const names = z.string().transform((text) => text.split(',').map((name) => name.trim()))
const yes = z.enum(['true', 'false']).transform((text) => text === 'true')
const ROWS = {
  features: names.optional(),
  label: z.string().min(1).optional(),
  entry: z.coerce.number().int().min(1).default(1),
  exit: z.coerce.number().int().min(2).optional(),
  why: yes.default(false),
  present: yes.default(false),
  ...MOMENT,
}
const SESSIONS = { from: z.string(), to: z.string().optional(), entities: names.optional(), ...ROWS }
const GRID = z.strictObject(SESSIONS)
const NOTHING = z.strictObject({})
const SPINE = z.strictObject({
  /** The file's own name: its ending says how it is read. */
  name: z.string(),
  entityColumn: z.string().optional(),
  timeColumn: z.string().optional(),
  timeZone: z.string().optional(),
  keep: names.optional(),
  ...ROWS,
})
const CELL = z.strictObject({ feature: z.string(), entity: z.string(), time: z.string(), ...MOMENT })

type Shared = Readonly<{
  features?: string[] | undefined
  label?: string | undefined
  entry: number
  exit?: number | undefined
  why: boolean
  present: boolean
}>

const shared = ({ features, label, entry, exit = entry + 1, why, present }: Shared): Omit<Asked, 'set'> => ({
  ...{ features, why, presentOnly: present },
  ...(label !== undefined && { label: { formula: label, entry, exit } }),
})

export function serveRetrieval(
  server: FastifyInstance,
  archive: Archive & Readonly<{ folder: Folder }>,
): void {
  const answers = new Answers()

  const asking = async (
    asked: Asked,
    { at, recorded }: Readonly<{ at: string; recorded?: string | undefined }>,
  ) => {
    const moment = await momentOf(archive.log, at, recorded)
    return askFeatures(archive, asked, { moment, now: wallClock.nowMicros() })
  }

  const answer = (reply: FastifyReply, { schema, batches, set }: Asking, ended?: () => void) =>
    answers.send(reply, arrowOf(schema, batches(), 'stream'), {
      ...{ type: ARROW_STREAM, ...(ended && { ended }) },
      headers: { 'asof-set': set.key, 'asof-position': set.position },
    })

  const ofSessions = ({ at, recorded, from, to, entities, ...rest }: z.infer<typeof GRID>, set: string) =>
    asking({ set, from, to, entities, ...shared(rest) }, { at, recorded })

  const grid: RouteNotes = {
    permission: 'read',
    about: 'Features as they were known at the decision of each session, as an Arrow stream.',
    query: GRID,
    gives: ARROW_STREAM,
  }
  type OfSet = { Params: { set: string } }
  server.get<OfSet>(
    '/api/v1/features/:set',
    { exposeHeadRoute: false, config: { notes: grid } },
    (request, reply) =>
      answers.within(async () => answer(reply, await ofSessions(queryOf(GRID, request), request.params.set))),
  )

  serveParts(server, answers, {
    path: '/api/v1/features/:name',
    about: 'Features as they were known at the decision of each session',
    query: SESSIONS,
    table: async (set, question) => (await ofSessions(queryOf(GRID, question), set)).table,
    pinned: ({ schema }) => ({ recorded: schema.about['asof.position'] ?? '' }),
  })
  const frozen = {
    path: '/api/v1/training-sets/:name',
    about: 'A training set as it was frozen, found by its name or by that of a run that was trained on it',
    query: {},
    table: async (name: string, question: Question) => {
      queryOf(NOTHING, question)
      return (await frozenAnswer(archive, name)).table
    },
    pinned: () => ({}),
  }
  const predictions = {
    path: '/api/v1/predictions/:name',
    about: 'What a model said of its sessions, as it stands in the log',
    query: {},
    table: async (model: string, question: Question) => {
      queryOf(NOTHING, question)
      return predictionsAnswer(archive, model)
    },
    pinned: () => ({}),
  }
  for (const kept of [frozen, predictions]) {
    serveWhole(server, answers, kept)
    serveParts(server, answers, kept)
  }

  const bySpine = async (request: FastifyRequest<OfSet>, reply: FastifyReply) => {
    const {
      name,
      entityColumn,
      timeColumn,
      timeZone,
      keep = [],
      at,
      recorded,
      ...rest
    } = queryOf(SPINE, request)
    // Whoever sends slowly takes nobody's place.
    const upload = await takeSent(archive.folder, name, request.raw)
    const { path, drop } = uploadIn(archive.folder, upload)
    try {
      const file = { path, entityColumn, timeColumn, timeZone, keep }
      const asked = { set: request.params.set, spine: file, ...shared(rest) }
      return await answers.within(async () => answer(reply, await asking(asked, { at, recorded }), drop))
    } catch (error) {
      drop()
      throw error
    }
  }

  const spine: RouteNotes = {
    permission: 'read',
    about:
      'Features as they were known at each row of a spine that is sent (CSV, Parquet, Arrow, NDJSON), as an Arrow stream.',
    query: SPINE,
    takes: BYTES,
    gives: ARROW_STREAM,
  }
  ofBytes(server, (scope) => {
    scope.post<OfSet>('/api/v1/features/:set', { config: { notes: spine, bodyMillis: BODY_MILLIS } }, bySpine)
  })

  const cell: RouteNotes = {
    permission: 'read',
    about:
      'One cell as it was known: its value or why there is none, the events it comes from, what it was before and since.',
    query: CELL,
  }
  // A cell that is missing is looked for in all values of its feature.
  server.get<OfSet>('/api/v1/features/:set/cell', { config: { notes: cell } }, (request) =>
    answers.within(async () => {
      const { feature, entity, time, at, recorded } = queryOf(CELL, request)
      const moment = await momentOf(archive.log, at, recorded)
      const asked = { cell: `${request.params.set}:${feature}`, entity, at: parseMoment(time) }
      return cellAsOf(archive, asked, moment)
    }),
  )
}
