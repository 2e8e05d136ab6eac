/** The online store on a real Redis: `TEST_REDIS` is its URL. */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openOnlineOver } from '../../serving/online/open.ts'
import { compareOnline, rebuildOnline } from '../../serving/online/rebuild.ts'
import type { OnlineStore } from '../../streams/features/online/port.ts'
import { openOnlineRedis } from '../../streams/features/online/redis/open.ts'
import { entriesOf, headAt, onlineStoreContract, SET, vector } from '../contract/online-store.contract.ts'
import type { MemoryPlatform } from '../support/memory-platform.ts'
import { refusalIn } from '../support/refusals.ts'
import { smallFolder } from '../support/small-folder.ts'
import { HISTORY_DAYS, playDays } from '../support/small-platform.ts'

const url = process.env.TEST_REDIS ?? ''
const prefix = `test-${randomUUID().slice(0, 8)}`
const opened: OnlineStore[] = []
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close()
})

let stores = 0
const settingsOf = (log: string) => ({ url, prefix, log, timeoutMillis: 2_000 })
function open(
  log = `log ${stores++}`,
  more: Partial<Parameters<typeof openOnlineRedis>[0]> = {},
): OnlineStore {
  const ready = Promise.withResolvers<void>()
  const store = openOnlineRedis({ ...settingsOf(log), writer: randomUUID(), onReady: ready.resolve, ...more })
  opened.push(store)
  // A store refuses until it is connected: here everybody waits.
  const waiting =
    <A extends unknown[], T>(work: (...asked: A) => Promise<T>) =>
    async (...asked: A): Promise<T> => {
      await ready.promise
      await new Promise((resolve) => setTimeout(resolve, 20))
      return work(...asked)
    }
  return {
    replace: waiting((...asked) => store.replace(...asked)),
    update: waiting((...asked) => store.update(...asked)),
    read: waiting((...asked) => store.read(...asked)),
    all: waiting((...asked) => store.all(...asked)),
    close: () => store.close(),
  }
}

describe.skipIf(url === '')('the online store on Redis (TEST_REDIS)', () => {
  onlineStoreContract(
    'contract',
    () => open(),
    () => open(`log ${stores - 1}`),
  )

  test('two logs share no key, and what was begun and not finished ends by itself', async () => {
    const one = open('a'.repeat(64))
    await one.replace(headAt(1), entriesOf({ AAA: vector(1, 1, 1) }), 'older')
    expect(await open('b'.repeat(64)).read(SET, ['AAA'])).toBeNull()
    const redis = new Redis(url)
    const keys = await redis.keys(`${prefix}:*${'a'.repeat(16)}*`)
    expect(keys).toEqual([`${prefix}:{${'a'.repeat(16)}:core@2}`])
    expect(await redis.ttl(keys[0])).toBe(-1)
    redis.disconnect()
  })

  test('away, or what is no answer, is refused within the time that a read may take', async () => {
    const away = openOnlineRedis({ ...settingsOf('x'), writer: 'w', url: 'redis://127.0.0.1:1' })
    opened.push(away)
    const begun = performance.now()
    expect(await refusalIn(away.read(SET, ['AAA']))).toBe('online.away')
    expect(performance.now() - begun).toBeLessThan(200)
    const redis = new Redis(url)
    await redis.hset(`${prefix}:{strange:core@2}`, 'h', '{}')
    expect(await refusalIn(open('strange').read(SET, ['AAA']))).toBe('online.away')
    redis.disconnect()
  })
})

