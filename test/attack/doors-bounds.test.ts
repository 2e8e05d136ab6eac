/** Attacks on the door itself: what is too large, too slow, too much, or written so that two readers read two things. */
import { once } from 'node:events'
import { connect } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { BOUNDS, boundedServer } from '../../serving/http/bounded.ts'
import { door } from '../../serving/http/door.ts'
import { guard } from '../../serving/http/guard.ts'
import { assertFew } from '../../serving/http/json-values.ts'
import { type Served, served, tokenFor } from '../support/admitted.ts'
import { besieged, refusedWith, requestOf, sent, statusIn, tellsNothing } from './doors.ts'

let home: Awaited<ReturnType<typeof besieged>>
let server: Served
let bounded: FastifyInstance
let url: string

/** Short enough to wait for. */
const SHORT = { ...BOUNDS, bodyBytes: 10_000, headersMillis: 400, bodyMillis: 400, connections: 20 }

beforeAll(async () => {
  home = await besieged('bounds')
  server = await served(home.platform)
  // The same door before a route that takes a body, as commands do.
  bounded = boundedServer({ bounds: SHORT, logLevel: 'silent' })
  guard(bounded, { host: '127.0.0.1', allowed: [] })
  door(bounded, server.access)
  const taking = { config: { notes: { permission: 'operate', about: 'Takes a body.' } } } as const
  bounded.post('/take', taking, async ({ body, subject }) => ({
    got: z.strictObject({ name: z.string() }).safeParse(body).success,
    subject,
  }))
  const failing = { config: { notes: { permission: 'read', about: 'Fails.' } } } as const
  bounded.get('/fail', failing, async () => {
    throw new Error(`a secret in ${home.path}`)
  })
  url = await bounded.listen({ host: '127.0.0.1', port: 0 })
})

afterAll(async () => {
  await server.close()
  await bounded.close()
  await home.remove()
})

const JSON_TYPE = { 'content-type': 'application/json' }
const take = (body: string, headers: Record<string, string> = JSON_TYPE) =>
  fetch(`${url}/take`, { method: 'POST', body, headers: { ...server.owner, ...headers } })

describe('what is too large', () => {
  test('a body, told or in pieces, known or not', async () => {
    await refusedWith(await take(JSON.stringify({ name: 'x'.repeat(10_000) })), 'request.too-large')
    const pieces = new ReadableStream({
      start(controller) {
        for (let i = 0; i < 3; i++) controller.enqueue(new TextEncoder().encode('x'.repeat(5_000)))
        controller.close()
      },
    })
    const init = { method: 'POST', body: pieces, duplex: 'half', headers: { ...server.owner, ...JSON_TYPE } }
    await refusedWith(await fetch(`${url}/take`, init as RequestInit), 'request.too-large')
    expect(await (await take(JSON.stringify({ name: 'x' }))).json()).toMatchObject({ got: true })
  })

  test('a body of somebody who is not known is not read at all', async () => {
    const head = requestOf(url, 'POST /take', 'Content-Type: application/json', 'Content-Length: 9000')
    expect(statusIn(await sent(url, head))).toBe(401)
  })

  test('headers, by their bytes and by their number', async () => {
    const owner = `Authorization: ${server.owner.authorization}`
    const large = await sent(url, requestOf(url, 'GET /fail', owner, `X: ${'x'.repeat(20_000)}`))
    expect([statusIn(large), large.includes('request.headers-too-large')]).toEqual([431, true])
    const many = Array.from({ length: BOUNDS.headers + 1 }, (_, i) => `X-${i}: x`)
    const answer = await sent(url, requestOf(url, 'GET /fail', owner, ...many))
    expect([statusIn(answer), answer.includes('request.headers-too-large')]).toEqual([431, true])
    const cookies = `Cookie: ${Array.from({ length: 3_000 }, (_, i) => `a${i}=b`).join('; ')}`
    expect(statusIn(await sent(url, requestOf(url, 'GET /fail', cookies)))).toBe(431)
  })

  test('an address', async () => {
    expect([414, 431]).toContain(statusIn(await sent(url, requestOf(url, `GET /${'a'.repeat(17_000)}`))))
    expect(statusIn(await sent(url, requestOf(url, `GET /${'a/'.repeat(5_000)}`)))).toBe(401)
  })
})

