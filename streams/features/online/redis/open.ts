/** The online store in Redis: for each set one hash, which holds its head and, by entity, one packed vector. */
import { Redis, type RedisOptions, type Result } from 'ioredis'
import { z } from 'zod'
import { refuse } from '../../../../schemas/kernel/fault.ts'
import type { Entries, OnlineStore, SetHead, SetKey, Written } from '../port.ts'
import { ENTITY, HEAD, POSITION, REPLACE, UPDATE } from './scripts.ts'

export type RedisOnlineOptions = Readonly<{
  /** `redis://host:port/number`, or `rediss://`. */
  url: string
  /** Before the name of every key. */
  prefix: string
  /** The log's: two logs share no key. */
  log: string
  /** What no other process calls itself. */
  writer: string
  /** A read that takes longer is refused. */
  timeoutMillis: number
  user?: string | undefined
  password?: string | undefined
  ca?: string | undefined
  /** Told when Redis can be reached, first and again. */
  onReady?: () => void
}>

declare module 'ioredis' {
  interface RedisCommander<Context> {
    updateSet(key: string, ...args: (string | Buffer)[]): Result<Written, Context>
    replaceSet(
      key: string,
      next: string,
      position: string,
      over: string,
    ): Result<Exclude<Written, 'gap'>, Context>
  }
}

/** Whoever writes may wait for it. */
const WRITE_MILLIS = 30_000
const FIELDS_AT_ONCE = 500
/** More are written beside what is there, in parts, and put in its place. */
const MOST_UPDATED = 20_000
/** What was begun and not finished is gone after that. */
const UNFINISHED_SECONDS = 600
const MOST_PAUSE_MILLIS = 2_000

const headSchema = z.object({
  set: z.string(),
  version: z.int(),
  hash: z.string(),
  features: z.array(z.string()),
  stalenessMicros: z.number(),
  position: z.int(),
  event: z.string(),
})

/** It does not wait for Redis: until that can be reached, everything is refused. */
export function openOnlineRedis(options: RedisOnlineOptions): OnlineStore {
  const { prefix, log, writer, timeoutMillis } = options
  const reading = connection(options, timeoutMillis)
  const writing = connection(options, WRITE_MILLIS, () => reading.disconnect(true))
  for (const [one, other] of [
    [reading, writing],
    [writing, reading],
  ])
    one.on('ready', () => other.status === 'ready' && options.onReady?.())
  let replaced = 0
  let problem = 'it is not connected yet'
  for (const one of [reading, writing]) {
    // What ends a connection is told before its end: a certificate of another authority, a port that nobody listens on.
    let why: string | null = null
    one.on('error', (error: Error) => {
      why = error.message
    })
    one.on('close', () => {
      problem = why ?? 'its connection was closed'
      why = null
    })
  }
  // What is in braces decides where it lies in a cluster: a set, and what comes into its place, are at one node.
  const keyOf = ({ name, version }: SetKey) => `${prefix}:{${log.slice(0, 16)}:${name}@${version}}`
  const keyOfHead = ({ set: name, version }: SetHead) => keyOf({ name, version })
  /** The same head is read again and again until the next arrival. */
  const heads = new Map<string, Readonly<{ text: Buffer; head: SetHead }>>()
  const headOf = (key: string, text: Buffer): SetHead => {
    const known = heads.get(key)
    if (known?.text.equals(text)) return known.head
    const head = headIn(text)
    heads.set(key, { text, head })
    return head
  }
  const asked = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work
    } catch (error) {
      throw refuse('online.away', { problem: problemOf(error, problem) })
    }
  }

  return {
    async replace(head, entries, over) {
      const key = keyOfHead(head)
      const next = `${key}:next:${writer}-${replaced++}`
      const fields = fieldsOf(head, entries)
      return asked(
        (async () => {
          for (let i = 0; i < fields.length; i += 2 * FIELDS_AT_ONCE)
            await writing
              .hset(next, ...fields.slice(i, i + 2 * FIELDS_AT_ONCE))
              .then(() => writing.expire(next, UNFINISHED_SECONDS))
          return writing.replaceSet(key, next, String(head.position), over)
        })(),
      )
    },
    update: async (head, base, entries) =>
      entries.size > MOST_UPDATED
        ? 'gap'
        : asked(
            writing.updateSet(
              keyOfHead(head),
              String(head.position),
              String(base),
              ...fieldsOf(head, entries),
            ),
          ),
    async read(set, entities) {
      const fields = [HEAD, ...entities.map((entity) => ENTITY + entity)]
      const [text, ...entries] = await asked(reading.hmgetBuffer(keyOf(set), ...fields))
      return text == null ? null : { head: headOf(keyOf(set), text), entries }
    },
    async all(set) {
      const found = await asked(writing.hgetallBuffer(keyOf(set)))
      const text = found[HEAD]
      if (text === undefined) return null
      const entries = Object.entries(found).flatMap(([field, value]): [string, Uint8Array][] =>
        field.startsWith(ENTITY) ? [[field.slice(ENTITY.length), value]] : [],
      )
      return { head: headIn(text), entries: new Map(entries) }
    },
    async close() {
      reading.disconnect()
      writing.disconnect()
    },
  }
}

/** @param onDemoted told that the server follows another one by now, and that what its address leads to is asked for anew */
function connection(
  { url, user, password, ca }: RedisOnlineOptions,
  commandTimeout: number,
  onDemoted: () => void = () => undefined,
): Redis {
  const settings = {
    commandTimeout,
    connectTimeout: 3_000,
    // Whoever asks while it is away is told so, and not kept waiting.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    retryStrategy: (times: number) => Math.min(times * 100, MOST_PAUSE_MILLIS),
    // After a fail-over the old master goes on answering whoever is connected: writes with this, and reads with what is old.
    reconnectOnError: ({ message }: Error) => {
      const isDemoted = message.includes('READONLY')
      if (isDemoted) onDemoted()
      return isDemoted
    },
    ...(user !== undefined && { username: user }),
    ...(password !== undefined && { password }),
    ...(ca !== undefined && { tls: { ca } }),
    scripts: { updateSet: { lua: UPDATE, numberOfKeys: 1 }, replaceSet: { lua: REPLACE, numberOfKeys: 2 } },
  } satisfies RedisOptions
  const redis = new Redis(url, settings)
  return redis
}

const fieldsOf = (head: SetHead, entries: Entries): (string | Buffer)[] => [
  ...[HEAD, JSON.stringify(head), POSITION, String(head.position)],
  ...[...entries].flatMap(([entity, bytes]) => [
    ENTITY + entity,
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length),
  ]),
]

/** @throws Refusal `online.away` for what somebody else wrote there */
function headIn(bytes: Buffer): SetHead {
  try {
    return headSchema.parse(JSON.parse(bytes.toString()))
  } catch {
    throw refuse('online.away', { problem: 'what is under the key of the set was not written by Asof' })
  }
}

/** What one node of a cluster answers to what another one has, or to everything while the cluster is not whole. */
const OF_A_CLUSTER = /^(?:MOVED|ASK|CLUSTERDOWN|CROSSSLOT)\b/
const A_CLUSTER =
  'it is a Redis Cluster, whose nodes have a part of the keys each; name one server, with replicas if need be, or a proxy that has them all'

/** While it is not connected, the client says only that; why, it said before. */
const problemOf = (error: unknown, before: string): string => {
  const message = error instanceof Error ? error.message : String(error)
  if (OF_A_CLUSTER.test(message)) return A_CLUSTER
  return (/enableOfflineQueue|Connection is closed|max retries/.test(message) ? before : message).slice(
    0,
    200,
  )
}
