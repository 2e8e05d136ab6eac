/**
 * How fast a topic becomes durable arrivals, from the first fetch to the last row in the log, beside bare kafkajs that reads the same
 * messages and parses the same JSON or Avro, and keeps nothing. Against a real Kafka on this machine.
 */
import { avroType, type Schema } from '../../schemas/avro.ts'
import { parseMoment } from '../../schemas/kernel/time.ts'
import { framed, unframed } from '../../schemas/topics/wire.ts'
import { kafkaClient } from '../../streams/relay/kafka/client.ts'
import { SchemaStore } from '../../streams/relay/registry/registry.ts'
import { serveRegistry } from '../../streams/relay/registry/server.ts'
import { freePorts } from '../servers/daemon.ts'
import { KAFKA_VERSIONS, kafkaMissing, startKafka, wipeKafka } from '../servers/kafka.ts'
import { intakeFolder, openTicks, range, takenIn } from '../support/intake.ts'
import { topicWriter } from '../support/topic-writer.ts'

const AT = parseMoment('2024-01-02T15:00:00Z') / 1_000
const NAMES = 500

type Row = Readonly<Record<string, string | number>>
type Case = Readonly<{ format: 'json' | 'ndjson' | 'avro'; messages: number; each: number }>

const CASES: readonly Case[] = [
  { format: 'json', messages: 400_000, each: 1 },
  { format: 'ndjson', messages: 10_000, each: 100 },
  { format: 'avro', messages: 400_000, each: 1 },
]
const SCHEMA: Schema = {
  type: 'record',
  name: 'bench.Tick',
  fields: [
    { name: 'name', type: 'string' },
    { name: 'time', type: 'string' },
    { name: 'price', type: 'double' },
  ],
}
const AVRO = avroType(SCHEMA)

/** Each row is of its own: a name at a moment. */
const tickOf = (n: number) => ({
  ...{ name: `n${n % NAMES}`, time: new Date(AT + Math.floor(n / NAMES)).toISOString() },
  price: 100 + (n % 977) / 8,
})
const rowOf = (n: number): string => JSON.stringify(tickOf(n))

/** @returns null where no Kafka can be run here */
export async function benchIntake(): Promise<readonly Row[] | null> {
  const missing = kafkaMissing()
  if (missing !== null) {
    console.log(`\nkafka-in: skipped, ${missing}`)
    return null
  }
  const [version] = KAFKA_VERSIONS
  const port = await freePorts(2)
  const store = new SchemaStore()
  const registered = store.register('bench', JSON.stringify(SCHEMA))
  const id = registered.ok ? registered.value.id : 0
  const registry = await serveRegistry(store, { writer: { username: 'bench', password: 'secret' } })
  try {
    const brokers = [await startKafka(version, port)]
    const rows: Row[] = []
    for (const one of CASES) rows.push(...(await measured(brokers, registry.url, [one, id])))
    return rows
  } finally {
    await registry.close()
    await wipeKafka(version, port)
  }
}

async function measured(
  brokers: readonly string[],
  registry: string,
  [{ format, messages, each }, id]: readonly [Case, number],
): Promise<readonly Row[]> {
  const topic = `bench-${format}`
  const writer = await topicWriter(brokers)
  await writer.create(topic, 4)
  // Less than a megabyte at a time, as brokers take it unless they are told otherwise.
  const slice = Math.min(1_000, Math.ceil(8_000 / each))
  for (let from = 0; from < messages; from += slice)
    await writer.write(
      topic,
      range(from, Math.min(messages, from + slice)).map((message) => ({
        partition: message % 4,
        value:
          format === 'avro'
            ? framed(id, AVRO.toBuffer(tickOf(message)))
            : range(message * each, (message + 1) * each)
                .map(rowOf)
                .join('\n'),
      })),
    )
  await writer.close()
  const [bare, arrived] = [
    await byBareClient(brokers, topic, { format, messages }),
    await byIntake(brokers, registry, { topic, format, messages }),
  ]
  const all = messages * each
  return [
    {
      what: `kafkajs, ${format === 'avro' ? 'avsc' : 'JSON.parse'}, ${each} a message`,
      'rows/s': Math.round(all / bare),
      seconds: bare.toFixed(1),
    },
    { what: `Asof, ${format}, durable`, 'rows/s': Math.round(all / arrived), seconds: arrived.toFixed(1) },
  ]
}

type Topic = Pick<Case, 'format' | 'messages'>
const PARSE: Readonly<Record<Case['format'], (value: Buffer) => number>> = {
  json: (value) => (JSON.parse(String(value)) as { price: number }).price,
  ndjson: (value) =>
    String(value)
      .split('\n')
      .reduce((sum, line) => sum + (JSON.parse(line) as { price: number }).price, 0),
  avro: (value) => (AVRO.fromBuffer(unframed(value).avro) as { price: number }).price,
}

async function byBareClient(
  brokers: readonly string[],
  topic: string,
  { format, messages }: Topic,
): Promise<number> {
  const consumer = kafkaClient({ brokers }, 'bare').consumer({
    groupId: `bare-${topic}`,
    maxWaitTimeInMs: 200,
  })
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  const done = Promise.withResolvers<number>()
  let [count, sum, from] = [0, 0, 0]
  await consumer.run({
    async eachBatch({ batch }) {
      from ||= performance.now()
      for (const { value } of batch.messages) sum += PARSE[format](value ?? Buffer.alloc(0))
      count += batch.messages.length
      if (count >= messages) done.resolve((performance.now() - from) / 1000)
    },
  })
  const seconds = await done.promise
  await consumer.disconnect()
  if (!(sum > 0)) throw new Error('nothing was read')
  return seconds
}

async function byIntake(
  brokers: readonly string[],
  registry: string,
  { topic, format, messages }: Topic & Readonly<{ topic: string }>,
): Promise<number> {
  const { path, remove } = intakeFolder()
  const open = await openTicks(path, { brokers, registry, topic, format, rows: 100_000, seconds: 1 })
  let from = 0
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 20))
    if (from === 0 && open.intake.status()[0].state === 'reading') from = performance.now()
    const taken = await takenIn(open.platform)
    const count = taken.reduce((sum, one) => {
      const [, first, to] = one.split(/[:-]/).map(Number)
      return sum + to - first
    }, 0)
    if (count >= messages) break
  }
  const seconds = (performance.now() - from) / 1000
  await open.close()
  remove()
  return seconds
}