describe('what is too slow', () => {
  const drip = async (head: string, every: string): Promise<number> => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.on('error', () => undefined)
    socket.on('data', () => undefined)
    await once(socket, 'connect')
    const from = performance.now()
    socket.write(head)
    const dripping = setInterval(() => socket.writable && socket.write(every), 50)
    await new Promise((resolve) => socket.once('close', resolve))
    clearInterval(dripping)
    return performance.now() - from
  }

  test('a connection that says nothing', async () => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.on('error', () => undefined)
    socket.resume()
    const from = performance.now()
    await new Promise((resolve) => socket.once('close', resolve))
    expect(performance.now() - from).toBeLessThan(5_000)
  })

  test('headers, a letter at a time', async () => {
    expect(await drip('GET /fail HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ', 'x')).toBeLessThan(5_000)
  })

  test('a body, a letter at a time, by somebody who is known and by somebody who is not', async () => {
    const parts = ['Content-Type: application/json', 'Content-Length: 9000']
    const owner = `Authorization: ${server.owner.authorization}`
    expect(await drip(requestOf(url, 'POST /take', owner, ...parts), 'x')).toBeLessThan(5_000)
    expect(await drip(requestOf(url, 'POST /take', ...parts), 'x')).toBeLessThan(5_000)
    const chunked = ['Content-Type: application/json', 'Transfer-Encoding: chunked']
    expect(await drip(requestOf(url, 'POST /take', owner, ...chunked), '1\r\nx\r\n')).toBeLessThan(5_000)
  })

  test('connections beyond the bound are closed, and the others are answered', async () => {
    const sockets = await Promise.all(
      Array.from({ length: SHORT.connections + 10 }, async () => {
        const socket = connect(Number(new URL(url).port), '127.0.0.1')
        socket.on('error', () => undefined)
        await once(socket, 'connect')
        return socket
      }),
    )
    await expect.poll(() => sockets.filter(({ destroyed }) => destroyed).length).toBeGreaterThanOrEqual(10)
    for (const socket of sockets) socket.destroy()
    await expect.poll(async () => (await take('{"name":"x"}').catch(() => null))?.status).toBe(200)
  })
})

