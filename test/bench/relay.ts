/**
 * How fast the relay publishes a log that is behind, beside bare kafkajs that sends the same bytes under the same keys and headers,
 * prepared beforehand, in seconds and in processor time of this process. Against a real Kafka on this machine.
 */
import type { Draft } from '../../schemas/envelope.ts'
import { RowsArrived } from '../../schemas/events/data.ts'
import { REGISTRY } from '../../schemas/registry.ts'
import { Limit, relayOver } from '../../serving/relay/run.ts'
import { openMemoryLog } from '../../streams/log/memory/open.ts'
import type { EventLog } from '../../streams/log/port.ts'
import { type KafkaOptions, kafkaBus } from '../../streams/relay/kafka/bus.ts'
import { kafkaClient } from '../../streams/relay/kafka/client.ts'
import type { Message } from '../../streams/relay/ports.ts'
import { SchemaStore } from '../../streams/relay/registry/registry.ts'
import { serveRegistry } from '../../streams/relay/registry/server.ts'
import { quantileOf } from '../../streams/statistics/quantile.ts'
import { freePorts } from '../servers/daemon.ts'
import { KAFKA_VERSIONS, kafkaMissing, startKafka, wipeKafka } from '../servers/kafka.ts'
import { COUNTED } from '../support/sessions.ts'
import { messagesOf } from '../support/topics.ts'
import { benchLatency } from './relay-latency.ts'

const EVENTS = 20_000
const BATCH = 1_000
const STREAMS = 20
const ROUNDS = 3
const LOG = 'b'.repeat(64)
const AT = 1_221_508_800_000_000
const WRITER = { username: 'asof', password: 'secret' }

type Row = Readonly<Record<string, string | number>>
type Taken = Readonly<{ seconds: number; processorSeconds: number }>

/** What it takes from here until it is asked, of time and of this process. */
function stopwatch(): () => Taken {
  const [from, used] = [performance.now(), process.cpuUsage()]
  return () => {
    const { user, system } = process.cpuUsage(used)
    return { seconds: (performance.now() - from) / 1e3, processorSeconds: (user + system) / 1e6 }
  }
}

/** @returns null where no Kafka can be run here */
export async function benchRelay(): Promise<{ catchUp: readonly Row[]; single: readonly Row[] } | null> {
  const missing = kafkaMissing()
  if (missing !== null) {
    console.log(`\nrelay: skipped, ${missing}`)
    return null
  }
  const [version] = KAFKA_VERSIONS
  const port = await freePorts(2)
  const registry = await serveRegistry(new SchemaStore(), { writer: WRITER })
  try {
    const brokers = [await startKafka(version, port)]
    const options = { brokers, log: LOG, writer: 'bench', registry: { url: registry.url, auth: WRITER } }
    const log = await filled()
    const messages = await messagesOf(log, LOG)
    const bytes = messages.reduce((sum, { value }) => sum + (value?.length ?? 0), 0)
    // Once for the broker, whose first coordinators are slow.
    await relayed(log, { ...options, prefix: 'warm' })
    const ways = {
      'kafkajs, bytes at hand, no transactions': (at: string) =>
        bare(messages, { ...options, prefix: at }, false),
      'kafkajs, bytes at hand, transactions': (at: string) =>
        bare(messages, { ...options, prefix: at }, true),
      'relay: read, fold, encode, publish': (at: string) => relayed(log, { ...options, prefix: at }),
    }
    const taken = new Map<string, Taken[]>(Object.keys(ways).map((name) => [name, []]))
    for (let round = 0; round < ROUNDS; round++)
      for (const [i, [name, way]] of Object.entries(ways).entries())
        taken.get(name)?.push(await way(`round${round}-${i}`))
    const of = (all: readonly Taken[], what: keyof Taken) => median(all.map((one) => one[what]))
    const [first] = [...taken.values()].map((all) => of(all, 'processorSeconds'))
    const catchUp = [...taken].map(([way, all]) => ({
      kafka: version,
      way,
      messages: messages.length,
      bytesEach: Math.round(bytes / messages.length),
      messagesPerSecond: messages.length / of(all, 'seconds'),
      messagesPerProcessorSecond: messages.length / of(all, 'processorSeconds'),
      timesBareOfProcessor: of(all, 'processorSeconds') / first,
    }))
    return {
      catchUp,
      single: (await benchLatency(brokers)).map((row) => ({ kafka: version, ...row })),
    }
  } finally {
    await registry.close()
    await wipeKafka(version, port)
  }
}

const median = (values: readonly number[]): number => quantileOf(Float64Array.from(values), 0.5)

/** A log in memory, so that the disk is not measured. */
async function filled(): Promise<EventLog> {
  let now = AT
  const log = openMemoryLog({ registry: REGISTRY, clock: { nowMicros: () => now++ } })
  for (let i = 0; i < EVENTS; i += 100) {
    const stream = `data-${(i / 100) % STREAMS}`
    const events = Array.from({ length: 100 }, (_, j) => draftOf(i + j))
    await log.append({
      ...{ stream, expected: await log.revisionOf(stream), events, commandId: `append-${i}` },
      ...{ actor: 'bench', correlationId: `append-${i}`, causationId: null },
    })
  }
  return log
}

const draftOf = (i: number): Draft =>
  RowsArrived.draft(
    {
      ...{ dataset: 'bench', source: `day ${i}`, sourceHash: 'c'.repeat(64), rows: 20, rowsQuarantined: 0 },
      ...{ knownFrom: AT, knownTo: AT, ...COUNTED },
    },
    { eventTime: AT + i, knownAt: AT + i },
    [{ hash: 'd'.repeat(64), format: 'arrow', rows: 20, bytes: 2_000, eventTimeFrom: AT, eventTimeTo: AT }],
  )

/** From when it is connected until all is committed. */
async function relayed(log: EventLog, options: KafkaOptions): Promise<Taken> {
  const { position: head } = await log.head()
  const limit = new Limit()
  let watch: (() => Taken) | null = null
  let taken: Taken | null = null
  const relay = relayOver(log, options, limit, {
    onStatus({ position, state }) {
      if (state === 'publishing' && watch === null) {
        watch = stopwatch()
        limit.raise(head)
      }
      if (position < head) return
      taken ??= watch?.() ?? null
      limit.end()
    },
  })
  await relay.run()
  if (taken === null) throw new Error(`the relay did not come to its end: ${relay.status.reason}`)
  return taken
}

async function bare(
  messages: readonly Message[],
  options: KafkaOptions,
  inTransactions: boolean,
): Promise<Taken> {
  const publisher = await kafkaBus(options).open()
  await publisher.close()
  const kafka = kafkaClient(options, 'bare')
  const producer = kafka.producer({
    ...{ idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false },
    ...(inTransactions && { transactionalId: `${options.prefix}-bare` }),
    retry: { initialRetryTime: 10, maxRetryTime: 1_000, retries: Number.MAX_SAFE_INTEGER },
  })
  await producer.connect()
  const watch = stopwatch()
  for (let i = 0; i < messages.length; i += BATCH) {
    const byTopic = Map.groupBy(messages.slice(i, i + BATCH), ({ topic }) => topic)
    const topicMessages = [...byTopic].map(([topic, of]) => ({
      topic: `${options.prefix}.${topic}`,
      messages: of.map(({ key, value, headers }) => ({ key, value: Buffer.from(value ?? []), headers })),
    }))
    const transaction = inTransactions ? await producer.transaction() : null
    await (transaction ?? producer).sendBatch({ acks: -1, topicMessages })
    await transaction?.commit()
  }
  const taken = watch()
  await producer.disconnect()
  return taken
}
