/** Batches that the relay encodes by itself are byte for byte what the client would have made of the same messages. */
import { createRequire } from 'node:module'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { partitionOf } from '../../streams/relay/kafka/partition.ts'
import { sendPrepared } from '../../streams/relay/kafka/prepared.ts'
import { recordsOf } from '../../streams/relay/kafka/records.ts'
import { registerZstd } from '../../streams/relay/kafka/zstd.ts'
import type { Message } from '../../streams/relay/ports.ts'

type Plain = {
  key: string | null
  value: Buffer | null
  headers?: Record<string, string>
}
type Encoded = Readonly<{ buffer: Buffer }>
type TopicMessages = readonly Readonly<{ topic: string; messages: readonly Plain[] }>[]
type Sent = Readonly<{ compression: number; topicMessages: TopicMessages }>

const inside = createRequire(createRequire(import.meta.url).resolve('kafkajs'))
const record = inside('./src/protocol/recordBatch/record/v0') as (one: object) => Encoded
const { RecordBatch } = inside('./src/protocol/recordBatch/v0') as {
  RecordBatch: (batch: object) => Promise<Encoded>
}
const Decoder = inside('./src/protocol/decoder') as new (bytes: Buffer) => object
const groupedBy = inside('./src/producer/groupMessagesPerPartition') as (
  one: object,
) => Record<string, Plain[]>
const decodeBatch = inside('./src/protocol/recordBatch/v0/decoder') as (decoder: object) => Promise<{
  records: readonly Readonly<{ key: Buffer; value: Buffer; headers: Record<string, Buffer> }>[]
}>

const message = (topic: string) =>
  fc.record({
    topic: fc.constant(topic),
    key: fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('small', 'data-prices', 'a'.repeat(200))),
    value: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    headers: fc.dictionary(
      fc.string({ minLength: 1 }).filter((name) => name !== '__proto__'),
      fc.string({ unit: 'grapheme', maxLength: 90 }),
      { maxKeys: 10 },
    ),
  })

test('records are those that the client writes', () => {
  fc.assert(
    fc.property(fc.array(message('events.v1'), { maxLength: 80, size: 'max' }), (messages) => {
      const theirs = messages.map((one, offsetDelta) => record({ ...one, offsetDelta }).buffer)
      expect(recordsOf(messages).equals(Buffer.concat(theirs))).toBe(true)
    }),
    { numRuns: 15 },
  )
})

/** What the client would send of it: each batch by its place. */
async function batchesOf({ compression, topicMessages }: Sent): Promise<ReadonlyMap<string, Encoded>> {
  const batches = new Map<string, Encoded>()
  for (const { topic, messages } of topicMessages) {
    // The client looks for a message without a value, and puts each in its partition.
    expect(messages.find(({ value }) => value === undefined)).toBe(undefined)
    const partitioner = () => {
      throw new Error('they lie in their partitions already')
    }
    const grouped = groupedBy({ topic, messages, partitionMetadata: [{}], partitioner })
    for (const [partition, list] of Object.entries(grouped)) {
      const records = list.map((one, offsetDelta) => record({ ...one, offsetDelta }))
      const now = { firstTimestamp: 1, maxTimestamp: 1, lastOffsetDelta: records.length - 1 }
      batches.set(
        `${topic} ${partition}`,
        await RecordBatch({ ...now, compression, records, transactional: true }),
      )
    }
  }
  return batches
}

test('a batch has their number, the flags that consumers know, and unpacks to the messages', async () => {
  registerZstd()
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(message('events.v1'), message('capital.v1')), { minLength: 1, maxLength: 60 }),
      fc.constantFrom(['none', 0] as const, ['gzip', 1] as const, ['zstd', 4] as const),
      async (messages, [compression, codec]) => {
        let batches: ReadonlyMap<string, Encoded> = new Map()
        const sendBatch = async (sent: unknown) => {
          batches = await batchesOf(sent as Sent)
          // A failure that passes is tried again, with the same messages.
          batches = await batchesOf(sent as Sent)
          return [...batches.keys()].map(() => ({})) as never
        }
        await sendPrepared({ sendBatch }, messages, { prefix: 'p', compression })
        const placeOf = ({ topic, key }: Message) =>
          `p.${topic} ${partitionOf(key, topic === 'events.v1' ? 6 : 1)}`
        const wanted = Map.groupBy(messages, placeOf)
        expect([...batches.keys()].toSorted()).toEqual([...wanted.keys()].toSorted())
        for (const [place, batch] of batches) {
          const own = wanted.get(place) ?? []
          if (codec === 0) {
            const now = { firstTimestamp: 1, maxTimestamp: 1, lastOffsetDelta: own.length - 1 }
            const records = own.map((one, offsetDelta) => record({ ...one, offsetDelta }))
            const theirs = await RecordBatch({ ...now, records, transactional: true })
            expect(batch.buffer.equals(theirs.buffer)).toBe(true)
          }
          // The attributes stand behind offset, length, epoch, magic number and checksum.
          expect(batch.buffer.readInt16BE(21)).toBe(codec | 16)
          const { records } = await decodeBatch(new Decoder(batch.buffer))
          expect(records.map(({ key, value }) => [String(key), value])).toEqual(
            own.map(({ key, value }) => [key, value]),
          )
        }
      },
    ),
    { numRuns: 15 },
  )
})

test('partitions that the broker does not name are not taken for published', async () => {
  const messages = ['a', 'b', 'c', 'd'].map((key) => ({
    ...{ topic: 'events.v1', key, value: Buffer.from(key), headers: {} },
  }))
  const sendBatch = async () => [{ topicName: 'p.events.v1', partition: 0, errorCode: 0 }]
  await expect(sendPrepared({ sendBatch }, messages, { prefix: 'p', compression: 'none' })).rejects.toThrow(
    'partitions are not there: a topic was made anew',
  )
})
