/** Lineage has one answer, at every door: the command line beside a server and without one, and HTTP. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isEvent } from '../../schemas/event.ts'
import { PredictionMade } from '../../schemas/events/prediction.ts'
import { identityIn } from '../../serving/sealing.ts'
import { served } from '../support/admitted.ts'
import { asof } from '../support/cli.ts'
import { eventsOf, type MemoryPlatform } from '../support/memory-platform.ts'
import { smallFolder } from '../support/small-folder.ts'

const folder = mkdtempSync(join(tmpdir(), 'asof-lineage-'))
let platform: MemoryPlatform
let position: number

beforeAll(async () => {
  platform = await smallFolder(folder, 3)
  const events = await eventsOf(platform.log)
  const last = events.findLast((event) => isEvent(PredictionMade, event))
  position = last?.position ?? 0
}, 60_000)
afterAll(async () => {
  await platform.close()
  rmSync(folder, { recursive: true, force: true })
})

test('the same bytes by HTTP, beside the server and without it', async () => {
  const order = `${identityIn(platform.folder)}/small/${position}/CAT`
  const questions: readonly [string, string, readonly string[]][] = [
    ['up', 'small-h3-momentum', ['--depth', '4']],
    ['down', 'small-h3', ['--down', '--depth', '4', '--at', String(position - 1)]],
    ['up', order, ['--depth', '3']],
  ]
  const server = await served(platform)
  try {
    for (const [direction, thing, options] of questions) {
      const depth = options[options.indexOf('--depth') + 1]
      const at = options.includes('--at') ? `&at=${position - 1}` : ''
      const path = `/api/v1/views/lineage/${direction}?thing=${encodeURIComponent(thing)}&depth=${depth}${at}`
      const reply = await server.get(path)
      expect(reply.status).toBe(200)
      const beside = await asof(folder, 'lineage', thing, ...options, '--json')
      expect(JSON.parse(beside.out)).toEqual(await reply.json())
    }
    expect((await server.get('/api/v1/views/lineage')).status).toBe(200)
    const refused = await server.get('/api/v1/views/lineage/impact?thing=small-h3')
    expect([refused.status, ((await refused.json()) as { error: { code: string } }).error.code]).toEqual([
      422,
      'lineage.no-correction',
    ])
    expect((await server.get('/api/v1/views/lineage/up?thing=small-h3&depth=0')).status).toBe(400)
    expect((await server.get('/api/v1/views/lineage/up?depth=2')).status).toBe(400)
    expect((await fetch(`${server.url}/api/v1/views/lineage/up?thing=small-h3`)).status).toBe(401)
  } finally {
    await server.close()
  }
  for (const [, thing, options] of questions) {
    const { out, code } = await asof(folder, 'lineage', thing, ...options)
    expect(code).toBe(0)
    expect(out.split('\n')[0]).toContain(`${thing} `)
  }
})

test('an order of another log is refused, and a depth that cannot be followed', async () => {
  const { code, err } = await asof(folder, 'lineage', `${'ab'.repeat(32)}/small/${position}/CAT`)
  expect(code).toBe(1)
  expect(err).toMatch(/is of log abab.*and this is log/)
  expect((await asof(folder, 'lineage', 'small-h3', '--depth', '1e9')).err).toMatch(/from 1 to 64/)
  expect((await asof(folder, 'lineage', 'small-h3', '--up', '--down')).code).toBe(2)
})
