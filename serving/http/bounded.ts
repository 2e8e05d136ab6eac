/** A server within bounds: of bodies, headers, their time, and connections; and an error that shows a code and never a stack. */
import type { Socket } from 'node:net'
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import { FAULTS, type FaultCode, fault, refuse } from '../../schemas/kernel/fault.ts'
import { BODY_BYTES } from '../named.ts'
import { assertWhole, textOf } from '../whole-text.ts'
import { boundBodies } from './bodies.ts'
import { failed } from './failed.ts'
import { assertFew } from './json-values.ts'

export type Bounds = Readonly<{
  bodyBytes: number
  /** Of all bodies together that are held at a time. */
  heldBytes: number
  headerBytes: number
  headers: number
  /** From the first byte of a connection to the end of a request's head. */
  headersMillis: number
  /** From the end of its head to the end of its body. */
  bodyMillis: number
  /** A connection that asks nothing more. */
  idleMillis: number
  connections: number
}>

export const BOUNDS: Bounds = {
  bodyBytes: BODY_BYTES,
  heldBytes: 256 << 20,
  headerBytes: 16 << 10,
  headers: 100,
  headersMillis: 10_000,
  bodyMillis: 15_000,
  idleMillis: 5_000,
  connections: 1_000,
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Where a body takes longer than others, as an upload does. */
    bodyMillis?: number
  }
}

type Options = Readonly<{
  bounds?: Bounds
  /** What `node:tls` takes; null for plain HTTP. */
  tls?: object | null
  logLevel?: string
  /** Where lines of the log go: beside answers, and never among them. */
  logTo?: { write: (line: string) => unknown }
}>

export function boundedServer(options: Options = {}): FastifyInstance {
  const { bounds = BOUNDS, tls = null, logLevel = 'warn', logTo = process.stderr } = options
  const http = {
    maxHeaderSize: bounds.headerBytes,
    headersTimeout: bounds.headersMillis,
    connectionsCheckingInterval: Math.min(1_000, bounds.headersMillis / 4),
  }
  const server = fastify({
    // A path may hold the code of a link, a query what does not belong there.
    logger: {
      ...{ level: logLevel, stream: { write: (line: string) => void logTo.write(line) } },
      serializers: { req: ({ method, url }) => ({ method, path: loggable(url) }) },
    },
    frameworkErrors: failed,
    clientErrorHandler,
    bodyLimit: bounds.bodyBytes,
    // Bodies have a bound of their own, which an upload may raise.
    requestTimeout: 0,
    keepAliveTimeout: bounds.idleMillis,
    ...(tls === null ? { http } : { https: { ...http, ...tls } }),
  }) as unknown as FastifyInstance
  const parse = server.getDefaultJsonParser('error', 'error')
  server.removeContentTypeParser('application/json')
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    try {
      const text = textOf(Buffer.from(body))
      assertFew(text)
      // It answers through `done`.
      void parse(request, text, (error, value) => {
        if (error === null) assertWhole(text, value)
        done(error, value)
      })
    } catch (error) {
      done(error as Error)
    }
  })
  server.server.maxConnections = bounds.connections
  server.server.maxHeadersCount = 0
  server.addHook('onRequest', async (request, reply) => {
    reply.headers(HEADERS)
    if (request.raw.rawHeaders.length > 2 * bounds.headers)
      throw refuse('request.headers-too-large', { most: bounds.headers, bytes: bounds.headerBytes })
    boundBody(request, request.routeOptions.config.bodyMillis ?? bounds.bodyMillis)
  })
  boundBodies(server, bounds.heldBytes)
  server.setErrorHandler(failed)
  server.setNotFoundHandler(async ({ method, url }) => {
    throw refuse('route.unknown', { method, path: loggable(url) })
  })
  return server
}

/** No page of elsewhere frames, embeds or learns of what is served, no browser guesses what it is or keeps it. */
const HEADERS = {
  'content-security-policy': "frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
}

const loggable = (url: string): string => url.split('?', 1)[0].replace(/^\/enter\/.*/, '/enter/')

/** A body that is not there in time takes its connection with it, whoever sends it. */
function boundBody({ raw, socket }: FastifyRequest, millis: number): void {
  const { 'content-length': length, 'transfer-encoding': encoding } = raw.headers
  if ((length ?? '0') === '0' && encoding === undefined) return
  const late = setTimeout(() => raw.complete || socket.destroy(), millis)
  late.unref()
  // A connection has many requests, and remembers none that is over.
  const over = (): void => {
    clearTimeout(late)
    socket.off('close', over)
  }
  raw.once('end', over)
  socket.once('close', over)
}

/** What is no request is answered in the same form, and its connection ends. */
function clientErrorHandler(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const answers: Readonly<Record<string, FaultCode>> = {
    HPE_HEADER_OVERFLOW: 'request.headers-too-large',
    ERR_HTTP_REQUEST_TIMEOUT: 'request.too-slow',
  }
  const code = answers[error.code ?? ''] ?? 'request.malformed'
  const { message, detail } = fault(code, {
    problem: 'it is no HTTP request',
    most: BOUNDS.headers,
    bytes: BOUNDS.headerBytes,
  })
  const body = JSON.stringify({ error: { code, message, detail } })
  const head = `HTTP/1.1 ${FAULTS[code].http} Refused\r\nContent-Type: application/json; charset=utf-8`
  socket.end(`${head}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`)
}