/** Stands before Redis; while it is shut, nothing comes through, and what is open is cut. */
async function gate(): Promise<{
  url: string
  shut: () => void
  open: () => void
  hang: () => void
  /** Whoever is connected is at a server that follows another one by now. */
  demote: () => void
  /** How often somebody connected. */
  connected: () => number
  close: () => Promise<void>
}> {
  const target = new URL(url)
  let state: 'open' | 'shut' | 'hung' = 'open'
  const sockets = new Set<Socket>()
  const demoted = new Set<Socket>()
  let connections = 0
  const server = createServer((socket) => {
    connections++
    if (state === 'shut') {
      socket.destroy()
      return
    }
    const there = connect(Number(target.port), target.hostname)
    sockets.add(socket)
    socket.on('data', (data) => {
      if (demoted.has(socket) && /evalsha|hset/i.test(String(data)))
        socket.write("-READONLY You can't write against a read only replica.\r\n")
      else if (state === 'open') there.write(data)
    })
    there.on('data', (data: Buffer) => state === 'open' && socket.write(data))
    const end = () => {
      socket.destroy()
      there.destroy()
      sockets.delete(socket)
    }
    for (const one of [socket, there]) one.on('close', end).on('error', end)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    shut() {
      state = 'shut'
      for (const socket of sockets) socket.destroy()
    },
    hang() {
      state = 'hung'
    },
    demote() {
      for (const socket of sockets) demoted.add(socket)
    },
    connected: () => connections,
    open() {
      state = 'open'
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

describe.skipIf(url === '')('a platform whose features are read from Redis (TEST_REDIS)', () => {
  const root = mkdtempSync(join(tmpdir(), 'asof-redis-'))
  let platform: MemoryPlatform
  let way: Awaited<ReturnType<typeof gate>>
  let online: ReturnType<typeof openOnlineOver>
  const SMALL = { name: 'small', version: 1 }
  const log = randomUUID().replaceAll('-', '')
  const names = ['mom_5', 'mom_20', 'vol_10']
  const store = (more: Partial<Parameters<typeof openOnlineRedis>[0]> = {}) => {
    const one = openOnlineRedis({ ...settingsOf(log), writer: randomUUID(), timeoutMillis: 200, ...more })
    opened.push(one)
    return one
  }
  /** What the model would be asked with now, and where it was read. */
  const asked = async () => {
    const entities = platform.store.entriesOf(SMALL, platform.moment.nowMicros()).keys()
    const of = { entities: [...entities], moment: platform.moment.nowMicros() }
    const answer = await online.platform.store.lookup(SMALL, names, of)
    expect(answer.rows).toEqual((await platform.store.lookup(SMALL, names, of)).rows)
    return answer.source
  }
  const inRedis = { place: 'redis', why: null }
  const archive = () => ({ log: platform.log, chunks: platform.chunks, confirmed: platform.confirmed })
  let day = HISTORY_DAYS + 2

  beforeAll(async () => {
    platform = await smallFolder(join(root, 'data'), 2)
    way = await gate()
    online = openOnlineOver(platform, (onReady) =>
      openOnlineRedis({ ...settingsOf(log), url: way.url, timeoutMillis: 200, writer: 'platform', onReady }),
    )
  }, 120_000)
  afterAll(async () => {
    await online.close()
    await way.close()
    await platform.close()
    rmSync(root, { recursive: true, force: true })
  })

  test('after each arrival Redis is at its position, and answers with the same bits', async () => {
    await expect.poll(asked, { timeout: 10_000 }).toEqual(inRedis)
    for (let i = 0; i < 3; i++) {
      await playDays(platform, day, ++day)
      await expect.poll(asked, { timeout: 10_000 }).toEqual(inRedis)
    }
    const other = store()
    await expect.poll(() => refusalIn(other.read(SMALL, []))).toBe('nothing was refused')
    const [compared] = await compareOnline(archive(), other, platform.moment.nowMicros())
    expect(compared).toMatchObject({ position: compared.newest, digest: compared.expected, differing: [] })
    expect(compared.entities).toBeGreaterThan(3)
  })

  test('away, the process answers and says so; when it is back, what came meanwhile is there', async () => {
    way.shut()
    await expect.poll(asked).toEqual({ place: 'process', why: 'away' })
    await playDays(platform, day, ++day)
    expect(await asked()).toEqual({ place: 'process', why: 'away' })
    way.open()
    await expect.poll(asked, { timeout: 10_000 }).toEqual(inRedis)
  })

  test('one that hangs costs a read its time once, and not each of them', async () => {
    way.hang()
    const begun = performance.now()
    for (let i = 0; i < 20; i++) expect(await asked()).toEqual({ place: 'process', why: 'away' })
    expect(performance.now() - begun).toBeLessThan(900)
    way.shut()
    way.open()
    await expect.poll(asked, { timeout: 10_000 }).toEqual(inRedis)
  })

  test('after a fail-over nobody stays with the server that was: values are written, and read, where its address leads now', async () => {
    const before = way.connected()
    way.demote()
    await playDays(platform, day, ++day)
    await expect.poll(asked, { timeout: 10_000 }).toEqual(inRedis)
    expect(way.connected()).toBeGreaterThanOrEqual(before + 2)
  })

  test('emptied while nobody looked, it is written again as soon as the next values come, and until then the process answers', async () => {
    const redis = new Redis(url)
    for (const key of await redis.keys(`${prefix}:*${log.slice(0, 16)}*`)) await redis.del(key)
    redis.disconnect()
    expect(await asked()).toEqual({ place: 'process', why: 'behind' })
    await playDays(platform, day, ++day)
    await expect.poll(asked, { timeout: 10_000 }).toEqual(inRedis)
  })

  test('a value that somebody changed there is not served here, is named, and is put right from the log', async () => {
    const other = store()
    await expect.poll(() => refusalIn(other.read(SMALL, []))).toBe('nothing was refused')
    const there = await other.all(SMALL)
    if (there === null) throw new Error('nothing is there')
    const [[entity, bytes]] = there.entries
    const forged = Uint8Array.from(bytes)
    forged[forged.length - 3] ^= 1
    await other.replace(there.head, new Map([...there.entries, [entity, forged]]), 'any')
    expect(await asked()).toEqual({ place: 'process', why: 'differs' })
    const now = platform.moment.nowMicros()
    expect((await compareOnline(archive(), other, now))[0]?.differing).toEqual([entity])
    await rebuildOnline(archive(), other, now)
    expect(await asked()).toEqual(inRedis)
    expect((await compareOnline(archive(), other, now))[0]?.differing).toEqual([])
  })

  test('what a log that went on otherwise left there gives way to the log that is', async () => {
    const other = store()
    await expect.poll(() => refusalIn(other.read(SMALL, []))).toBe('nothing was refused')
    const there = await other.all(SMALL)
    if (there === null) throw new Error('nothing is there')
    await other.replace(
      { ...there.head, position: there.head.position + 500, event: 'another' },
      there.entries,
      'any',
    )
    expect(await asked()).toEqual({ place: 'process', why: 'behind' })
    way.shut()
    await new Promise((resolve) => setTimeout(resolve, 50))
    way.open()
    await expect.poll(asked, { timeout: 15_000 }).toEqual(inRedis)
  })
})
