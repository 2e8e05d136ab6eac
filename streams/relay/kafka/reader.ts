/** Reads topics as their consumers should: committed messages alone, in order, each with its schema resolved once. */
import type { Position } from '../../../schemas/envelope.ts'
import { refuse } from '../../../schemas/kernel/fault.ts'
import type { MessageDefinition } from '../../../schemas/topics/message.ts'
import { wireReader } from '../../../schemas/topics/wire.ts'
import type { Topic } from '../topics.ts'
import { type BrokerOptions, kafkaClient } from './client.ts'
import { type RegistryOptions, schemaOf, schemaRegistry } from './schemas.ts'

export type ReadMessage<T> = Readonly<{
  log: string
  topic: string
  partition: number
  position: Position
  /** Or why it cannot be read. */
  value: T | Error
}>

type Options = BrokerOptions &
  Readonly<{
    prefix: string
    registry: RegistryOptions
    /** Whoever reads as the same group goes on where it left off; one that is new begins at the beginning. */
    group: string
  }>

/**
 * Reads a topic until it is closed. A message counts as read when `take` has resolved.
 * @throws Error where the broker cannot be reached
 */
export async function readTopic<T>(
  options: Options,
  topic: Topic,
  avro: MessageDefinition['avro'],
  take: (message: ReadMessage<T>) => Promise<void>,
): Promise<{ close: () => Promise<void> }> {
  const registry = schemaRegistry(options.registry)
  const read = wireReader<T>(avro, (id) => schemaOf(registry, id))
  const consumer = kafkaClient(options, options.group).consumer({
    groupId: options.group,
    maxWaitTimeInMs: 100,
    retry: { retries: Number.MAX_SAFE_INTEGER, maxRetryTime: 5_000 },
  })
  await consumer.connect()
  await consumer.subscribe({ topics: [`${options.prefix}.${topic.name}`], fromBeginning: true })
  await consumer.run({
    async eachMessage({ partition, message }) {
      const header = (name: string): string => String(message.headers?.[name] ?? '')
      const value = await read(message.value ?? Buffer.alloc(0)).catch(asError)
      const position = Number(header('asof-position'))
      await take({ log: header('asof-log'), topic: topic.name, partition, position, value })
    },
  })
  return { close: () => consumer.disconnect() }
}

const asError = (error: unknown): Error =>
  error instanceof Error ? error : refuse('topic.malformed', { problem: String(error) })
