/**
 * Batches that are encoded before the client gets them. It makes a buffer for each message and each of its headers, and copies the list
 * of a partition's messages for each one more, which is most of what it takes to publish; but it hands each batch to the codec that packs
 * it, and asks nobody what comes out of that. So it is given a list for each partition that is as long as the batch and empty but for one
 * message, which says where the records are, and a codec that puts those in their place. The client's transactions, sequence numbers,
 * checksums and tries are its own.
 */
import { promisify } from 'node:util'
import { gzip, zstdCompress } from 'node:zlib'
import kafkajs, { type RecordMetadata, type Transaction } from 'kafkajs'
import type { Message } from '../ports.ts'
import { TOPICS } from '../topics.ts'
import type { Compression } from './compressions.ts'
import { partitionOf } from './partition.ts'
import { recordsOf, Writer } from './records.ts'

const { None, GZIP, ZSTD } = kafkajs.CompressionTypes
/** Of a codec's number, the batch is told the lowest three bits alone: under this one more bit are the codecs of prepared batches. */
const PREPARED = 8
const CODECS: Readonly<Record<Compression, number>> = {
  none: PREPARED | None,
  gzip: PREPARED | GZIP,
  zstd: PREPARED | ZSTD,
}
const PACK: Readonly<Record<Compression, (records: Buffer) => Promise<Buffer> | Buffer>> = {
  none: (records) => records,
  gzip: promisify(gzip),
  zstd: promisify(zstdCompress),
}

/** Records on their way, by their number; until they are sent, since a failure that passes is tried again. */
const prepared = new Map<number, Buffer>()
/** Where the records of batches lie that are done with: large buffers that come and go have the whole memory searched for others. */
const spare: Writer[] = []
const MOST_SPARE_BYTES = 4 * 1024 * 1024
let numbers = 0
const NUMBER_BYTES = 4
/** An empty record with such a value: its length, no attributes, no time, the first offset, no key, and how long the value is. */
const NUMBER_AT = 6

for (const [compression, codec] of Object.entries(CODECS) as [Compression, number][])
  (kafkajs.CompressionCodecs as Record<number, () => object>)[codec] = () => ({
    async compress({ buffer }: Readonly<{ buffer: Buffer }>): Promise<Buffer> {
      const records = prepared.get(buffer.readUInt32BE(NUMBER_AT))
      if (records === undefined) throw new Error('these records were not prepared')
      return PACK[compression](records)
    },
  })

type Empty = Readonly<{ value: Buffer }>

/** As many as a batch has, all but the first left out: whoever goes through them meets that one alone. */
function listOf(number: number, length: number): readonly Empty[] {
  const value = Buffer.alloc(NUMBER_BYTES)
  value.writeUInt32BE(number)
  const list = new Array<Empty>(length)
  list[0] = { value }
  return list
}

/** A topic's messages, which the client puts by partition message by message: they lie that way already. */
class Lists extends Array<Empty> {
  readonly #byPartition: readonly (readonly [partition: number, list: readonly Empty[]])[]

  constructor(byPartition: readonly (readonly [number, readonly Empty[]])[]) {
    super()
    this.#byPartition = byPartition
  }

  override reduce(): never {
    return Object.fromEntries(this.#byPartition) as never
  }
}

type Sending = Readonly<{ prefix: string; compression: Compression }>
type Batch = Readonly<{ topic: string; partition: number; messages: readonly Message[] }>

/**
 * Publishes messages within a transaction, each in the partition of its key.
 * @throws Error where not each batch is acknowledged; then the transaction must not be committed
 */
export async function sendPrepared(
  transaction: Pick<Transaction, 'sendBatch'>,
  messages: readonly Message[],
  { prefix, compression }: Sending,
): Promise<void> {
  const batches = batchesOf(messages)
  const mine = new Map<number, Writer>()
  const sent = [...Map.groupBy(batches, ({ topic }) => topic)].map(([topic, of]) => {
    const lists = of.map(({ partition, messages: all }) => {
      const number = ++numbers % 2 ** 32
      const writer = spare.pop() ?? new Writer()
      mine.set(number, writer)
      prepared.set(number, recordsOf(all, writer))
      return [partition, listOf(number, all.length)] as const
    })
    return { topic: `${prefix}.${topic}`, messages: new Lists(lists) }
  })
  try {
    const answered = await transaction.sendBatch({
      acks: -1,
      compression: CODECS[compression],
      topicMessages: sent,
    })
    assertAll(answered, batches)
  } finally {
    for (const [number, writer] of mine) {
      prepared.delete(number)
      if (writer.bytes.length <= MOST_SPARE_BYTES) spare.push(writer)
    }
  }
}

/** The client passes over partitions that it does not find. */
function assertAll(answered: readonly RecordMetadata[], batches: readonly Batch[]): void {
  if (answered.length === batches.length) return
  const missing = batches.length - answered.length
  throw new Error(`${missing} of ${batches.length} partitions are not there: a topic was made anew`)
}

function batchesOf(messages: readonly Message[]): readonly Batch[] {
  const batches = new Map<string, { topic: string; partition: number; messages: Message[] }>()
  for (const message of messages) {
    const { topic } = message
    const partition = partitionOf(message.key, PARTITIONS.get(topic) ?? 1)
    const place = `${topic} ${partition}`
    const batch = batches.get(place)
    if (batch === undefined) batches.set(place, { topic, partition, messages: [message] })
    else batch.messages.push(message)
  }
  return [...batches.values()]
}

const PARTITIONS: ReadonlyMap<string, number> = new Map(
  TOPICS.map(({ name, partitions }) => [name, partitions]),
)
