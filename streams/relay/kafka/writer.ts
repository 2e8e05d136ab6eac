/** Writes JSON to topics of somebody's own, such as the fills of an OMS: in order, each once while this program runs. */
import { Partitioners, type Producer } from 'kafkajs'
import { type BrokerOptions, kafkaClient } from './client.ts'

export type TopicWriter = Readonly<{
  /** Resolves once the brokers have them. */
  write: (topic: string, messages: readonly Readonly<{ key: string; value: unknown }>[]) => Promise<void>
  close: () => Promise<void>
}>

/** @throws Error where the brokers cannot be reached */
export async function topicWriter(options: BrokerOptions, name: string): Promise<TopicWriter> {
  const producer: Producer = kafkaClient(options, name).producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner: Partitioners.DefaultPartitioner,
    retry: { initialRetryTime: 50, maxRetryTime: 1_000, retries: Number.MAX_SAFE_INTEGER },
  })
  await producer.connect()
  // One at a time: two at once may get the same number where the first one fails.
  let writing: Promise<unknown> = Promise.resolve()
  return {
    async write(topic, messages) {
      if (messages.length === 0) return
      const all = messages.map(({ key, value }) => ({ key, value: JSON.stringify(value) }))
      const sent = writing.then(() => producer.send({ topic, acks: -1, messages: all }))
      writing = sent.catch(() => undefined)
      await sent
    },
    close: () => producer.disconnect(),
  }
}
