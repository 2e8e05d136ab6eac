/** What is on the topics: as a bare consumer reads it, and as it has to be. */
import type { Kafka } from 'kafkajs'
import type { Digest } from '../../schemas/kernel/canonical.ts'
import { standings } from '../../serving/relay/standings.ts'
import type { LogReader } from '../../streams/log/port.ts'
import { kafkaClient } from '../../streams/relay/kafka/client.ts'
import { Translator } from '../../streams/relay/messages.ts'
import type { Message } from '../../streams/relay/ports.ts'
import { TOPICS } from '../../streams/relay/topics.ts'

/** All messages of a log, in order, said anew from its first event. */
export async function messagesOf(
  log: Pick<LogReader, 'readAll'>,
  identity: Digest,
  schemaId: (subject: string) => number = () => 1,
): Promise<readonly Message[]> {
  const translator = new Translator(identity, standings())
  const messages: Message[] = []
  for await (const batch of log.readAll(1))
    for (const event of batch) messages.push(...(await translator.say(event, schemaId)))
  return messages
}

export type Read = Readonly<{
  topic: string
  partition: number
  offset: bigint
  key: string
  value: Buffer
  headers: Readonly<Record<string, string>>
}>

/** Nothing more comes then. */
const IDLE_MILLIS = 500

/**
 * Reads all topics of a prefix from their beginning, committed messages alone, until so many are there and nothing more comes.
 * @throws Error where fewer came in time
 */
export async function readTopics(
  brokers: readonly string[],
  prefix: string,
  { atLeast, seconds = 40 }: Readonly<{ atLeast: number; seconds?: number }>,
): Promise<readonly Read[]> {
  const kafka: Kafka = kafkaClient({ brokers }, 'bare')
  const consumer = kafka.consumer({
    groupId: `${prefix}-reader-${Math.random()}`,
    maxWaitTimeInMs: 100,
    retry: { retries: 20 },
  })
  const read: Read[] = []
  let lastAt = performance.now()
  await consumer.connect()
  await consumer.subscribe({ topics: TOPICS.map(({ name }) => `${prefix}.${name}`), fromBeginning: true })
  await consumer.run({
    autoCommit: false,
    async eachMessage({ topic, partition, message }) {
      lastAt = performance.now()
      read.push({
        topic: topic.slice(prefix.length + 1),
        partition,
        offset: BigInt(message.offset),
        key: String(message.key),
        value: message.value ?? Buffer.alloc(0),
        headers: Object.fromEntries(Object.entries(message.headers ?? {}).map(([k, v]) => [k, String(v)])),
      })
    },
  })
  const until = performance.now() + seconds * 1000
  try {
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, 100))
      if (read.length >= atLeast && performance.now() - lastAt > IDLE_MILLIS) return read
      if (performance.now() > until) throw new Error(`${read.length} of ${atLeast} messages came`)
    }
  } finally {
    await consumer.disconnect()
  }
}

export type Tally = Readonly<{
  read: number
  /** Dropped by their position. */
  dropped: number
  lost: number
  /** Kept twice, or never published. */
  doubled: number
  unordered: number
}>

/**
 * Counts what a consumer has who drops what he has seen: messages whose position is not beyond the last of their partition.
 * @param unordered messages of a key that came before an earlier one of it
 */
export function tally(expected: readonly Message[], read: readonly Read[]): Tally {
  const seen = new Map<string, number>()
  const kept: Read[] = []
  let dropped = 0
  for (const one of read) {
    const partition = `${one.topic} ${one.partition}`
    const position = Number(one.headers['asof-position'])
    if (position <= (seen.get(partition) ?? 0)) {
      dropped++
      continue
    }
    seen.set(partition, position)
    kept.push(one)
  }
  const identityOf = (topic: string, position: string | undefined): string => `${topic} ${position}`
  const found = new Map<string, number>()
  for (const { topic, headers } of kept) {
    const id = identityOf(topic, headers['asof-position'])
    found.set(id, (found.get(id) ?? 0) + 1)
  }
  const wanted = new Set(expected.map(({ topic, headers }) => identityOf(topic, headers['asof-position'])))
  const orderOf = (messages: readonly Pick<Message, 'topic' | 'key' | 'headers'>[]) =>
    Map.groupBy(messages, ({ topic, key }) => `${topic} ${key}`)
  const [should, is] = [orderOf(expected), orderOf(kept)]
  const unordered = [...should].filter(([key, messages]) => {
    const positions = (is.get(key) ?? []).map(({ headers }) => headers['asof-position'])
    return positions.join() !== messages.map(({ headers }) => headers['asof-position']).join()
  }).length
  return {
    read: read.length,
    dropped,
    lost: [...wanted].filter((id) => !found.has(id)).length,
    doubled:
      [...found.values()].filter((times) => times > 1).length +
      [...found.keys()].filter((id) => !wanted.has(id)).length,
    unordered,
  }
}

/** The connection to the test's broker. */
export const { TEST_KAFKA, TEST_KAFKA_SECURE, TEST_KAFKA_VERSION, TEST_REGISTRY } = process.env
export const BROKERS: readonly string[] = TEST_KAFKA === undefined ? [] : [TEST_KAFKA]
export const NO_KAFKA =
  TEST_KAFKA === undefined ? 'skipped: no Kafka runs (npm run suite:servers starts one)' : null
