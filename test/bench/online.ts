/**
 * Vectors of features read by entity from Redis on loopback, beside bare ioredis that gets the same bytes, and beside Feast's store on the same
 * Redis where there is a Python; and an arrival published. Our rounds take turns, so that what else the machine does counts for all.
 */
import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { readOnline } from '../../serving/online/reader.ts'
import { packed } from '../../streams/features/online/entry.ts'
import type { OnlineStore, SetHead } from '../../streams/features/online/port.ts'
import { openOnlineRedis } from '../../streams/features/online/redis/open.ts'
import { quantileOf } from '../../streams/statistics/quantile.ts'
import { freePorts } from '../servers/daemon.ts'
import { installPython, pythonMissing } from '../servers/python.ts'
import { redisMissing, startRedis, stopRedis } from '../servers/redis.ts'

const NAMES = 3_000
const FEATURES = 20
const READS = 3_000
const ROUNDS = 5
const SET = { name: 'bench', version: 1 }
const MOMENT = 1_000_000

type Row = Readonly<Record<string, string | number>>

/** @returns null where no Redis can be run here */
export async function benchOnline(): Promise<readonly Row[] | null> {
  const missing = redisMissing()
  if (missing !== null) {
    console.log(`\nonline: skipped, ${missing}`)
    return null
  }
  const port = await freePorts(1)
  const url = await startRedis(port)
  const bare = new Redis(url)
  const ready = Promise.withResolvers<void>()
  const online = openOnlineRedis({
    ...{
      url,
      prefix: 'bench',
      log: randomUUID(),
      writer: 'bench',
      timeoutMillis: 1_000,
      onReady: ready.resolve,
    },
  })
  try {
    await ready.promise
    return [...(await measured(bare, online)), ...feastRows(port)]
  } finally {
    bare.disconnect()
    await online.close()
    await stopRedis(port)
  }
}

async function measured(bare: Redis, online: OnlineStore): Promise<readonly Row[]> {
  const names = Array.from({ length: NAMES }, (_, i) => `NAME${i}`)
  const features = Array.from({ length: FEATURES }, (_, i) => `feature_${i}`)
  const told = (position: number) =>
    new Map(
      names.map((name, i) => [
        name,
        packed([
          {
            eventTime: MOMENT - 1,
            knownAt: MOMENT,
            position,
            values: features.map((_, j) => position + i * j),
          },
        ]),
      ]),
    )
  const headAt = (position: number): SetHead => ({
    ...{ set: 'bench', version: 1, hash: 'a'.repeat(64), features, stalenessMicros: 1_000 },
    ...{ position, event: `event ${position}` },
  })
  await online.replace(headAt(1), told(1), 'any')
  for (const [name, bytes] of told(1)) await bare.set(`bare:${name}`, Buffer.from(bytes))
  const some = (i: number, count: number) =>
    Array.from({ length: count }, (_, j) => names[(i * 7 + j * 13) % NAMES])
  const ways: Readonly<Record<string, Readonly<{ count: number; read: (i: number) => Promise<unknown> }>>> = {
    'ioredis GET, 1 vector, not unpacked': { count: 1, read: (i) => bare.getBuffer(`bare:${some(i, 1)[0]}`) },
    'online, 1 entity': {
      count: 1,
      read: (i) => readOnline(online, SET, { entities: some(i, 1), moment: MOMENT }),
    },
    'ioredis MGET, 20 vectors, not unpacked': {
      count: 20,
      read: (i) => bare.mgetBuffer(some(i, 20).map((name) => `bare:${name}`)),
    },
    'online, 20 entities': {
      count: 20,
      read: (i) => readOnline(online, SET, { entities: some(i, 20), moment: MOMENT }),
    },
  }
  const millis = new Map<string, number[]>(Object.keys(ways).map((name) => [name, []]))
  for (let round = 0; round <= ROUNDS; round++)
    for (const [name, { read }] of Object.entries(ways))
      for (let i = 0; i < READS / ROUNDS; i++) {
        const begun = performance.now()
        await read(i)
        // The first round is for whatever is compiled.
        if (round > 0) millis.get(name)?.push(performance.now() - begun)
      }
  const rows: Row[] = [...millis].map(([way, all]) => ({ way, ...quantiles(all) }))
  const updates: number[] = []
  for (let position = 2; position < 22; position++) {
    const begun = performance.now()
    await online.update(headAt(position), position - 1, told(position))
    updates.push(performance.now() - begun)
  }
  return [...rows, { way: `an arrival of ${NAMES} entities, packed and published`, ...quantiles(updates) }]
}

const FEAST = ['feast[redis]==0.67.0']
const FEAST_READS = 500

/** Feast's own store, asked for as many features of as many names; nothing where it cannot be had. */
function feastRows(port: number): readonly Row[] {
  const missing = pythonMissing()
  try {
    if (missing !== null) throw new Error(missing)
    const script = join(import.meta.dirname, 'peers', 'feast_redis.py')
    const told = execFileSync(
      installPython('feast', FEAST),
      [script, ...[port, NAMES, FEATURES, FEAST_READS].map(String)],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    )
    const found = JSON.parse(told.trim().split('\n').at(-1) ?? '') as Readonly<
      Record<string, readonly number[]>
    >
    return Object.entries(found).map(([count, millis]) => ({
      ...{ way: `Feast 0.67.0, its Redis store, ${count} ${count === '1' ? 'entity' : 'entities'}` },
      ...quantiles(millis),
    }))
  } catch (error) {
    console.log(`\nFeast is left out: ${String(error).split('\n')[0]}`)
    return []
  }
}

const quantiles = (millis: readonly number[]): Row => {
  const sorted = Float64Array.from(millis)
  return { times: sorted.length, p50ms: quantileOf(sorted, 0.5), p99ms: quantileOf(sorted, 0.99) }
}
