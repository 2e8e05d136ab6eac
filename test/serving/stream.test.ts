/** Events as they happen, over HTTP: each once, in order, resumed where a reader left off. */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fastify from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Recorded } from '../../schemas/envelope.ts'
import { serveStream } from '../../serving/http/stream.ts'
import { type Served, served, tokenFor } from '../support/admitted.ts'
import { eventsOf, type MemoryPlatform } from '../support/memory-platform.ts'
import { smallFolder } from '../support/small-folder.ts'
import { HISTORY_DAYS, playDays } from '../support/small-platform.ts'

const path = mkdtempSync(join(tmpdir(), 'asof-stream-'))
let platform: MemoryPlatform
let server: Served
let day = HISTORY_DAYS

beforeAll(async () => {
  platform = await smallFolder(path, 0)
  server = await served(platform)
}, 60_000)

afterAll(async () => {
  await server.close()
  await platform.close()
  rmSync(path, { recursive: true, force: true })
})

const nextDay = async (): Promise<void> => playDays(platform, day, ++day)
const headOf = async (): Promise<number> => (await platform.log.head()).position

type Message = Readonly<{
  id: number
  event: string
  data: { position: number; type: string; stream: string }
}>

/** Reads until so many messages have come, and then goes away. */
async function read(query: string, count: number, headers: Record<string, string> = {}): Promise<Message[]> {
  const leave = new AbortController()
  const reply = await server.get(`/api/v1/events/stream${query}`, { headers, signal: leave.signal })
  expect(reply.status).toBe(200)
  expect(reply.headers.get('content-type')).toContain('text/event-stream')
  const messages: Message[] = []
  let text = ''
  const decoder = new TextDecoder()
  for await (const bytes of reply.body ?? []) {
    text += decoder.decode(bytes, { stream: true })
    const blocks = text.split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      const field = (name: string) =>
        block
          .split('\n')
          .find((line) => line.startsWith(`${name}: `))
          ?.slice(name.length + 2)
      const data = field('data')
      if (data !== undefined)
        messages.push({ id: Number(field('id')), event: field('event') ?? '', data: JSON.parse(data) })
    }
    if (messages.length >= count) break
  }
  leave.abort()
  return messages.slice(0, count)
}

test('all events from a position on, and then those that happen, each once and in order', async () => {
  const before = await headOf()
  const reading = read('?from=1', before + 3)
  await nextDay()
  const messages = await reading
  expect(messages.map(({ id }) => id)).toEqual(Array.from({ length: before + 3 }, (_, at) => at + 1))
  expect(messages.every(({ id, event, data }) => data.position === id && data.type === event)).toBe(true)
  expect(messages.some(({ data }) => 'standing' in data)).toBe(false)
})

test('without a position, what happens from now on; with Last-Event-ID, what came behind it', async () => {
  const before = await headOf()
  const reading = read('', 2)
  await new Promise((resolve) => setTimeout(resolve, 200))
  await nextDay()
  expect((await reading).map(({ id }) => id)).toEqual([before + 1, before + 2])
  const again = await read('?from=1', 3, { 'last-event-id': String(before + 1) })
  expect(again.map(({ id }) => id)).toEqual([before + 2, before + 3, before + 4])
})

test('only the types and streams that were asked for', async () => {
  await nextDay()
  const made = await read('?from=1&type=prediction.Made,data.SessionClosed', 4)
  expect(new Set(made.map(({ event }) => event))).toEqual(new Set(['prediction.Made', 'data.SessionClosed']))
  const [one] = await read('?from=1&stream=capital-', 1)
  expect(one.data.stream).toMatch(/^capital-/)
})

test('what is wrong is refused before anything is sent', async () => {
  const codeOf = async (query: string, headers = {}) => {
    const reply = await server.get(`/api/v1/events/stream${query}`, { headers })
    return ((await reply.json()) as { error: { code: string } }).error.code
  }
  expect(await codeOf('?from=0')).toBe('query.invalid')
  expect(await codeOf('?since=1')).toBe('query.invalid')
  expect(await codeOf('?type=no.Such')).toBe('event.unknown-type')
  expect(await codeOf('', { 'last-event-id': 'x' })).toBe('query.invalid')
  // A log that was longer once: what the reader has is not of this one.
  expect(await codeOf('', { 'last-event-id': String((await headOf()) + 1) })).toBe('moment.beyond-head')
  const head = await server.get('/api/v1/events/stream', { method: 'HEAD' })
  expect(head.status).toBe(404)
  expect(await codeOf('', { origin: 'http://elsewhere.example' })).toBe('http.foreign-origin')
})

test('no more than a hundred read along at once, half of them under one name, and one who leaves makes room', async () => {
  const port = Number(new URL(server.url).port)
  const reading = (authorization: string) =>
    Promise.all(
      Array.from({ length: 50 }, async () => {
        const socket = connect(port, '127.0.0.1')
        socket.write(
          `GET /api/v1/events/stream HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: ${authorization}\r\n\r\n`,
        )
        const [head] = await once(socket, 'data')
        expect(String(head)).toMatch(/^HTTP\/1\.1 200 /)
        return socket
      }),
    )
  const statusOf = async (authorization: string) => {
    const leave = new AbortController()
    const init = { headers: { authorization }, signal: leave.signal }
    const reply = await server.get('/api/v1/events/stream', init)
    leave.abort()
    return reply.status
  }
  const [monitor, other] = [await tokenFor(platform, ['monitor']), await tokenFor(platform, ['oms'])]
  const { authorization } = server.owner
  const own = await reading(authorization)
  expect(await statusOf(authorization)).toBe(503)
  const sockets = [...own, ...(await reading(monitor.authorization))]
  expect(await statusOf(other.authorization)).toBe(503)
  for (const socket of sockets) socket.destroy()
  await expect.poll(() => statusOf(authorization), { timeout: 5_000 }).toBe(200)
})

test('a reader who does not read is cut off, and no more was read for him than the buffers hold', async () => {
  const [first] = await eventsOf(platform.log)
  let pulled = 0
  let isReturned = false
  const endless = async function* (): AsyncGenerator<Recorded[]> {
    try {
      for (;;) yield [{ ...first, data: { text: 'x'.repeat(100_000) }, position: ++pulled }]
    } finally {
      isReturned = true
    }
  }
  const slow = fastify()
  const log = { head: () => platform.log.head(), subscribe: endless }
  serveStream(slow, { log, confirmed: () => Number.MAX_SAFE_INTEGER, patienceMillis: 300 })
  await slow.listen({ host: '127.0.0.1', port: 0 })
  const { port } = slow.server.address() as AddressInfo
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.pause()
  socket.write(`GET /api/v1/events/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`)
  await expect.poll(() => isReturned, { timeout: 10_000 }).toBe(true)
  // The kernel's buffers take some megabytes.
  expect(pulled).toBeLessThan(500)
  socket.destroy()
  await slow.close()
})
