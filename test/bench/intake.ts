/**
 * How fast a topic becomes durable arrivals, from the first fetch to the last row in the log, beside bare kafkajs that reads the same
 * messages and parses the same JSON, and keeps nothing. Against a real Kafka on this machine.
 */
import { parseMoment } from '../../schemas/kernel/time.ts'
import { kafkaClient } from '../../streams/relay/kafka/client.ts'
import { freePorts } from '../servers/daemon.ts'
import { KAFKA_VERSIONS, kafkaMissing, startKafka, wipeKafka } from '../servers/kafka.ts'
import { intakeFolder, openTicks, range, takenIn } from '../support/intake.ts'
import { topicWriter } from '../support/topic-writer.ts'

const AT = parseMoment('2024-01-02T15:00:00Z') / 1_000
const NAMES = 500

type Row = Readonly<Record<string, string | number>>
type Case = Readonly<{ format: 'json' | 'ndjson'; messages: number; each: number }>

const CASES: readonly Case[] = [
  { format: 'json', messages: 100_000, each: 1 },
  { format: 'ndjson', messages: 5_000, each: 100 },
]

/** Each row is of its own: a name at a moment. */
const rowOf = (n: number): string =>
  `{"name":"n${n % NAMES}","time":"${new Date(AT + Math.floor(n / NAMES)).toISOString()}","price":${100 + (n % 977) / 8}}`

/** @returns null where no Kafka can be run here */
export async function benchIntake(): Promise<readonly Row[] | null> {
  const missing = kafkaMissing()
  if (missing !== null) {
    console.log(`\nkafka-in: skipped, ${missing}`)
    return null
  }
  const [version] = KAFKA_VERSIONS
  const port = await freePorts(2)
  try {
    const brokers = [await startKafka(version, port)]
    const rows: Row[] = []
    for (const one of CASES) rows.push(...(await measured(brokers, one)))
    return rows
  } finally {
    await wipeKafka(version, port)
  }
}

async function measured(
  brokers: readonly string[],
  { format, messages, each }: Case,
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
        value: range(message * each, (message + 1) * each)
          .map(rowOf)
          .join('\n'),
      })),
    )
  await writer.close()
  const [bare, arrived] = [
    await byBareClient(brokers, topic, messages),
    await byIntake(brokers, { topic, format, messages }),
  ]
  const all = messages * each
  return [
    {
      what: `kafkajs, JSON.parse, ${each} rows a message`,
      'rows/s': Math.round(all / bare),
      seconds: bare.toFixed(1),
    },
    { what: `Asof, ${format}, durable`, 'rows/s': Math.round(all / arrived), seconds: arrived.toFixed(1) },
  ]
}

async function byBareClient(brokers: readonly string[], topic: string, messages: number): Promise<number> {
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
      for (const { value } of batch.messages)
        for (const line of String(value).split('\n')) sum += (JSON.parse(line) as { price: number }).price
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
  { topic, format, messages }: Pick<Case, 'format' | 'messages'> & Readonly<{ topic: string }>,
): Promise<number> {
  const { path, remove } = intakeFolder()
  const open = await openTicks(path, { brokers, topic, format, rows: 100_000, seconds: 1 })
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
