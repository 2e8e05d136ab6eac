/** Reads one topic into batches until it is ended: from where its data set stands, and on after every failure that passes. */
import type { Consumer, EachBatchPayload } from 'kafkajs'
import type { DatasetSpec } from '../../../schemas/events/data.ts'
import { type Fault, Refusal, refuse } from '../../../schemas/kernel/fault.ts'
import { type BrokerOptions, brokerProblem, kafkaClient, within } from '../../relay/kafka/client.ts'
import { type RegistryOptions, schemaIfThere, schemaRegistry } from '../../relay/kafka/schemas.ts'
import { avroLines } from './avro-line.ts'
import { registerCodecs } from './codecs.ts'
import { type Batch, Gatherer, hashOf, type Place, type Slice } from './gather.ts'
import { jsonLine, type Lines, type Message, manyLines, type Written } from './line.ts'
import { Watch } from './watch.ts'

export type TopicOptions = BrokerOptions &
  Readonly<{
    topic: string
    written: Written
    /** Null where nothing is in Avro. */
    registry: RegistryOptions | null
    /** Whoever reads under the same name shares the partitions. Where reading goes on it does not say. */
    group: string
    spec: DatasetSpec
    rows: number
    millis: number
  }>

/** Where the data set stands in the topic, as its log says; `cluster` is null where nothing was read. */
export type Standing = Readonly<{
  cluster: string | null
  partitions: readonly (readonly [partition: number, place: Place])[]
}>

export type TopicStatus = Readonly<{
  state: 'connecting' | 'reading' | 'waiting' | 'stopped'
  /** Messages at the broker that have not been read; null while nobody knows. */
  lag: number | null
  /** Why it waits or has stopped. */
  reason: string | null
  /** What somebody has to mend before it goes on; null unless it has stopped. */
  fault: Fault | null
}>

export type Hooks = Readonly<{
  /** Resolves once the batch is durable. */
  send: (batch: Batch, cluster: string) => Promise<void>
  onStatus: (status: TopicStatus) => void
}>

const BATCH_BYTES = 16 * 1024 * 1024
const PAUSES_MILLIS = [200, 500, 1_000, 2_000, 5_000]
const OPEN_MILLIS = 60_000
/** The least that brokers take unless they are told otherwise: after a crash, nobody reads for so long. */
const SESSION_MILLIS = 6_000
const HEARTBEAT_MILLIS = 1_500
/** Partitions that somebody added are found within so long. */
const METADATA_MILLIS = 30_000
const FETCH_BYTES = 4 * 1024 * 1024
const CLOSE_MILLIS = 5_000

export class TopicReading {
  readonly #options: TopicOptions
  readonly #hooks: Hooks
  readonly #gatherer: Gatherer
  readonly #lines: (value: Buffer | null) => Promise<Lines> | Lines
  readonly #over = new AbortController()
  #cluster: string | null
  #status: TopicStatus = { state: 'connecting', lag: null, reason: null, fault: null }
  #lost: ((error: unknown) => void) | null = null
  #consumer: Consumer | null = null

