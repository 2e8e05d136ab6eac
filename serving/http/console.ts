/** The console: one page at `/`, its files under `/console/`, and what it shows under `/api/v1/pages/`. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { jewelOf } from '../../schemas/jewel.ts'
import { sha256 } from '../../schemas/kernel/canonical.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { Egress } from '../access/egress.ts'
import { shell, type WebFile, webFiles } from '../console/files.ts'
import { PAGES, type Page } from '../console/pages.ts'
import { openPast, type Source } from '../console/past.ts'
import { callerOf } from './asking.ts'
import { packed } from './compression.ts'
import { queryOf } from './query.ts'
import type { RouteNotes } from './route.ts'

/**
 * Nothing comes from elsewhere, nothing is run that is not a file of the console, and no text becomes markup: a browser that knows
 * Trusted Types refuses `innerHTML` and its like altogether.
 */
export const SECURITY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

const MOMENT = { at: z.string().default('now'), recorded: z.string().optional() }

export function serveConsole(server: FastifyInstance, source: Source, egress: Egress): void {
  serveFiles(server)
  const past = openPast(source)
  for (const [name, { about, asks, answer, shows }] of Object.entries(PAGES) as [string, Page<object>][]) {
    const query = z.strictObject({ ...MOMENT, ...asks })
    const notes: RouteNotes = {
      ...{ permission: 'read', about: `A page of the console: ${about}`, query },
      hands: shows === undefined ? null : 'features',
    }
    server.get(`/api/v1/pages/${name}`, { config: { notes } }, async (request, reply) => {
      const { at, recorded, ...asked } = queryOf(query, request) as z.infer<z.ZodObject<typeof MOMENT>>
      const then = await past({ at, recorded })
      const page = await answer(then, asked)
      const of = Object.values(asked).join(' ')
      if (page === null) throw refuse('page.nothing', { page: name, of, at })
      const body = JSON.stringify({ at: then.at, page })
      if (shows !== undefined) {
        const item = jewelOf('features', shows(asked))
        await egress.take(callerOf(request), { item, hash: sha256(body), bytes: Buffer.byteLength(body) })
      }
      return reply.header('cache-control', 'no-store').type('application/json; charset=utf-8').send(body)
    })
  }
}

function serveFiles(server: FastifyInstance): void {
  const files = webFiles()
  const body = Buffer.from(shell(files.names))
  const open = (about: string, gives: string) => ({ permission: null, about, gives })

  const home = open('The console, for a browser. It holds nothing: what it shows is asked for.', 'text/html')
  server.get('/', { config: { notes: home } }, async ({ raw }, reply) => {
    // A router takes "*" for it.
    const { url = '' } = raw
    if (!url.startsWith('/')) throw refuse('route.unknown', { method: 'GET', path: url })
    return reply
      .headers({ ...HEADERS, 'content-security-policy': SECURITY })
      .type('text/html; charset=utf-8')
      .send(body)
  })

  const file = open('A file of the console.', 'text/javascript')
  server.get<{ Params: { '*': string } }>(
    '/console/*',
    { config: { notes: file } },
    async (request, reply) => {
      const { '*': path } = request.params
      const found = files.get(path)
      if (found === undefined) throw refuse('console.unknown-file', { file: path })
      if (request.headers['if-none-match'] === found.etag)
        return reply.headers(headersOf(found)).status(304).send()
      const { body, encoding } = compressed(found, request)
      if (encoding !== null) reply.header('content-encoding', encoding)
      return reply.headers(headersOf(found)).type(found.type).send(body)
    },
  )
}

/** Beside those of every answer. A file may be kept, as long as it is asked about each time. */
const HEADERS = { 'cross-origin-opener-policy': 'same-origin', 'cache-control': 'no-cache' } as const

const headersOf = ({ etag }: WebFile) => ({ ...HEADERS, etag, vary: 'accept-encoding' })

const zipped = new WeakMap<WebFile, ReturnType<typeof packed>>()

/** A file is packed once. */
function compressed(file: WebFile, { headers }: FastifyRequest): ReturnType<typeof packed> {
  const accepts = String(headers['accept-encoding'] ?? '')
  if (!/\bgzip\b/.test(accepts)) return { body: file.body, encoding: null }
  const found = zipped.get(file) ?? packed(file.body, 'gzip')
  zipped.set(file, found)
  return found
}
