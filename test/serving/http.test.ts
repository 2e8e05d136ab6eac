/** The views over HTTP: what they answer, and that nothing sent to them changes anything. */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FAULTS, type FaultCode } from '../../schemas/kernel/fault.ts'
import { actId, declareDataset } from '../../serving/actions.ts'
import type { Serving } from '../../serving/http/server.ts'
import { openPlatform, type Platform } from '../../serving/platform.ts'
import { US20 } from '../../serving/sample/samples.ts'
import { ownVerifierKey, seal } from '../../serving/sealing.ts'
import { openCheckpoint } from '../../streams/log/seal/checkpoint.ts'
import { noteVerifier } from '../../streams/log/seal/note.ts'
import { readDatasetFile } from '../../streams/sources/dataset-file.ts'
import { type Served, served } from '../support/admitted.ts'

const folder = mkdtempSync(join(tmpdir(), 'asof-http-'))
let platform: Platform
let server: Served

beforeAll(async () => {
  platform = await openPlatform({ path: folder })
  const spec = await readDatasetFile(US20.prices.declaration)
  await declareDataset(platform, spec, { actor: 'test', commandId: actId('declare', spec) })
  await platform.views.catchUp()
  server = await served(platform)
})

afterAll(async () => {
  await server.close()
  await platform.close()
  rmSync(folder, { recursive: true, force: true })
})

type Body = {
  views: string[]
  events: unknown[]
  state: { datasets: Record<string, { spec: { columns: unknown } }> }
}

const get = async (path: string): Promise<{ status: number; body: Body }> => {
  const reply = await server.get(path)
  return { status: reply.status, body: (await reply.json()) as Body }
}

test('health and views', async () => {
  expect(await get('/health')).toMatchObject({ status: 200, body: { status: 'ok', log: { position: 1 } } })
  expect((await get('/api/v1/views')).body.views).toContain('registry')
  const { body } = await get('/api/v1/views/datasets')
  expect(body.state.datasets.us20.spec.columns).toEqual([{ name: 'close', unit: 'USD' }])
  expect((await get('/api/v1/views/datasets?at=1990-01-01')).body.state).toEqual({ datasets: {} })
  expect((await get('/api/v1/events')).body.events).toHaveLength(1)
})

test('what is wrong is a 4xx with a code and a remedy', async () => {
  expect(await get('/api/v1/views/nonsense')).toMatchObject({
    status: 404,
    body: { error: { code: 'view.unknown' } },
  })
  expect(await get('/api/v1/views/datasets?at=soon')).toMatchObject({
    status: 400,
    body: { error: { code: 'moment.malformed' } },
  })
  expect((await get('/api/v1/reports/00')).status).toBe(404)
  expect((await get('/api/v1/reports/00/page')).status).toBe(404)
  expect(await get('/api/v1/events?type=prediction.Mode')).toMatchObject({ status: 404 })
  for (const query of ['from=x', 'from=', 'from=0', 'from=1.5', 'limit=1001', 'type=a&type=b', 'form=1']) {
    expect(await get(`/api/v1/events?${query}`), query).toMatchObject({
      status: 400,
      body: { error: { code: 'query.invalid' } },
    })
  }
  expect((await get('/api/v1/events?from=1&limit=1')).body.events).toHaveLength(1)
  expect(await get('/api/v1/views/datasets?at=now&at=now')).toMatchObject({ status: 400 })
})

test.each<[string, FaultCode]>([
  ['/nothing', 'route.unknown'],
  ['/api/v1/reports/00', 'report.unknown'],
  ['/api/v1/reports/00/page', 'report.unknown'],
  ['/api/v1/tile/9/999', 'tile.unknown'],
  ['/api/v1/views/%ZZ', 'request.malformed'],
  ['/api/v1/events?from=0', 'query.invalid'],
  ['/api/v1/work?state=open', 'query.invalid'],
  ['/api/v1/views?at=1', 'query.invalid'],
  ['/api/v1/checkpoint?at=1', 'query.invalid'],
])('%s is refused from the one table', async (path, code) => {
  const { status, body } = await get(path)
  expect(body).toMatchObject({ error: { code, message: expect.not.stringMatching(/\{\w+\}/) } })
  expect(status).toBe(FAULTS[code].http)
})

/** As a browser asks that was led to another name, or that shows a page of another site. */
const asked = (url: string, headers: Record<string, string>) =>
  new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
    const sent = request(url, { headers }, async (reply) => {
      let text = ''
      for await (const part of reply) text += part
      resolve({ status: reply.statusCode, text })
    })
    sent.on('error', reject).end()
  })