  constructor(options: TopicOptions, standing: Standing, hooks: Hooks) {
    this.#options = options
    this.#hooks = hooks
    this.#cluster = standing.cluster
    this.#lines = linesBy(options)
    const { rows, millis } = options
    const send = async (batch: Batch): Promise<void> => {
      try {
        await hooks.send(batch, this.#cluster ?? '')
        this.#commit(batch)
      } catch (error) {
        this.#lost?.(error)
        throw error
      }
    }
    this.#gatherer = new Gatherer({ rows, millis, bytes: BATCH_BYTES, send }, standing.partitions)
  }

  /** Reads until it is ended, or until somebody has to mend something: that is in its status. It never throws. */
  async run(): Promise<void> {
    registerCodecs()
    for (let failures = 0; !this.#over.signal.aborted; ) {
      try {
        await this.#readOn(() => {
          failures = 0
        })
      } catch (error) {
        if (this.#over.signal.aborted) break
        const reason = brokerProblem(error, this.#options.topic)
        if (error instanceof Refusal) return this.#tell({ state: 'stopped', reason, fault: error.fault })
        this.#tell({ state: 'waiting', reason })
        await this.#pause(PAUSES_MILLIS[Math.min(failures++, PAUSES_MILLIS.length - 1)])
      }
    }
  }

  end(): void {
    this.#over.abort()
    this.#gatherer.end()
    this.#lost?.(new Error('it is over'))
  }

  async #readOn(onWork: () => void): Promise<void> {
    const { topic, group, spec } = this.#options
    const kafka = kafkaClient(this.#options, group)
    const admin = kafka.admin()
    const consumer = kafka.consumer({
      groupId: group,
      sessionTimeout: SESSION_MILLIS,
      heartbeatInterval: HEARTBEAT_MILLIS,
      maxWaitTimeInMs: 200,
      maxBytesPerPartition: FETCH_BYTES,
      metadataMaxAge: METADATA_MILLIS,
      allowAutoTopicCreation: false,
      retry: { retries: 5, initialRetryTime: 100, maxRetryTime: 2_000, restartOnFailure: async () => false },
    })
    const lost = Promise.withResolvers<never>()
    lost.promise.catch(() => undefined)
    this.#lost = lost.reject
    this.#consumer = consumer
    const watch = new Watch(admin, {
      topic,
      dataset: spec.dataset,
      place: (one) => this.#gatherer.place(one),
    })
    try {
      await within(OPEN_MILLIS, 'connecting to Kafka', this.#open(consumer, watch, lost.reject))
      onWork()
      const told = (lag: number) => this.#tell({ state: 'reading', reason: null, lag })
      told(watch.lag())
      await Promise.race([lost.promise, watch.follow(told, this.#over.signal)])
    } finally {
      this.#lost = null
      this.#consumer = null
      const closing = Promise.allSettled([consumer.disconnect(), admin.disconnect()])
      await within(CLOSE_MILLIS, 'closing', closing).catch(() => undefined)
    }
  }

  /** For those who watch the group alone: where reading goes on is in the log. */
  #commit({ partitions }: Batch): void {
    const { topic } = this.#options
    const offsets = partitions.map(({ partition, to }) => ({ topic, partition, offset: String(to) }))
    this.#consumer?.commitOffsets(offsets).catch(() => undefined)
  }

  async #open(consumer: Consumer, watch: Watch, lost: (error: unknown) => void): Promise<void> {
    const { topic } = this.#options
    const cluster = await watch.open()
    if (this.#cluster !== null && this.#cluster !== cluster)
      throw refuse('intake.other-cluster', { topic, cluster, known: this.#cluster })
    this.#cluster = cluster
    await consumer.connect()
    await consumer.subscribe({ topics: [topic], fromBeginning: true })
    consumer.on(consumer.events.CRASH, ({ payload }) => lost(payload.error))
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      for (const partition of payload.memberAssignment[topic] ?? [])
        consumer.seek({ topic, partition, offset: String(watch.beginning(partition)) })
    })
    await consumer.run({
      autoCommit: false,
      partitionsConsumedConcurrently: 8,
      eachBatch: (payload) =>
        this.#take(payload, watch).catch((error: unknown) => {
          // A group that shares out its partitions anew goes on by itself.
          if (!isRebalancing(error)) lost(error)
          throw error
        }),
    })
  }

  async #take({ batch, heartbeat, isRunning, isStale }: EachBatchPayload, watch: Watch): Promise<void> {
    const { partition } = batch
    if (!isRunning() || isStale() || this.#over.signal.aborted) return
    const place = this.#gatherer.place(partition)
    const messages: Message[] = batch.messages.map(({ offset, value }) => ({ offset: Number(offset), value }))
    const [first] = messages
    // Markers are passed over by the client; what the broker has deleted must not be.
    if (first !== undefined && place !== undefined && first.offset > place.next) await watch.check()
    const again = messages.find(({ offset }) => offset === place?.last?.offset)
    if (again !== undefined && place?.last != null && hashOf(again.value) !== place.last.hash)
      throw refuse('intake.made-anew', {
        ...{ topic: this.#options.topic, partition, dataset: this.#options.spec.dataset },
        why: `the message at offset ${again.offset} is another one`,
      })
    const told: Slice['messages'][number][] = []
    for (const message of messages) {
      if (place !== undefined && message.offset < place.next) continue
      const lines = this.#lines(message.value)
      told.push({ message, lines: lines instanceof Promise ? await lines : lines })
    }
    await this.#gatherer.add({ partition, messages: told, to: Number(batch.lastOffset()) + 1 }, heartbeat)
  }

  #tell(change: Partial<TopicStatus>): void {
    this.#status = { ...this.#status, ...change }
    this.#hooks.onStatus(this.#status)
  }

  async #pause(millis: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, millis)
      this.#over.signal.addEventListener('abort', () => {
        clearTimeout(timer)
        resolve()
      })
    })
  }
}

const isRebalancing = (error: unknown): boolean =>
  ['REBALANCE_IN_PROGRESS', 'NOT_COORDINATOR_FOR_GROUP', 'ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID'].includes(
    String((error as { type?: unknown }).type),
  )

function linesBy({
  written,
  registry,
  spec,
}: TopicOptions): (value: Buffer | null) => Promise<Lines> | Lines {
  if (written === 'json') return jsonLine
  if (written === 'ndjson') return manyLines
  if (registry === null)
    throw refuse('intake.unreadable', { topic: spec.dataset, problem: 'no registry is configured' })
  const client = schemaRegistry(registry)
  return avroLines(
    spec,
    (id) => schemaIfThere(client, id),
    () => performance.now(),
  )
}
