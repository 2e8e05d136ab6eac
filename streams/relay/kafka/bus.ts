/** Kafka as a bus: messages and the place of the relay move on in one transaction. */
import { type Admin, type Kafka, Partitioners, type Producer, type Transaction } from 'kafkajs'
import type { Position } from '../../../schemas/envelope.ts'
import type { Digest } from '../../../schemas/kernel/canonical.ts'
import { refuse } from '../../../schemas/kernel/fault.ts'
import { SCHEMAS } from '../messages.ts'
import type { Bus, Message, Place, Publisher } from '../ports.ts'
import { CURSOR, type Topic } from '../topics.ts'
import { type BrokerOptions, kafkaClient, within } from './client.ts'
import type { Compression } from './compressions.ts'
import { sendPrepared } from './prepared.ts'
import { type RegistryOptions, registerAll, schemaRegistry } from './schemas.ts'
import { ensureTopics } from './topics.ts'

export type KafkaOptions = BrokerOptions &
  Readonly<{
    /** The log that is published. */
    log: Digest
    prefix: string
    /** Another one for each relay that was ever started. */
    writer: string
    replicas?: number | undefined
    /** How batches are packed; not at all unless it is told. Every consumer has to know it. */
    compression?: Compression | undefined
    registry: RegistryOptions
    /** Where to go on if the broker has forgotten. */
    from?: Position | undefined
    kept?: KeptPlace
  }>

/** A note beside the log of how far it was published to which cluster: brokers forget a place that is not used for a week. */
export type KeptPlace = Readonly<{
  load: (cluster: string) => Position | null
  /** It may come late: what is published twice then is dropped by its position. */
  save: (cluster: string, next: Position) => void
}>

const PUBLISH_MILLIS = 30_000
/** Longer than a publication is waited for, so that a slow one ends here and not at the broker. */
const TRANSACTION_MILLIS = 40_000
const OPEN_MILLIS = 60_000
const CLOSE_MILLIS = 2_000

export function kafkaBus(options: KafkaOptions): Bus {
  const { log, prefix } = options
  const id = `${prefix}-relay-${log.slice(0, 16)}`
  let schemas: ReadonlyMap<string, number> | null = null
  return {
    async open() {
      // Before anything is published, and before whoever published before is shut out.
      schemas ??= await registerAll(schemaRegistry(options.registry), SCHEMAS)
      const kafka = kafkaClient(options, id)
      const clients: Closable[] = []
      try {
        return await within(
          OPEN_MILLIS,
          'connecting to Kafka',
          openWith(kafka, { clients, schemas, id, options }),
        )
      } catch (error) {
        await closeAll(clients)
        throw error
      }
    },
  }
}

type Closable = Pick<Producer | Admin, 'disconnect'>
type Opening = Readonly<{
  clients: Closable[]
  schemas: ReadonlyMap<string, number>
  id: string
  options: KafkaOptions
}>

async function openWith(kafka: Kafka, { clients, schemas, id, options }: Opening): Promise<Publisher> {
  const admin = kafka.admin()
  clients.push(admin)
  await admin.connect()
  const found = await ensureTopics(admin, options)
  const producer = kafka.producer({
    transactionalId: id,
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner: Partitioners.DefaultPartitioner,
    transactionTimeout: TRANSACTION_MILLIS,
    // An idempotent producer must not give up by itself; its time is over before.
    retry: { initialRetryTime: 10, multiplier: 1.5, maxRetryTime: 1_000, retries: Number.MAX_SAFE_INTEGER },
  })
  clients.push(producer)
  await producer.connect()
  // Shuts out whoever had the id, and settles what he left open. Only then is the place what it will stay.
  let transaction: Transaction | null = await producer.transaction()
  const { clusterId: cluster } = await admin.describeCluster()
  const place = await placeOf(admin, found, { cluster, id, options })
  await admin.disconnect()
  if (place.last === null) {
    // Whoever dies before his first messages are committed leaves topics that are not empty, and must find his place.
    await leaveOff(transaction, { after: { next: place.next, last: UNKNOWN }, id, options })
    await transaction.commit()
    transaction = null
  }

  return {
    place,
    schemaId(subject) {
      const found = schemas.get(subject)
      if (found === undefined) throw new Error(`no schema is registered under ${subject}`)
      return found
    },
    async publish(messages, after) {
      const current =
        transaction ?? (await within(PUBLISH_MILLIS, 'beginning to publish', producer.transaction()))
      transaction = null
      await within(PUBLISH_MILLIS, 'publishing', publishIn(current, messages, { after, id, options }))
      options.kept?.save(cluster, after.next)
    },
    close: () => closeAll(clients),
  }
}

