/** The views over HTTP: what they answer, and that nothing sent to them changes anything. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { actId, declareDataset } from '../../serving/actions.ts'
import { type Serving, serve } from '../../serving/http/server.ts'
import { openPlatform, type Platform } from '../../serving/platform.ts'
import { US20 } from '../../serving/sample/samples.ts'
import { ownVerifierKey, seal } from '../../serving/sealing.ts'
import { openCheckpoint } from '../../streams/log/seal/checkpoint.ts'
import { noteVerifier } from '../../streams/log/seal/note.ts'
import { readDatasetFile } from '../../streams/sources/dataset-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'asof-http-'))
let platform: Platform
let server: Serving

beforeAll(async () => {
  platform = await openPlatform({ path: folder })
  const spec = await readDatasetFile(US20.prices.declaration)
  await declareDataset(platform, spec, { actor: 'test', commandId: actId('declare', spec) })
  await platform.views.catchUp()
  server = await serve(platform, { host: '127.0.0.1', port: 0 })
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
  const reply = await fetch(`${server.url}${path}`)
  return { status: reply.status, body: (await reply.json()) as Body }
}

test('health and views', async () => {
  expect(await get('/health')).toMatchObject({ status: 200, body: { status: 'ok', log: { position: 1 } } })
  expect((await get('/views')).body.views).toContain('registry')
  const { body } = await get('/views/datasets')
  expect(body.state.datasets.us20.spec.columns).toEqual([{ name: 'close', unit: 'USD' }])
  expect((await get('/views/datasets?at=1990-01-01')).body.state).toEqual({ datasets: {} })
  expect((await get('/events')).body.events).toHaveLength(1)
})

test('what is wrong is a 4xx with a code and a remedy', async () => {
  expect(await get('/views/nonsense')).toMatchObject({
    status: 404,
    body: { error: { code: 'view.unknown' } },
  })
  expect(await get('/views/datasets?at=soon')).toMatchObject({
    status: 400,
    body: { error: { code: 'moment.malformed' } },
  })
  expect((await get('/reports/00')).status).toBe(404)
  expect((await get('/reports/00/page')).status).toBe(404)
  expect(await get('/events?type=prediction.Mode')).toMatchObject({ status: 404 })
  for (const query of ['from=x', 'from=0', 'limit=1001']) {
    expect(await get(`/events?${query}`)).toMatchObject({
      status: 400,
      body: { error: { code: 'query.invalid' } },
    })
  }
})

test('the seal is served for reading: the checkpoint over the tiles, the latest, and the tiles', async () => {
  const fetched = async (path: string) => {
    const reply = await fetch(`${server.url}${path}`)
    return { status: reply.status, bytes: Buffer.from(await reply.arrayBuffer()) }
  }
  const verifiers = [noteVerifier(ownVerifierKey(platform.folder) ?? '')]
  const latest = openCheckpoint(`${(await fetched('/checkpoint/latest')).bytes}`, verifiers)
  expect(latest.size).toBe(1)
  await seal(platform)
  const published = openCheckpoint(`${(await fetched('/checkpoint')).bytes}`, verifiers)
  const tile = await fetched('/tile/0/000.p/1')
  expect(tile).toMatchObject({ status: 200 })
  expect(published, 'RFC 6962: the root of one leaf is its hash').toMatchObject({ size: 1, root: tile.bytes })
  for (const path of [
    '/tile/0/000.p/2',
    '/tile/..%2fcheckpoint',
    '/tile/0/../../../keys/log.pem',
    '/tile/%2e%2e%2f%2e%2e%2fkeys/log.pem',
  ])
    expect((await fetched(path)).status, path).toBe(404)
})

test('no method but GET is answered', async () => {
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
    const reply = await fetch(`${server.url}/views/registry`, { method })
    expect(reply.status).toBe(404)
  }
  expect((await platform.log.head()).position).toBe(1)
})
