/**
 * Batches that are encoded before the client gets them. It makes a buffer for each header of each message, which is most of what it
 * takes to publish; but it hands each batch to the codec that packs it, and asks nobody what comes out of that. So it is given empty
 * messages, the first of which says where the records are, and a codec that puts those in their place. The client's transactions, sequence
 * numbers, checksums and tries are its own.
 */
import { promisify } from 'node:util'
import { gzip, zstdCompress } from 'node:zlib'
import kafkajs, { type RecordMetadata, type Transaction } from 'kafkajs'
import type { Message } from '../ports.ts'
import { TOPICS } from '../topics.ts'
import type { Compression } from './compressions.ts'
import { partitionOf } from './partition.ts'
import { recordsOf } from './records.ts'

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
  const mine: number[] = []
  const empty = batches.flatMap(({ topic, partition, messages: all }) => {
    const number = ++numbers % 2 ** 32
    mine.push(number)
    prepared.set(number, recordsOf(all))
    const value = Buffer.alloc(NUMBER_BYTES)
    value.writeUInt32BE(number)
    const first = { value, partition }
    const other = { value: null, partition }
    return [{ topic: `${prefix}.${topic}`, messages: all.map((_, at) => (at === 0 ? first : other)) }]
  })
  try {
    const answered = await transaction.sendBatch({
      acks: -1,
      compression: CODECS[compression],
      topicMessages: empty,
    })
    assertAll(answered, batches)
  } finally {
    for (const number of mine) prepared.delete(number)
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
