/** Chunks in a bucket: durable when the bucket has them, checked when they are read, kept by Object Lock, and cached within a limit. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { sha256 } from '../../schemas/kernel/canonical.ts'
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import { ChunkCache } from '../../streams/log/chunks/cache.ts'
import { openChunkBucket } from '../../streams/log/chunks/s3/open.ts'
import type { Retention } from '../../streams/log/chunks/s3/retention.ts'
import { chunkStoreContract, textBytes } from '../contract/chunks.contract.ts'
import { refusalIn } from '../support/refusals.ts'
import { type S3Server, s3Server } from '../support/s3-server.ts'

const root = mkdtempSync(join(tmpdir(), 'asof-bucket-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const DAY_ONE = Date.UTC(2026, 0, 1) * 1000
let now = DAY_ONE
const clock = { nowMicros: () => now }
let server: S3Server
let warned: string[]
beforeEach(async () => {
  now = DAY_ONE
  warned = []
  server = await s3Server('chunks')
})
afterEach(() => server.close())

type More = Readonly<{
  cache?: ChunkCache
  retention?: Retention
  prefix?: string
  waitMillis?: number
  bucket?: string
  credentials?: undefined
}>

const open = ({ cache, waitMillis = 50, ...more }: More = {}) =>
  openChunkBucket({
    ...{
      bucket: 'chunks',
      prefix: 'desk/',
      region: 'us-east-1',
      endpoint: server.endpoint,
      pathStyle: true,
      clock,
    },
    credentials: { accessKeyId: 'test', secretAccessKey: 'testtesttest' },
    ...more,
    cache: cache ?? null,
    patience: { waitMillis, onWaiting: (problem) => warned.push(problem) },
    onRecovered: (hash, at) => warned.push(`${hash} ${at}`),
  })
const cacheOf = (name: string, mostBytes = 1 << 20) =>
  new ChunkCache({ folder: join(root, name), mostBytes, clock })

chunkStoreContract(
  'bucket',
  () => open(),
  () => open(),
)
let caches = 0
chunkStoreContract(
  'bucket with a cache',
  () => open({ cache: cacheOf(`cache-${caches++}`) }),
  () => open(),
)

describe('durable', () => {
  test('sync waits until the bucket has it, and a reader elsewhere finds it by its key', async () => {
    const chunks = open()
    const hash = await chunks.put(textBytes('{}'), 'json')
    await chunks.sync()
    const key = `desk/${hash.slice(0, 2)}/${hash.slice(2)}.json`
    expect(server.objects.get(key)?.at(-1)?.bytes?.toString()).toBe('{}')
    expect(Buffer.from(await open().get(hash)).toString()).toBe('{}')
  })

  test('a bucket that is away is waited for, and nothing is called durable meanwhile', async () => {
    const chunks = open({ waitMillis: 60_000 })
    server.answers = () => 503
    const hash = await chunks.put(textBytes('an arrival'), 'arrow')
    let done = false
    const synced = chunks.sync().then(() => {
      done = true
    })
    await expect.poll(() => warned.length, { timeout: 5_000 }).toBe(1)
    expect([done, server.objects.size]).toEqual([false, 0])
    server.answers = null
    await synced
    expect(Buffer.from(await open().get(hash)).toString()).toBe('an arrival')
  })

  test('away for too long it is refused; what was put stays at hand, and the next sync brings it', async () => {
    const chunks = open()
    server.answers = () => 0
    const hash = await chunks.put(textBytes('an arrival'), 'arrow')
    expect(await refusalIn(chunks.sync())).toBe('chunk.store-away')
    expect(Buffer.from(await chunks.get(hash)).toString()).toBe('an arrival')
    expect(await refusalIn(open().get(hash))).toBe('chunk.store-away')
    server.answers = null
    await chunks.sync()
    expect(Buffer.from(await open().get(hash)).toString()).toBe('an arrival')
  }, 20_000)

  test('what waiting does not mend is refused at once: no rights, no such bucket', async () => {
    const chunks = open({ waitMillis: 60_000 })
    server.answers = () => 403
    await chunks.put(textBytes('an arrival'), 'arrow')
    expect(await refusalIn(chunks.sync())).toBe('chunk.store-refused')
    server.answers = null
    expect(await refusalIn(open({ bucket: 'another' }).assertFit())).toBe('chunk.store-refused')
    expect(await refusalIn(open({ bucket: 'another' }).get(sha256('x')))).toBe('chunk.store-refused')
  })

  test('credentials that expired are asked for anew, and what a server does not know how to do is not waited for', async () => {
    vi.stubEnv('AWS_SESSION_TOKEN', 'told')
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'testtesttest')
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'OLD')
    const chunks = open({ waitMillis: 60_000, credentials: undefined })
    server.answers = ({ headers }) =>
      String(headers.authorization).includes('Credential=OLD/')
        ? [400, '<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>']
        : null
    const hash = await chunks.put(textBytes('an arrival'), 'arrow')
    const synced = chunks.sync()
    await expect.poll(() => warned.join(), { timeout: 5_000 }).toContain('token has expired')
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'NEW')
    await synced
    expect(Buffer.from(await chunks.get(hash)).toString()).toBe('an arrival')
    server.answers = () => [501, '<Error><Code>NotImplemented</Code></Error>']
    expect(await refusalIn(open({ waitMillis: 60_000 }).get(hash))).toBe('chunk.store-refused')
    vi.unstubAllEnvs()
  }, 20_000)

  test('what is there already is not written again; other bytes in its place are written over', async () => {
    const hash = await open().put(textBytes('content'), 'json')
    const chunks = open()
    await chunks.put(textBytes('content'), 'json')
    await chunks.sync()
    const [[key, versions]] = server.objects
    versions.push({ id: 'forged', bytes: Buffer.from('CONTENT') })
    expect(await refusalIn(open().get(hash))).toBe('chunk.damaged')
    const healing = open()
    await healing.put(textBytes('content'), 'json')
    await healing.sync()
    expect(server.objects.get(key)?.at(-1)?.bytes?.toString()).toBe('content')
  })
})

describe('read', () => {
  test('a chunk that another process deleted is named, with where it should be', async () => {
    const chunks = open()
    const hash = await chunks.put(textBytes('gone'), 'onnx')
    await chunks.sync()
    server.objects.clear()
    const path = `s3://chunks/desk/${hash.slice(0, 2)}/${hash.slice(2)}.arrow`
    await expect(chunks.get(hash)).rejects.toMatchObject({
      fault: { code: 'chunk.missing', detail: { hash, path } },
    })
    expect(await chunks.has(hash)).toBe(false)
  })

  test('an answer that was cut on its way is asked for once more, and a list that breaks off is no list', async () => {
    const hash = await open().put(textBytes('content'), 'json')
    const chunks = open()
    await chunks.put(textBytes('content'), 'arrow')
    await chunks.sync()
    let cut = 1
    server.answers = ({ method }) => (method === 'GET' && cut-- > 0 ? [200, 'cont'] : null)
    expect(Buffer.from(await open().get(hash)).toString()).toBe('content')
    cut = 2
    expect(await refusalIn(open().get(hash))).toBe('chunk.damaged')
    const contents = `<IsTruncated>true</IsTruncated><Contents><Key>desk/${hash.slice(0, 2)}/${hash.slice(2)}.arrow</Key></Contents>`
    const token = '<NextContinuationToken>again</NextContinuationToken>'
    for (const page of [contents, token + contents]) {
      server.answers = () => [200, `<?xml version="1.0"?><ListBucketResult>${page}</ListBucketResult>`]
      expect(await refusalIn(Array.fromAsync(open().list()))).toBe('chunk.store-refused')
    }
  })

  test('keys that are no chunks are passed over', async () => {
    server.objects.set('desk/notes.txt', [{ id: '1', bytes: Buffer.from('x') }])
    server.objects.set(`desk/ab/${'c'.repeat(62)}.arrow.tmp`, [{ id: '1', bytes: Buffer.from('x') }])
    server.objects.set(`other/ab/${'c'.repeat(62)}.arrow`, [{ id: '1', bytes: Buffer.from('x') }])
    const listed: string[] = []
    for await (const hash of open().list()) listed.push(hash)
    expect(listed).toEqual([])
  })
})

describe('Object Lock', () => {
  const retention: Retention = { mode: 'COMPLIANCE', days: 10 }
  const locked = async (lock: Parameters<typeof s3Server>[1]) => {
    await server.close()
    server = await s3Server('chunks', lock)
  }

  test('a bucket without it is refused at the start, and so is less than the bucket gives by itself', async () => {
    expect(await refusalIn(open({ retention }).assertFit())).toBe('chunk.no-object-lock')
    await locked({ mode: 'GOVERNANCE', days: 30 })
    expect(await refusalIn(open({ retention }).assertFit())).toBe('chunk.weaker-retention')
    await locked({ mode: 'COMPLIANCE', days: 5 })
    expect(await refusalIn(open({ retention: { mode: 'GOVERNANCE', days: 10 } }).assertFit())).toBe(
      'chunk.weaker-retention',
    )
    await open({ retention }).assertFit()
  })

  test('each chunk is kept for so long after it was last put', async () => {
    await locked({})
    const chunks = open({ retention })
    const put = async () => {
      await chunks.put(textBytes('kept'), 'json')
      await chunks.sync()
      const [[, [first, second]]] = server.objects
      return [first.mode, first.until && (Date.parse(first.until) * 1000 - DAY_ONE) / MICROS_PER_DAY, second]
    }
    expect(await put()).toEqual(['COMPLIANCE', 10, undefined])
    now += 3 * MICROS_PER_DAY
    expect(await put()).toEqual(['COMPLIANCE', 13, undefined])
    expect(server.asked.filter((one) => one.startsWith('PUT'))).toHaveLength(3)
  })

  test('what was deleted or written over is read from the version that is kept, and said', async () => {
    await locked({})
    const chunks = open({ retention })
    const hash = await chunks.put(textBytes('kept'), 'json')
    await chunks.sync()
    const [[key, versions]] = server.objects
    versions.push({ id: 'marker', bytes: null })
    expect(Buffer.from(await chunks.get(hash)).toString()).toBe('kept')
    versions.push({ id: 'forged', bytes: Buffer.from('KEPT') })
    expect(Buffer.from(await chunks.get(hash)).toString()).toBe('kept')
    expect(warned).toEqual([
      `${hash} s3://chunks/desk/${hash.slice(0, 2)}/${hash.slice(2)}.arrow`,
      `${hash} s3://chunks/${key}`,
    ])
  })
})

describe('the cache', () => {
  const bytesIn = (name: string) =>
    readdirSync(join(root, name), { recursive: true, encoding: 'utf8' })
      .map((path) => statSync(join(root, name, path)))
      .reduce((sum, stats) => sum + (stats.isFile() ? stats.size : 0), 0)

  test('a chunk that was put or read is not fetched; a damaged file is, and is put right', async () => {
    const chunks = open({ cache: cacheOf('hits') })
    const hash = await chunks.put(textBytes('content'), 'json')
    await chunks.sync()
    const gets = () => server.asked.filter((one) => one.startsWith('GET')).length
    await chunks.get(hash)
    expect(gets()).toBe(0)
    const path = join(root, 'hits', hash.slice(0, 2), hash.slice(2))
    writeFileSync(path, 'CONTENT')
    expect(Buffer.from(await chunks.get(hash)).toString()).toBe('content')
    expect(gets()).toBeGreaterThan(0)
    expect(readFileSync(path, 'utf8')).toBe('content')
  })

  test('it keeps its limit, and what was used last', async () => {
    const most = 64_000
    const chunks = open({ cache: cacheOf('limit', most) })
    const contents = Array.from({ length: 100 }, (_, i) => Buffer.alloc(1_000 + i, i))
    const hashes: string[] = []
    for (const content of contents) {
      now += 1_000_000
      hashes.push(await chunks.put(content, 'file'))
      await chunks.sync()
      await chunks.get(hashes[0])
    }
    expect(bytesIn('limit')).toBeLessThanOrEqual(most * (1 + 1 / 8))
    expect(bytesIn('limit')).toBeGreaterThan(most / 2)
    const before = server.asked.length
    await chunks.get(hashes[99])
    await chunks.get(hashes[0])
    expect(server.asked.length).toBe(before)
    for (const [i, hash] of hashes.entries())
      expect(Buffer.compare(await chunks.get(hash), contents[i])).toBe(0)
  })

  test('a folder that cannot be written keeps nothing, and everything goes on', async () => {
    writeFileSync(join(root, 'a-file'), '')
    const problems: string[] = []
    const cache = new ChunkCache({
      folder: join(root, 'a-file'),
      mostBytes: 1000,
      clock,
      onProblem: (one) => problems.push(one),
    })
    const chunks = open({ cache })
    for (const text of ['one', 'two']) {
      const hash = await chunks.put(textBytes(text), 'json')
      await chunks.sync()
      expect(Buffer.from(await chunks.get(hash)).toString()).toBe(text)
    }
    expect(problems).toHaveLength(1)
  })
})
