/**
 * How long a durable event takes to a consumer of committed messages, one at a time, through a platform that serves: from the answer to a
 * command, which says that its event is durable, over the thread of the relay and the broker. Beside bare kafkajs that sends the same bytes
 * and notes a place in a transaction, and bare kafkajs that just sends them: the three in turn, each to a topic and a consumer of its own.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { KafkaMessage, Producer } from 'kafkajs'
import { declareDataset } from '../../serving/actions.ts'
import { readConfig } from '../../serving/config.ts'
import { openPlatform } from '../../serving/platform.ts'
import { openRelay } from '../../serving/relay/open.ts'
import { kafkaClient } from '../../streams/relay/kafka/client.ts'
import { quantileOf } from '../../streams/statistics/quantile.ts'
import { freePorts } from '../servers/daemon.ts'
import { longDataset } from '../support/sessions.ts'

const EVENTS = 400
/** The first ones wait for consumers to join their groups, and for the broker to have compiled what it runs. */
const WARM = 100
const PARTITIONS = 6
const PREFIX = 'latency'
const BARE = 'kafkajs, a transaction with a place'

type Row = Readonly<Record<string, string | number>>

/** @param brokers of a Kafka that is to be filled */
export async function benchLatency(brokers: readonly string[]): Promise<readonly Row[]> {
  const path = mkdtempSync(join(tmpdir(), 'asof-latency-'))
  const platform = await openPlatform({ path })
  const told = { relay: { brokers, prefix: PREFIX, registryPort: await freePorts(1) } }
  // YAML is a superset of JSON.
  writeFileSync(join(path, 'asof.yaml'), JSON.stringify(told))
  const config = await readConfig(platform.folder, {})
  if (config.relay === undefined) throw new Error('it is configured')
  const relay = await openRelay(platform, config.relay)
  while (relay.status().state !== 'publishing') await new Promise((resolve) => setTimeout(resolve, 20))
  const kafka = kafkaClient({ brokers }, 'bench')
  const admin = kafka.admin()
  await admin.connect()
  const own = ['transactions', 'plain', 'place'].map((name) => `${PREFIX}.${name}`)
  await admin.createTopics({ topics: own.map((topic) => ({ topic, numPartitions: PARTITIONS })) })
  await admin.disconnect()
  const [transactions, plain, place] = own
  const topics = [`${PREFIX}.events.v1`, transactions, plain]
  const readers = await Promise.all(topics.map((topic) => arrivalsOf(brokers, topic)))
  const senders = await Promise.all([true, false].map((one) => senderOf(brokers, one)))
  const millis = new Map<string, number[]>()
  const took = (way: string, from: number, to: number): void => {
    millis.set(way, [...(millis.get(way) ?? []), to - from])
  }
  for (let i = 0; i < EVENTS; i++) {
    const from = performance.now()
    const spec = longDataset(`d${i}`, [{ name: 'price', unit: 'USD' }])
    const arrived = readers[0].next()
    await declareDataset(platform, spec, { actor: 'bench', commandId: `declare-${i}` })
    const durable = performance.now()
    const { at: there, message } = await arrived
    const turns = await bareTurns(senders, readers.slice(1), {
      message,
      topics: [transactions, plain],
      place,
    })
    if (i < WARM) continue
    took('Asof: from the command', from, there)
    took('Asof: from its answer, durable', durable, there)
    took(BARE, 0, turns[0])
    took('kafkajs, no transaction', 0, turns[1])
  }
  await relay.close()
  await Promise.all([...readers.map(({ close }) => close()), ...senders.map((one) => one.disconnect())])
  await platform.close()
  rmSync(path, { recursive: true, force: true })
  const bare = median(millis.get(BARE) ?? [])
  return [...millis].map(([way, all]) => ({
    way,
    events: all.length,
    p50Millis: median(all),
    p99Millis: quantileOf(Float64Array.from(all), 0.99),
    timesBare: median(all) / bare,
  }))
}

const median = (values: readonly number[]): number => quantileOf(Float64Array.from(values), 0.5)

type Arrived = Readonly<{ at: number; message: KafkaMessage }>
type Arrivals = Readonly<{ next: () => Promise<Arrived>; close: () => Promise<void> }>

/** The moments at which committed messages of a topic are there. */
async function arrivalsOf(brokers: readonly string[], topic: string): Promise<Arrivals> {
  const consumer = kafkaClient({ brokers }, 'bench').consumer({
    ...{ groupId: `bench-${topic}`, maxWaitTimeInMs: 50, minBytes: 1 },
  })
  let seen = Promise.withResolvers<Arrived>()
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  await consumer.run({
    autoCommit: false,
    eachMessage: async ({ message }) => seen.resolve({ at: performance.now(), message }),
  })
  return {
    next() {
      seen = Promise.withResolvers()
      return seen.promise
    },
    close: () => consumer.disconnect(),
  }
}

async function senderOf(brokers: readonly string[], inTransactions: boolean): Promise<Producer> {
  const producer = kafkaClient({ brokers }, 'bench').producer({
    ...{ idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false },
    ...(inTransactions && { transactionalId: `${PREFIX}-bare` }),
    retry: { initialRetryTime: 10, maxRetryTime: 1_000, retries: Number.MAX_SAFE_INTEGER },
  })
  await producer.connect()
  return producer
}

type Turn = Readonly<{ message: KafkaMessage; topics: readonly string[]; place: string }>

/** One message by each of the bare producers. @returns how long each took to its consumer, in milliseconds */
async function bareTurns(
  [transactional, plain]: readonly Producer[],
  readers: readonly Arrivals[],
  { message: { key, value, headers }, topics, place }: Turn,
): Promise<readonly number[]> {
  const messages = [{ key, value, ...(headers && { headers }) }]
  const timed = async (at: number, send: () => Promise<unknown>): Promise<number> => {
    const arrived = readers[at].next()
    const from = performance.now()
    await send()
    return (await arrived).at - from
  }
  const offsets = [{ topic: place, partitions: [{ partition: 0, offset: '1' }] }]
  return [
    await timed(0, async () => {
      const transaction = await transactional.transaction()
      await transaction.send({ topic: topics[0], acks: -1, messages })
      await transaction.sendOffsets({ consumerGroupId: `${PREFIX}-bare`, topics: offsets })
      await transaction.commit()
    }),
    await timed(1, () => plain.send({ topic: topics[1], acks: -1, messages })),
  ]
}
