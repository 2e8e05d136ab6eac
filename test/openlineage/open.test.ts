/** A lineage server is told each event once it is confirmed, in order; one that is away is told later, and a refusal holds nothing up. */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { openlineageConfig } from '../../serving/openlineage/config.ts'
import { Emitter } from '../../serving/openlineage/emitter.ts'
import { namespaceOf, openLineageOut } from '../../serving/openlineage/open.ts'
import type { RunEvent } from '../../serving/openlineage/run-event.ts'
import { eventsOf, type MemoryPlatform } from '../support/memory-platform.ts'
import { judgedPlatform } from '../support/small-platform.ts'

const IDENTITY = 'f'.repeat(64)
const TOKEN = 'a-token'

const root = mkdtempSync(join(tmpdir(), 'asof-openlineage-'))
let platform: MemoryPlatform
let whole: readonly RunEvent[]
/** A lineage server that answers as it is told, and what it took. */
let answers: (taken: number) => number = () => 201
let taken: RunEvent[] = []
let shown: (string | undefined)[] = []
const server = createServer(async (request, response) => {
  const event = (await json(request)) as RunEvent
  const status = answers(taken.length)
  if (status < 300) taken.push(event)
  shown.push(request.headers.authorization)
  response.writeHead(status).end()
})

beforeAll(async () => {
  platform = await judgedPlatform()
  const emitter = new Emitter(namespaceOf(IDENTITY))
  whole = (await eventsOf(platform.log)).flatMap((event) => emitter.take(event))
  await once(server.listen(0, '127.0.0.1'), 'listening')
})
afterEach(() => {
  answers = () => 201
  taken = []
  shown = []
})
afterAll(() => {
  server.close()
  rmSync(root, { recursive: true, force: true })
})

function opened(folder: string, confirmed = Number.POSITIVE_INFINITY) {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/lineage`
  const config = openlineageConfig.parse({ url, tokenVariable: 'LINEAGE_TOKEN', everySeconds: 1 })
  const sources = {
    folder: { root: join(root, folder) },
    log: { readAll: platform.log.readAll.bind(platform.log), seal: { identity: IDENTITY } },
    confirmed: async () => Math.min(confirmed, (await platform.log.head()).position),
  }
  return openLineageOut(sources, config, { LINEAGE_TOKEN: TOKEN })
}
const until = (isSo: () => boolean) => vi.waitFor(() => expect(isSo()).toBe(true), { timeout: 10_000 })

test('everything, in order, once, with the token; and after a start what is new alone', async () => {
  const half = Math.floor((await platform.log.head()).position / 2)
  const first = opened('whole', half)
  await until(() => first.status().position === half)
  await first.close()
  const before = taken.length
  expect(taken).toEqual(whole.slice(0, before))
  expect(before).toBeGreaterThan(0)
  expect(before).toBeLessThan(whole.length)
  const second = opened('whole')
  await until(() => second.status().position > half)
  await second.close()
  expect(taken).toEqual(whole)
  expect(new Set(shown)).toEqual(new Set([`Bearer ${TOKEN}`]))
  const third = opened('whole')
  await until(() => third.status().position > half)
  await third.close()
  expect(taken).toEqual(whole)
})

test('a server that is away is asked again, and nothing is left out', async () => {
  let failures = 1
  answers = (count) => (count === 7 && failures-- > 0 ? 503 : 201)
  const out = opened('away')
  await until(() => out.status().position > 0)
  await out.close()
  // The event at which it failed is told from its beginning.
  expect([...new Map(taken.map((one) => [JSON.stringify(one), one])).values()]).toEqual(whole)
  expect(taken.length - whole.length).toBeLessThanOrEqual(1)
})

test('what it will never take is left out, and what follows is told', async () => {
  let refusals = 0
  answers = (count) => (count === 4 && refusals++ === 0 ? 422 : 201)
  const out = opened('refused')
  await until(() => out.status().position > 0)
  await out.close()
  expect(taken).toEqual(whole.filter((_, at) => at !== 4))
})

test('an address with a password, and two tokens, are refused', () => {
  const refused = (config: object) => openlineageConfig.safeParse({ url: 'http://a/b', ...config }).success
  expect([refused({ url: 'http://u:p@a/b' }), refused({ tokenFile: 'a', tokenVariable: 'B' })]).toEqual([
    false,
    false,
  ])
  expect([refused({ namespace: 'plain' }), refused({ namespace: 'asof://prod' })]).toEqual([false, true])
})
