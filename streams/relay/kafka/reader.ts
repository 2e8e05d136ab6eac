/** Reads topics as their consumers should: committed messages alone, in order, each with its schema resolved once. */
import { setTimeout } from 'node:timers/promises'
import type { Consumer } from 'kafkajs'
import type { Position } from '../../../schemas/envelope.ts'
import { Refusal, refuse } from '../../../schemas/kernel/fault.ts'
import type { MessageDefinition } from '../../../schemas/topics/message.ts'
import { wireReader } from '../../../schemas/topics/wire.ts'
import type { Topic } from '../topics.ts'
import { type BrokerOptions, brokerProblem, kafkaClient } from './client.ts'
import { type RegistryOptions, schemaIfThere, schemaRegistry } from './schemas.ts'
import { registerZstd } from './zstd.ts'

export type ReadMessage<T> = Readonly<{
  log: string
  topic: string
  partition: number
  position: Position
  /** Or why it cannot be read: no Avro, of a schema that the registry does not have, or of another one. */
  value: T | Refusal
}>

export type ReaderOptions = BrokerOptions &
  Readonly<{
    prefix: string
    registry: RegistryOptions
    /** Whoever reads as the same group goes on where it left off; one that is new begins at the beginning. */
    group: string
    /** Told why a topic cannot be read on for now: the registry or the brokers are away, the topic is not there, or `take` failed. */
    onWait?: (topic: string, why: string) => void
  }>

const PAUSE_MILLIS = 1_000
const RETRY = { retries: 5, initialRetryTime: 100, maxRetryTime: 2_000, restartOnFailure: async () => false }

/**
 * Reads a topic until it is closed. A message counts as read when `take` has resolved; until then it comes again. Each failure that does not
 * pass by itself gets a new client: one that met a topic which was deleted never reads it again, and one that crashed says nothing.
 * @throws Error where the brokers cannot be reached at first, or do not have the topic
 */
export async function readTopic<T>(
  options: ReaderOptions,
  { name }: Topic,
  avro: MessageDefinition['avro'],
  take: (message: ReadMessage<T>) => Promise<void>,
): Promise<{ close: () => Promise<void> }> {
  const topic = `${options.prefix}.${name}`
  const over = new AbortController()
  const hear = heardBy(options, { name, avro, take })
  let reading = await opened(options, topic, hear)
  const goOn = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const why = await reading.lost
      if (over.signal.aborted) return
      options.onWait?.(topic, brokerProblem(why, topic))
      await reading.consumer.disconnect().catch(() => undefined)
      await setTimeout(PAUSE_MILLIS, undefined, { signal: over.signal }).catch(() => undefined)
      reading = await opened(options, topic, hear).catch((error: unknown) => ({
        ...reading,
        lost: Promise.resolve(error),
      }))
    }
  }
  void goOn()
  return {
    async close() {
      over.abort()
      await reading.consumer.disconnect()
    },
  }
}

type Payload = Parameters<NonNullable<NonNullable<Parameters<Consumer['run']>[0]>['eachMessage']>>[0]
type Reading = Readonly<{ consumer: Consumer; lost: Promise<unknown> }>

async function opened(
  options: ReaderOptions,
  topic: string,
  eachMessage: (payload: Payload) => Promise<void>,
): Promise<Reading> {
  registerZstd()
  const consumer = kafkaClient(options, options.group).consumer({
    groupId: options.group,
    maxWaitTimeInMs: 100,
    allowAutoTopicCreation: false,
    retry: RETRY,
  })
  try {
    await consumer.connect()
    await consumer.subscribe({ topics: [topic], fromBeginning: true })
    const lost = Promise.withResolvers<unknown>()
    consumer.on(consumer.events.CRASH, ({ payload }) => lost.resolve(payload.error))
    await consumer.run({ eachMessage })
    return { consumer, lost: lost.promise }
  } catch (error) {
    await consumer.disconnect().catch(() => undefined)
    throw error
  }
}

type Hearing<T> = Readonly<{
  name: string
  avro: MessageDefinition['avro']
  take: (message: ReadMessage<T>) => Promise<void>
}>

/** Each message, read by the schema that it was written with. A registry that does not answer fails it: it is read again. */
function heardBy<T>({ registry: where }: ReaderOptions, { name, avro, take }: Hearing<T>) {
  const registry = schemaRegistry(where)
  const read = wireReader<T>(avro, async (id) => {
    const schema = await schemaIfThere(registry, id)
    if (schema === null) throw refuse('topic.malformed', { problem: `the registry has no Avro schema ${id}` })
    return schema
  })
  return async ({ partition, message }: Payload): Promise<void> => {
    const header = (key: string): string => String(message.headers?.[key] ?? '')
    const told = await read(message.value ?? Buffer.alloc(0)).catch((error: unknown) => {
      if (error instanceof Refusal) return error
      throw new Error(`the schema registry does not answer: ${String(error)}`)
    })
    const position = Number(header('asof-position'))
    const value = told instanceof Refusal ? told : whatItSays(told, position)
    await take({ log: header('asof-log'), topic: name, partition, position, value })
  }
}

/** The relay says a position twice, in the header and in the envelope: who says two did not read it in the log. */
function whatItSays<T>(value: T, position: Position): T | Refusal {
  const { envelope } = value as { envelope?: { position?: unknown } }
  const said = envelope?.position
  if (said === position) return value
  return refuse('topic.malformed', {
    problem: `its envelope is of position ${said}, and its header asof-position of ${position}`,
  })
}