describe('paths that two readers read as two', () => {
  test.each([
    '/health/../api/v1/views',
    '/health/..//api/v1/views',
    '/health/%2e%2e/views',
    '/health/..%2fapi/v1/views',
    '/health%2f..%2fapi/v1/views',
    '/health/%252e%252e/views',
    '/health;/../api/v1/views',
    '/health/;/views',
    '//api/v1/views',
    '///api/v1/views',
    '/./views',
    '/views.',
    '/api/v1/views/.',
    '/views%20',
    '/views%00',
    '/views\\',
    '/\\views',
    '/API/V1/VIEWS',
    '/Views/registry',
    '/enter/../api/v1/views',
    '/api/v1/checkpoint/../views',
    '/api/v1/checkpoint/%2e%2e/events',
    '/api/v1/tile/../events',
    '/api/v1/tile/%2e%2e%2fevents',
    '/health?/../api/v1/views',
    '/health#/../api/v1/views',
    'http://127.0.0.1/views',
    'views',
    '*',
  ])('%s', async (path) => {
    const answer = await sent(server.url, requestOf(server.url, `GET ${path}`))
    tellsNothing(answer)
    expect(answer).not.toContain('"views"')
    expect(answer).not.toContain('"events"')
    // Either health itself, by its own name, or nothing.
    const isHealth = /^\/health[?#]/.test(path)
    expect(isHealth ? [200, 400] : [400, 401, 404, 421], answer).toContain(statusIn(answer))
  })

  test('beyond the folder, as somebody who is known', async () => {
    const owner = `Authorization: ${server.owner.authorization}`
    for (const path of [
      '/api/v1/tile/../../keys/log.pem',
      '/api/v1/tile/%2e%2e/%2e%2e/keys/log.pem',
      '/api/v1/tile/..%2f..%2fowner.token',
      '/api/v1/tile/0/000%00.pem',
      '/api/v1/reports/..%2f..%2fowner.token',
      '/api/v1/views/__proto__',
      '/api/v1/views/constructor',
      '/api/v1/views/..%2fowner.token',
    ]) {
      const answer = await sent(server.url, requestOf(server.url, `GET ${path}`, owner))
      expect([400, 404], `${path}: ${answer}`).toContain(statusIn(answer))
      expect(answer).not.toMatch(/asof_owner_|PRIVATE KEY/)
    }
  })
})

describe('requests that two readers end in two places', () => {
  const smuggled = (...headers: readonly string[]) =>
    sent(
      server.url,
      [
        'GET /health HTTP/1.1',
        `Host: ${new URL(server.url).host}`,
        ...headers,
        '',
        '0',
        '',
        'GET /api/v1/views HTTP/1.1',
        '',
        '',
      ].join('\r\n'),
    )

  test.each([
    [['Content-Length: 5', 'Transfer-Encoding: chunked']],
    [['Content-Length: 5', 'Content-Length: 6']],
    [['Transfer-Encoding: chunked, identity']],
    [['Transfer-Encoding : chunked']],
    [['Content-Length: +5']],
    [['Content-Length: 0x5']],
    [['X: a\nAuthorization: Bearer x']],
    [['X: a\rAuthorization: Bearer x']],
    [['X: a\0b']],
    [[' folded: x']],
  ])('%j', async (headers) => {
    const answer = await smuggled(...headers)
    tellsNothing(answer)
    expect(answer).not.toContain('"views"')
    expect([400, 200, 0], answer).toContain(statusIn(answer))
  })

  test('a line end in a value that is told back makes no header', async () => {
    const owner = `Authorization: ${server.owner.authorization}`
    for (const path of [
      '/api/v1/views/x%0d%0aSet-Cookie:%20a=b',
      '/api/v1/reports/%0d%0aX:%20y',
      '/nothing%0d%0aX:%20y',
    ]) {
      const answer = await sent(server.url, requestOf(server.url, `GET ${path}`, owner))
      const [head] = answer.split('\r\n\r\n')
      expect(head).not.toMatch(/set-cookie|^x:/im)
    }
  })

  test('two Hosts, and two Origins', async () => {
    const own = new URL(server.url).host
    for (const pair of [
      [own, 'evil.example'],
      ['evil.example', own],
      [own, own],
    ]) {
      const lines = [
        'GET /health HTTP/1.1',
        ...pair.map((host) => `Host: ${host}`),
        'Connection: close',
        '',
        '',
      ]
      expect([400, 421]).toContain(statusIn(await sent(server.url, lines.join('\r\n'))))
      const origins = pair.map((origin) => `Origin: http://${origin}`)
      expect(statusIn(await sent(server.url, requestOf(server.url, 'GET /health', ...origins)))).toBe(403)
    }
  })

  test('no request at all', async () => {
    for (const text of [
      '\0\0\0\0\r\n\r\n',
      'GET\r\n\r\n',
      '\x16\x03\x01\x00\xa5',
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    ]) {
      const answer = await sent(server.url, text, 500)
      tellsNothing(answer)
      if (answer !== '') expect(JSON.parse(answer.split('\r\n\r\n')[1])).toMatchObject({ error: {} })
    }
  })
})

describe('bodies that do more than they say', () => {
  test('a prototype in JSON', async () => {
    await refusedWith(await take('{"__proto__":{"roles":["owner"]},"name":"x"}'), 'request.malformed')
    await refusedWith(
      await take('{"constructor":{"prototype":{"roles":["owner"]}},"name":"x"}'),
      'request.malformed',
    )
    expect(({} as { roles?: unknown }).roles).toBe(undefined)
  })

  test('nesting without end', async () => {
    const deep = 4_500
    await refusedWith(await take('['.repeat(deep)), 'request.malformed')
    const reply = await take('['.repeat(deep) + ']'.repeat(deep))
    expect([reply.status, ((await reply.json()) as { got: boolean }).got]).toEqual([200, false])
  })

  test('more values than anybody sends', async () => {
    const values = (count: number) => `[${Array(count).fill('0').join(',')}]`
    const before = process.cpuUsage()
    const reply = await fetch(`${server.url}/api/v1/commands/data.declare`, {
      ...{ method: 'POST', headers: { ...server.owner, ...JSON_TYPE } },
      body: `{"spec":{"columns":${values(2_000_000)}}}`,
    })
    await refusedWith(reply, 'request.malformed')
    // Each would have been told as wrong: that took 5 seconds, and 2 GB.
    const { user, system } = process.cpuUsage(before)
    expect((user + system) / 1e6).toBeLessThan(1.5)
    expect(() => assertFew(values(99_000))).not.toThrow()
    expect(() => assertFew(JSON.stringify(['[{,"\\', ','.repeat(200_000)]))).not.toThrow()
    expect(() => assertFew(`{"a":"x\\\\",${'"b":[],'.repeat(60_000)}"c":1}`)).toThrow(
      /more than 100000 values/,
    )
  })

  test('roles or a subject in a body change nothing of who asks', async () => {
    const { authorization } = await tokenFor(home.platform, ['engineer'], 'eve')
    const body = JSON.stringify({ name: 'x', subject: { name: 'owner' }, roles: ['owner'], actor: 'owner' })
    const reply = await take(body, { ...JSON_TYPE, authorization })
    expect(await reply.json()).toEqual({ got: false, subject: { name: 'eve', roles: ['engineer'] } })
    const { authorization: weak } = await tokenFor(home.platform, ['researcher'])
    await refusedWith(await take(body, { ...JSON_TYPE, authorization: weak }), 'access.denied')
  })

  test('a type that is not taken, and one that lies', async () => {
    await refusedWith(await take('<a/>', { 'content-type': 'application/xml' }), 'request.malformed')
    await refusedWith(await take('name=x', JSON_TYPE), 'request.malformed')
    await refusedWith(await take('', JSON_TYPE), 'request.malformed')
  })
})

test('no page of elsewhere frames or embeds an answer, and no browser guesses or keeps it', async () => {
  for (const [path, headers] of [
    ['/health', {}],
    ['/api/v1/views', {}],
    ['/api/v1/views', server.owner],
  ] as [string, Record<string, string>][]) {
    const reply = await fetch(`${server.url}${path}`, { headers })
    expect(Object.fromEntries(reply.headers)).toMatchObject({
      'content-security-policy': "frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    })
    expect(reply.headers.get('access-control-allow-origin')).toBe(null)
  }
})

test('a defect shows neither its stack nor its words', async () => {
  const reply = await fetch(`${url}/fail`, { headers: server.owner })
  const text = await reply.text()
  tellsNothing(text)
  expect([reply.status, text.includes('secret')]).toEqual([500, false])
})

test('a route that does not say who may use it does not come up', () => {
  const open = boundedServer({ logLevel: 'silent' })
  door(open, server.access)
  expect(() => open.get('/open', async () => 'all')).toThrow('does not say who may use it')
})