/** Up to where it is published. What `commit` left is not read here: it may be stale for a while. */
async function placeOf(
  admin: Admin,
  there: readonly Topic[],
  { cluster, id, options }: Pick<Opening, 'id' | 'options'> & { cluster: string },
): Promise<Place> {
  const { prefix, log, kept, writer } = options
  const topic = `${prefix}.${CURSOR.name}`
  // The coordinator of a broker that has just started is still loading.
  const [found] = await patiently(() => admin.fetchOffsets({ groupId: id, topics: [topic] }))
  const { offset = '-1', metadata = null } = found?.partitions[0] ?? {}
  if (Number(offset) > 0) {
    const [, by, last] = NOTE.exec(metadata ?? '') ?? []
    return {
      next: Number(offset),
      last: last === undefined || last === UNKNOWN ? null : last,
      isOwn: by === writer,
    }
  }
  const told = options.from ?? kept?.load(cluster) ?? null
  const offsets = await Promise.all(there.map(({ name }) => admin.fetchTopicOffsets(`${prefix}.${name}`)))
  if (offsets.flat().every(({ high }) => high === '0')) return { next: 1, last: null, isOwn: false }
  if (told === null) throw refuse('relay.cursor-lost', { prefix, log })
  return { next: told, last: null, isOwn: false }
}

/** What is noted beside a place: who left off there, and after which event. */
const NOTE = /^(\S+) (.+)$/
const UNKNOWN = '-'

type After = Parameters<Publisher['publish']>[1]
type Placing = Readonly<{ after: After; id: string; options: KafkaOptions }>

async function publishIn(
  transaction: Transaction,
  messages: readonly Message[],
  placing: Placing,
): Promise<void> {
  const { prefix, compression = 'none' } = placing.options
  // Beside each other: of the nine answers that a transaction waits for, three are to the place alone.
  await Promise.all([
    sendPrepared(transaction, messages, { prefix, compression }),
    leaveOff(transaction, placing),
  ])
  await transaction.commit()
}

async function leaveOff(transaction: Transaction, { after, id, options }: Placing): Promise<void> {
  const { prefix, writer } = options
  const place = { partition: 0, offset: String(after.next), metadata: `${writer} ${after.last}` }
  const topics = [{ topic: `${prefix}.${CURSOR.name}`, partitions: [place] }]
  await patiently(() => transaction.sendOffsets({ consumerGroupId: id, topics }))
}

const PASSING = [
  'CONCURRENT_TRANSACTIONS',
  'COORDINATOR_NOT_AVAILABLE',
  'COORDINATOR_LOAD_IN_PROGRESS',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'GROUP_LOAD_IN_PROGRESS',
  'NOT_COORDINATOR',
  'NOT_COORDINATOR_FOR_GROUP',
]
/** The coordinator may still be at the transaction before this one, for a few milliseconds or for seconds. */
const PATIENCE = 100
const [SHORTEST_MILLIS, LONGEST_MILLIS] = [2, 50]

async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      const { type } = error as { type?: unknown }
      if (attempt === PATIENCE || !PASSING.includes(String(type))) throw error
      await new Promise((resolve) => setTimeout(resolve, Math.min(SHORTEST_MILLIS * attempt, LONGEST_MILLIS)))
    }
  }
}

/** A client that hangs is not waited for: the next one shuts it out. */
async function closeAll(clients: readonly Closable[]): Promise<void> {
  const closing = Promise.allSettled(clients.map((client) => client.disconnect()))
  await within(CLOSE_MILLIS, 'closing', closing).catch(() => undefined)
}