describe('no page of elsewhere reads what is served here', () => {
  const paths = [
    '/health',
    '/api/v1/views',
    '/api/v1/views/registry',
    '/api/v1/events',
    '/api/v1/checkpoint',
    '/nothing',
  ]
  const portOf = ({ url }: Serving) => new URL(url).port

  test.each([
    'evil.example',
    'evil.example:PORT',
    '127.0.0.1.evil.example:PORT',
    'localhost.evil.example:PORT',
    'localhost:1',
    '127.0.0.2:PORT',
    'evil.example@127.0.0.1:PORT',
  ])('as the host %s', async (written) => {
    const host = written.replace('PORT', portOf(server))
    for (const path of paths) {
      const { status, text } = await asked(server.url + path, { host })
      expect(status, path).toBe(421)
      expect(JSON.parse(text)).toMatchObject({ error: { code: 'http.foreign-host', detail: { host } } })
    }
  })

  test.each(['http://evil.example', 'https://evil.example:PORT', 'http://localhost:1', 'null', 'file://'])(
    'from the origin %s',
    async (written) => {
      const origin = written.replace('PORT', portOf(server))
      for (const path of paths) {
        const { status, text } = await asked(server.url + path, { origin })
        expect(status, path).toBe(403)
        expect(JSON.parse(text)).toMatchObject({ error: { code: 'http.foreign-origin', detail: { origin } } })
      }
    },
  )

  test.each(['127.0.0.1:PORT', 'localhost:PORT', 'LOCALHOST:PORT', '[::1]:PORT'])(
    '%s is its own',
    async (written) => {
      const host = written.replace('PORT', portOf(server))
      expect(await asked(`${server.url}/health`, { host })).toMatchObject({ status: 200 })
      const origin = `http://${host}`
      expect(await asked(`${server.url}/health`, { host, origin })).toMatchObject({ status: 200 })
    },
  )

  test('a name that it is told is its own too, with any port unless one is told', async () => {
    const told = await served(platform, {
      host: '0.0.0.0',
      allowed: ['asof.fund.example', 'localhost:8080'],
      config: { tokens: true, behindProxy: true },
    })
    const url = `http://127.0.0.1:${portOf(told)}/health`
    const statusAs = async (host: string) => (await asked(url, { host })).status
    for (const host of ['asof.fund.example', 'asof.fund.example:443', 'localhost:8080', '127.0.0.1:PORT'])
      expect(await statusAs(host.replace('PORT', portOf(told))), host).toBe(200)
    for (const host of ['fund.example', 'localhost:8081', 'asof.fund.example.evil.example'])
      expect(await statusAs(host), host).toBe(421)
    const origin = 'https://asof.fund.example'
    expect(await asked(url, { host: 'asof.fund.example', origin })).toMatchObject({ status: 200 })
    await told.close()
  })
})

test('the seal is served for reading: the checkpoint over the tiles, the latest, and the tiles', async () => {
  const fetched = async (path: string) => {
    const reply = await server.get(path)
    return { status: reply.status, bytes: Buffer.from(await reply.arrayBuffer()) }
  }
  const verifiers = [noteVerifier(ownVerifierKey(platform.folder) ?? '')]
  const latest = openCheckpoint(`${(await fetched('/api/v1/checkpoint/latest')).bytes}`, verifiers)
  expect(latest.size).toBe(1)
  await seal(platform)
  const published = openCheckpoint(`${(await fetched('/api/v1/checkpoint')).bytes}`, verifiers)
  const tile = await fetched('/api/v1/tile/0/000.p/1')
  expect(tile).toMatchObject({ status: 200 })
  expect(published, 'RFC 6962: the root of one leaf is its hash').toMatchObject({ size: 1, root: tile.bytes })
  for (const path of [
    '/api/v1/tile/0/000.p/2',
    '/api/v1/tile/..%2fcheckpoint',
    '/api/v1/tile/0/../../../keys/log.pem',
    '/api/v1/tile/%2e%2e%2f%2e%2e%2fkeys/log.pem',
  ])
    expect((await fetched(path)).status, path).toBe(404)
})

test('no method but GET is answered', async () => {
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
    const reply = await server.get('/api/v1/views/registry', { method })
    expect(reply.status).toBe(404)
  }
  expect((await platform.log.head()).position).toBe(1)
})

test('connections that never end their request keep nobody out', async () => {
  const { hostname, port } = new URL(server.url)
  const held = await Promise.all(
    Array.from({ length: 500 }, async () => {
      const socket = connect(Number(port), hostname)
      await once(socket, 'connect')
      socket.write('GET /api/v1/views HTTP/1.1\r\nHost: 127.0')
      return socket
    }),
  )
  expect(await get('/health')).toMatchObject({ status: 200 })
  expect((await get('/api/v1/events')).body.events).toHaveLength(1)
  expect(
    held.filter(({ destroyed }) => destroyed),
    'the control: all of them are held',
  ).toEqual([])
  for (const socket of held) socket.destroy()
})
