/** The registry over HTTP: the eight routes of Confluent's that clients use, for this machine alone. */
import { timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { sha256 } from '../../../schemas/kernel/canonical.ts'
import type { Answer, SchemaStore } from './registry.ts'

const TYPE = 'application/vnd.schemaregistry.v1+json'
/** A schema of ours has some thousand bytes. */
const BODY_BYTES = 1024 * 1024
/** Longer than clients pause while they register. */
const KEEP_ALIVE_MILLIS = 60_000

export type RegistryServer = Readonly<{ url: string; close: () => Promise<void> }>

type Options = Readonly<{
  port?: number
  host?: string
  /** Who may register: HTTP's basic authentication. Anybody may read. */
  writer: Readonly<{ username: string; password: string }>
  /** Keeps what has been registered, before it is answered. */
  onChange?: () => void
}>

/** Serves a registry over loopback. @throws Error where the port is taken */
export async function serveRegistry(
  store: SchemaStore,
  { port = 0, host = '127.0.0.1', writer, onChange }: Options,
): Promise<RegistryServer> {
  const authorization = `Basic ${Buffer.from(`${writer.username}:${writer.password}`).toString('base64')}`
  const server = createServer(async (request, reply) => {
    const answer = await answerTo(store, request, authorization, onChange)
    const [status, body] = answer.ok ? [200, answer.value] : [answer.failure.status, errorOf(answer.failure)]
    reply.writeHead(status, { 'content-type': TYPE })
    reply.end(JSON.stringify(body))
  })
  // A busy client that asks on a connection that was closed a moment before is hung up on.
  server.keepAliveTimeout = KEEP_ALIVE_MILLIS
  server.listen(port, host)
  await once(server, 'listening')
  const { port: bound } = server.address() as AddressInfo
  return {
    url: `http://${host}:${bound}`,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

const errorOf = ({ error_code, message }: { error_code: number; message: string }) => ({
  error_code,
  message,
})
const failure = (status: number, code: number, message: string): Answer<never> => ({
  ok: false,
  failure: { status, error_code: code, message },
})

type Route = Readonly<{
  method: string
  /** Whether it changes what is registered. */
  changes?: boolean
  path: RegExp
  answer: (store: SchemaStore, parts: readonly string[], body: Record<string, unknown>) => Answer<unknown>
}>

const textOf = (body: Record<string, unknown>): string => body.schema as string
const isAvro = ({ schemaType }: Record<string, unknown>): boolean =>
  schemaType === undefined || schemaType === 'AVRO'

const ROUTES: readonly Route[] = [
  { method: 'GET', path: /^\/schemas\/ids\/(\d+)$/, answer: (store, [id]) => store.schema(Number(id)) },
  { method: 'GET', path: /^\/subjects$/, answer: (store) => ({ ok: true, value: store.subjects() }) },
  {
    method: 'GET',
    path: /^\/subjects\/([^/]+)\/versions\/([^/]+)$/,
    answer: (store, [subject, version]) => store.version(subject, version),
  },
  {
    method: 'POST',
    path: /^\/subjects\/([^/]+)$/,
    answer: (store, [subject], body) => store.lookUp(subject, textOf(body)),
  },
  {
    method: 'POST',
    changes: true,
    path: /^\/subjects\/([^/]+)\/versions$/,
    answer: (store, [subject], body) => store.register(subject, textOf(body)),
  },
  { method: 'GET', path: /^\/config\/([^/]+)$/, answer: (store, [subject]) => store.level(subject) },
  {
    method: 'PUT',
    changes: true,
    path: /^\/config\/([^/]+)$/,
    answer: (store, [subject], body) => store.setLevel(subject, String(body.compatibility)),
  },
  {
    method: 'POST',
    path: /^\/compatibility\/subjects\/([^/]+)\/versions\/([^/]+)$/,
    answer: (store, [subject, version], body) => store.compatible(subject, version, textOf(body)),
  },
]

async function answerTo(
  store: SchemaStore,
  request: IncomingMessage,
  authorization: string,
  onChange: Options['onChange'],
): Promise<Answer<unknown>> {
  const { pathname } = new URL(request.url ?? '/', 'http://registry')
  const route = ROUTES.find(({ method, path }) => method === request.method && path.test(pathname))
  if (route === undefined) return failure(404, 404, 'HTTP 404 Not Found')
  if (route.changes === true && !isSame(request.headers.authorization ?? '', authorization))
    return failure(401, 401, 'Only the relay registers schemas here.')
  const body = await bodyOf(request)
  if (body === null) return failure(413, 413, `A body has at most ${BODY_BYTES} bytes.`)
  let parts: readonly string[]
  let said: Record<string, unknown>
  try {
    parts = (route.path.exec(pathname) ?? []).slice(1).map(decodeURIComponent)
    said = body === '' ? {} : JSON.parse(body)
  } catch {
    return failure(400, 400, 'The request is not well formed.')
  }
  if (!isAvro(said)) return failure(422, 42201, 'Only Avro schemas are registered here.')
  const answer = route.answer(store, parts, said)
  if (route.changes === true && answer.ok) onChange?.()
  return answer
}

const isSame = (given: string, wanted: string): boolean =>
  timingSafeEqual(Buffer.from(sha256(given)), Buffer.from(sha256(wanted)))

/** Null where there is more of it than is taken. */
async function bodyOf(request: IncomingMessage): Promise<string | null> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of request) {
    bytes += (part as Buffer).length
    if (bytes > BODY_BYTES) return null
    parts.push(part as Buffer)
  }
  return Buffer.concat(parts).toString('utf8')
}
