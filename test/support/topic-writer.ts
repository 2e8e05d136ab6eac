/** Writes to topics of a real Kafka as somebody else's producer does: rows of prices as JSON, or as Avro with a registry. */
import kafkajs, { type Producer } from 'kafkajs'
import { kafkaClient } from '../../streams/relay/kafka/client.ts'
import { BROKERS } from './topics.ts'

export type Written = Readonly<{
  key?: string
  value: Buffer | string | null
  partition?: number
  headers?: Record<string, string>
}>

export type TopicWriter = Readonly<{
  create: (topic: string, partitions?: number, config?: Readonly<Record<string, string>>) => Promise<void>
  remove: (topic: string) => Promise<void>
  write: (topic: string, messages: readonly Written[], compression?: number) => Promise<void>
  /** Forgets what lies before an offset. */
  forget: (topic: string, partition: number, before: number) => Promise<void>
  transact: (topic: string, messages: readonly Written[], end: 'commit' | 'abort') => Promise<void>
  close: () => Promise<void>
}>

export async function topicWriter(brokers: readonly string[] = BROKERS): Promise<TopicWriter> {
  const client = () => kafkaClient({ brokers }, 'writer')
  const admin = client().admin()
  await admin.connect()
  let producer: Producer | null = null
  const connected = async () => {
    if (producer !== null) return producer
    producer = client().producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
    await producer.connect()
    return producer
  }
  const plain = (messages: readonly Written[]) => messages.map((one) => ({ ...one }))
  return {
    async create(topic, numPartitions = 1, config = {}) {
      const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }))
      await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions, configEntries }] })
    },
    async remove(topic) {
      await admin.deleteTopics({ topics: [topic] })
      // A client that wrote to a topic that is gone is of no use any more.
      await producer?.disconnect()
      producer = null
    },
    async write(topic, messages, compression = 0) {
      await (await connected()).send({ topic, messages: plain(messages), compression })
    },
    async forget(topic, partition, before) {
      // One that knows the topic by now.
      const own = client().admin()
      await own.connect()
      await own.fetchTopicOffsets(topic)
      await own.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(before) }] })
      await own.disconnect()
    },
    async transact(topic, messages, end) {
      const own = client().producer({
        ...{ transactionalId: `${topic}-writer`, idempotent: true, maxInFlightRequests: 1 },
        createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      })
      await own.connect()
      const transaction = await own.transaction()
      await transaction.send({ topic, messages: plain(messages) })
      await transaction[end]()
      await own.disconnect()
    },
    async close() {
      await producer?.disconnect()
      await admin.disconnect()
    },
  }
}
