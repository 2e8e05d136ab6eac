/** Writes JSON to topics of somebody's own, such as the fills of an OMS: in order, each once unless an answer of the brokers was lost. */
import { Partitioners, type Producer } from 'kafkajs'
import { type BrokerOptions, brokerProblem, kafkaClient } from './client.ts'

export type TopicWriter = Readonly<{
  /** Resolves once the brokers have them. @throws Error for a topic that is not there, and brokers that do not answer: it may be tried again */
  write: (topic: string, messages: readonly Readonly<{ key: string; value: unknown }>[]) => Promise<void>
  close: () => Promise<void>
}>

/** Some 8 seconds: whoever waits for longer is to be told. */
const RETRY = { initialRetryTime: 50, maxRetryTime: 1_000, retries: 12 }

/** @throws Error where the brokers cannot be reached */
export async function topicWriter(options: BrokerOptions, name: string): Promise<TopicWriter> {
  const connected = async (): Promise<Producer> => {
    const one = kafkaClient(options, name).producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
      retry: RETRY,
    })
    await one.connect()
    return one
  }
  let producer: Producer | null = await connected()
  const send = async (topic: string, messages: readonly { key: string; value: string }[]): Promise<void> => {
    producer ??= await connected()
    const own = producer
    try {
      await own.send({ topic, acks: -1, messages: [...messages] })
    } catch (error) {
      // One that gave up has used numbers that nobody got.
      producer = null
      await own.disconnect().catch(() => undefined)
      throw new Error(brokerProblem(error, topic), { cause: error })
    }
  }
  // One at a time: two at once may get the same number where the first one fails.
  let writing: Promise<unknown> = Promise.resolve()
  return {
    async write(topic, messages) {
      if (messages.length === 0) return
      const all = messages.map(({ key, value }) => ({ key, value: JSON.stringify(value) }))
      const sent = writing.then(() => send(topic, all))
      writing = sent.catch(() => undefined)
      await sent
    },
    async close() {
      await producer?.disconnect()
    },
  }
}
