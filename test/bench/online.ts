/**
 * Vectors of features read by entity from Redis on loopback, beside bare ioredis that gets the same bytes, and beside Feast's store on the same
 * Redis where there is a Python; and an arrival published. Rounds take turns, so that what else the machine does counts for all.
 */
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Redis } from 'ioredis'
import { readOnline } from '../../serving/online/reader.ts'
import { packed } from '../../streams/features/online/entry.ts'
import type { OnlineStore, SetHead } from '../../streams/features/online/port.ts'
import { openOnlineRedis } from '../../streams/features/online/redis/open.ts'
import { quantileOf } from '../../streams/statistics/quantile.ts'
import { freePorts } from '../servers/daemon.ts'
import { FEAST, installPython, pythonMissing } from '../servers/python.ts'
import { redisMissing, startRedis, stopRedis } from '../servers/redis.ts'

const NAMES = 3_000
const FEATURES = 20
const COUNTS = [1, 20]
/** In each round, of which the first is not counted. */
const READS = 600
const FEAST_READS = 100
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
  const feast = await openFeast(port)
  try {
    await ready.promise
    return await measured(bare, online, feast)
  } finally {
    feast?.close()
    bare.disconnect()
    await online.close()
    await stopRedis(port)
  }
}

async function measured(bare: Redis, online: OnlineStore, feast: Feast | null): Promise<readonly Row[]> {
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
  const timed =
    (read: (i: number) => Promise<unknown>) =>
    async (reads: number): Promise<readonly number[]> => {
      const millis: number[] = []
      for (let i = 0; i < reads; i++) {
        const begun = performance.now()
        await read(i)
        millis.push(performance.now() - begun)
      }
      return millis
    }
  const ours = (count: number) =>
    timed((i) => readOnline(online, SET, { entities: some(i, count), moment: MOMENT }))
  const ways = COUNTS.map((count) => ({
    count,
    bare: timed((i) => bare.mgetBuffer(some(i, count).map((name) => `bare:${name}`))),
    asof: ours(count),
    feast: feast === null ? null : (reads: number) => feast.times(count, reads),
  }))
  const rows: Row[] = []
  for (const { count, ...of } of ways) {
    const millis = { bare: [] as number[], asof: [] as number[], feast: [] as number[] }
    for (let round = 0; round <= ROUNDS; round++)
      for (const who of ['bare', 'asof', 'feast'] as const) {
        const told = (await of[who]?.(who === 'feast' ? FEAST_READS : READS)) ?? []
        // The first round is for whatever is compiled.
        if (round > 0) millis[who].push(...told)
      }
    const own = quantiles(millis.asof)
    const what = `${count} ${count === 1 ? 'entity' : 'entities'}`
    rows.push(
      { way: `ioredis MGET, ${what}, not unpacked`, ...quantiles(millis.bare), ...beside(own, millis.bare) },
      { way: `Asof, ${what}`, ...own, 'over Asof': 1 },
    )
    if (feast !== null)
      rows.push({
        way: `Feast 0.67.0, its Redis store, ${what}`,
        ...{ ...quantiles(millis.feast), ...beside(own, millis.feast) },
      })
  }
  const updates: number[] = []
  for (let position = 2; position < 22; position++) {
    const begun = performance.now()
    await online.update(headAt(position), position - 1, told(position))
    updates.push(performance.now() - begun)
  }
  return [...rows, { way: `an arrival of ${NAMES} entities, packed and published`, ...quantiles(updates) }]
}

type Feast = Readonly<{
  times: (count: number, reads: number) => Promise<readonly number[]>
  close: () => void
}>

/** Feast's own store with as many features of as many names, in a process of its own; null where it cannot be had. */
async function openFeast(port: number): Promise<Feast | null> {
  try {
    const missing = pythonMissing()
    if (missing !== null) throw new Error(missing)
    const script = join(import.meta.dirname, 'peers', 'feast_redis.py')
    const args = [script, ...[port, NAMES, FEATURES].map(String)]
    const child = spawn(installPython('feast', FEAST), args, { stdio: ['pipe', 'pipe', 'ignore'] })
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const told = async (): Promise<string> => {
      const { value, done } = await lines.next()
      if (done === true) throw new Error('it ended')
      return value
    }
    for (let line = ''; line !== 'ready'; ) line = await told()
    return {
      async times(count, reads) {
        child.stdin.write(`${count} ${reads}\n`)
        return JSON.parse(await told()) as number[]
      },
      close: () => child.kill(),
    }
  } catch (error) {
    console.log(`\nFeast is left out: ${String(error).split('\n')[0]}`)
    return null
  }
}

/** How many times as long as ours. */
const beside = (own: Row, millis: readonly number[]): Row => ({
  'over Asof': Number(quantiles(millis).p50ms) / Number(own.p50ms),
})

const quantiles = (millis: readonly number[]): Row => {
  const sorted = Float64Array.from(millis)
  return { times: sorted.length, p50ms: quantileOf(sorted, 0.5), p99ms: quantileOf(sorted, 0.99) }
}
