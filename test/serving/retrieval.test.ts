/** Features over HTTP and by the command line: the same bytes, for whoever may read. */
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { tableFromIPC } from 'apache-arrow'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { formatDay, formatMoment } from '../../schemas/kernel/time.ts'
import { type Served, served } from '../support/admitted.ts'
import { asof } from '../support/cli.ts'
import type { MemoryPlatform } from '../support/memory-platform.ts'
import { openSmall } from '../support/small-folder.ts'
import { beginOn } from '../support/small-platform.ts'
import { closeOf, decidedOf, NAMES } from '../support/small-world.ts'

const root = mkdtempSync(join(tmpdir(), 'asof-get-'))
const folder = join(root, 'platform')
let platform: MemoryPlatform
let server: Served

beforeAll(async () => {
  platform = await openSmall(folder)
  await beginOn(platform)
  server = await served(platform)
}, 60_000)
afterAll(async () => {
  await server.close()
  await platform.close()
  rmSync(root, { recursive: true, force: true })
})

const QUERY = `from=${formatDay(closeOf(250))}&to=${formatDay(closeOf(260))}&why=true`

/** The body and the trailers, which `fetch` does not tell. */
const gotten = async (path: string) => {
  const asking = request(`${server.url}${path}`, { headers: server.owner })
  const reply = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
    asking.on('response', resolve).on('error', reject).end()
  })
  const body = await buffer(reply)
  return { status: reply.statusCode, headers: reply.headers, trailers: reply.trailers, body }
}

test('the bytes of an answer are those of the file that the command line writes, under their hash', async () => {
  const { status, headers, trailers, body } = await gotten(`/api/v1/features/small?${QUERY}`)
  expect(status).toBe(200)
  expect(headers['content-type']).toBe('application/vnd.apache.arrow.stream')
  expect(headers['asof-set']).toBe('small@1')
  expect(trailers['asof-sha256']).toBe(createHash('sha256').update(body).digest('hex'))
  expect(tableFromIPC(body).numRows).toBe(10 * NAMES.length)
  const out = join(root, 'out.arrows')
  const dates = ['--from', formatDay(closeOf(250)), '--to', formatDay(closeOf(260))]
  const { code, out: told } = await asof(
    folder,
    'features',
    'get',
    'small',
    ...dates,
    '--why',
    '-o',
    out,
    '--json',
  )
  expect(code).toBe(0)
  expect(JSON.parse(told)).toMatchObject({
    sha256: trailers['asof-sha256'],
    rows: 10 * NAMES.length,
    set: 'small@1',
  })
  expect(readFileSync(out).equals(body)).toBe(true)
})

test('a spine is sent as a file, and no row of it is lost in silence', async () => {
  const text = `name,date,order\nANT,${formatDay(closeOf(251))},7\nBEE,${formatDay(closeOf(251))},8\n`
  const send = (name: string, body: string) =>
    server.get(`/api/v1/features/small@1?name=${name}&keep=order&features=mom_5`, {
      ...{ method: 'POST', body, headers: { 'content-type': 'application/octet-stream' } },
    })
  const reply = await send('spine.csv', text)
  const table = tableFromIPC(Buffer.from(await reply.arrayBuffer()))
  expect(table.toArray().map((row) => [row?.entity, Number(row?.time) * 1000, row?.order])).toEqual([
    ['ANT', decidedOf(251), '7'],
    ['BEE', decidedOf(251), '8'],
  ])
  const bad = await send('spine.csv', `${text}BEE,${formatDay(closeOf(251))},8\n`)
  expect(bad.status).toBe(422)
  expect(await bad.json()).toMatchObject({ error: { code: 'retrieval.spine-twice' } })
  expect((await send('spine.doc', text)).status).toBe(400)
})

test('a cell tells its story; what is not asked rightly, or by nobody, is refused', async () => {
  const time = formatMoment(decidedOf(255))
  const cell = await server.get(`/api/v1/features/small/cell?feature=mom_5&entity=ANT&time=${time}`)
  expect(await cell.json()).toMatchObject({
    status: 'PRESENT',
    eventTime: closeOf(255),
    told: { source: 'history' },
  })
  const why = await asof(folder, 'features', 'why', 'small:mom_5', 'GNU', time)
  expect(why.out).toContain('nothing was ever told of the entity')
  expect((await server.get('/api/v1/features/small')).status).toBe(400)
  expect((await server.get(`/api/v1/features/other?${QUERY}`)).status).toBe(404)
  for (const path of ['features/small', 'features/small/parts', 'training-sets/x', 'predictions/x/parts/a'])
    expect((await fetch(`${server.url}/api/v1/${path}?${QUERY}`)).status, path).toBe(401)
})
