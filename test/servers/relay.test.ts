/** The relay against a real Kafka: what is on the topics is the log, for any client of Kafka and of a schema registry. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SchemaRegistry } from '@kafkajs/confluent-schema-registry'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { REGISTRY } from '../../schemas/registry.ts'
import type { Capital, Model, Prediction } from '../../schemas/topics/oms.ts'
import { unframed } from '../../schemas/topics/wire.ts'
import { Limit, relayOver } from '../../serving/relay/run.ts'
import type { KafkaOptions } from '../../streams/relay/kafka/bus.ts'
import { kafkaClient } from '../../streams/relay/kafka/client.ts'
import { partitionOf } from '../../streams/relay/kafka/partition.ts'
import { registerZstd } from '../../streams/relay/kafka/zstd.ts'
import type { Message } from '../../streams/relay/ports.ts'
import { SchemaStore } from '../../streams/relay/registry/registry.ts'
import { type RegistryServer, serveRegistry } from '../../streams/relay/registry/server.ts'
import { TOPICS } from '../../streams/relay/topics.ts'
import type { MemoryPlatform } from '../support/memory-platform.ts'
import { smallFolder } from '../support/small-folder.ts'
import {
  BROKERS,
  messagesOf,
  NO_KAFKA,
  type Read,
  readTopics,
  TEST_REGISTRY,
  tally,
} from '../support/topics.ts'
import { has } from './daemon.ts'
import { readByKcat, readByPython } from './readers.ts'

const WRITER = { username: 'asof', password: 'secret' }
const PREFIX = `whole-${process.pid}`

describe.skipIf(NO_KAFKA !== null)(`the relay and a real Kafka ${NO_KAFKA ?? ''}`, () => {
  const path = mkdtempSync(join(tmpdir(), 'asof-relay-'))
  let platform: MemoryPlatform
  let own: RegistryServer
  let options: KafkaOptions
  let expected: readonly Message[]
  let read: readonly Read[]
  let registry: SchemaRegistry
  let writers = 0

  const publish = async (given: KafkaOptions = options, upTo = Number.POSITIVE_INFINITY) => {
    const { position } = await platform.log.head()
    const head = Math.min(position, upTo)
    const limit = new Limit()
    limit.raise(head)
    const relay = relayOver(platform.log, { ...given, writer: `writer-${++writers}` }, limit, {
      mostMessages: 50,
      onStatus: ({ position }) => position >= head && limit.end(),
    })
    await relay.run()
    return relay.status
  }

  beforeAll(async () => {
    platform = await smallFolder(path, 40)
    own = await serveRegistry(new SchemaStore(), { writer: WRITER })
    const url = TEST_REGISTRY ?? own.url
    options = {
      brokers: BROKERS,
      log: platform.log.seal?.identity ?? '',
      prefix: PREFIX,
      writer: 'first',
      registry: { url, auth: TEST_REGISTRY === undefined ? WRITER : undefined },
    }
    registry = new SchemaRegistry({ host: url })
    expected = await messagesOf(platform.log, options.log)
    await publish()
    read = await readTopics(BROKERS, PREFIX, { atLeast: expected.length })
  }, 120_000)

  afterAll(async () => {
    await own?.close()
    await platform?.close()
    rmSync(path, { recursive: true, force: true })
  })

  test('every event is there once, in order', () => {
    expect(tally(expected, read)).toEqual({
      read: expected.length,
      dropped: 0,
      lost: 0,
      doubled: 0,
      unordered: 0,
    })
    const events = read.filter(({ topic }) => topic === 'events.v1')
    expect(events).toHaveLength(Math.max(...events.map(({ headers }) => Number(headers['asof-position']))))
  })

  test('keys, headers and bytes are those that the log says', () => {
    const idOf = ({ topic, headers }: Pick<Read, 'topic' | 'headers'>) =>
      `${topic} ${headers['asof-position']}`
    const found = new Map(read.map((one) => [idOf(one), one]))
    for (const { topic, key, headers, value } of expected) {
      const one = found.get(idOf({ topic, headers }))
      expect(one).toMatchObject({ key, headers })
      // The schema's id is the registry's to give.
      expect(one && Buffer.compare(unframed(one.value).avro, unframed(Buffer.from(value ?? [])).avro)).toBe(0)
      const { partitions = 0 } = TOPICS.find(({ name }) => name === topic) ?? {}
      expect(one?.partition).toBe(partitionOf(key, partitions))
    }
  })

  test("any client of the registry reads an event with the log's own bytes", async () => {
    const events = new Map<number, unknown>()
    for await (const batch of platform.log.readAll(1))
      for (const event of batch) events.set(event.position, event)
    for (const { value, headers } of read.filter(({ topic }) => topic === 'events.v1')) {
      const event = events.get(Number(headers['asof-position'])) as {
        type: string
        data: unknown
        actor: string
      }
      const { envelope, data } = await registry.decode(value)
      expect([envelope.type, envelope.actor]).toEqual([event.type, event.actor])
      const bytes = REGISTRY.get(event.type)?.avro.toBuffer(event.data)
      expect(bytes && value.subarray(-bytes.length).equals(bytes)).toBe(true)
      expect(JSON.parse(JSON.stringify(data))).toEqual(event.data)
    }
  })

  test('a prediction carries what an OMS needs, and a cut is told before the next one', async () => {
    const of = async <T>(topic: string): Promise<T[]> =>
      Promise.all(read.filter((one) => one.topic === topic).map(({ value }) => registry.decode(value)))
    const [predictions, capitals, models] = [
      await of<Prediction>('predictions.v1'),
      await of<Capital>('capital.v1'),
      await of<Model>('models.v1'),
    ]
    expect(predictions).toHaveLength(40)
    const [model] = models
    expect(model).toMatchObject({ model: 'small', approvals: ['bob', 'cat'], dataset: 'small' })
    const cut = capitals.find(({ why }) => why === 'reduced')
    expect(cut).toMatchObject({ model: 'small', fraction: 0.5 })
    for (const one of predictions) {
      expect([one.artifact, one.promotion, one.approvals]).toEqual([
        model.artifact,
        model.promotion,
        ['bob', 'cat'],
      ])
      const limit = capitals.findLast(({ envelope }) => envelope.position < one.envelope.position)
      expect([one.capital, one.capitalPosition]).toEqual([limit?.fraction, limit?.envelope.position])
      for (const { weight, scaledWeight } of one.rows) expect(scaledWeight).toBe(weight * one.capital)
    }
    const after = predictions.find(({ envelope }) => envelope.position > (cut?.envelope.position ?? 0))
    expect(after?.capital).toBe(0.5)
  })

  test('published again, nothing is there twice', async () => {
    expect(await publish()).toMatchObject({ state: 'publishing', reason: null })
    const again = await readTopics(BROKERS, PREFIX, { atLeast: expected.length })
    expect(again).toHaveLength(read.length)
  })

  test('a second relay shuts the first out, which stops instead of taking turns', async () => {
    const { position: head } = await platform.log.head()
    const prefix = `${PREFIX}-second`
    const limit = new Limit()
    const first = relayOver(platform.log, { ...options, prefix }, limit, {
      onStatus: ({ position }) => position >= 10 && limitReached.resolve(),
    })
    const limitReached = Promise.withResolvers<void>()
    limit.raise(10)
    const running = first.run()
    await limitReached.promise
    expect(await publish({ ...options, prefix })).toMatchObject({ position: head })
    limit.raise(head)
    await running
    expect(first.status).toMatchObject({ state: 'stopped', fault: { code: 'relay.second' } })
    const messages = await readTopics(BROKERS, prefix, { atLeast: expected.length })
    expect(tally(expected, messages)).toMatchObject({ lost: 0, doubled: 0, dropped: 0, unordered: 0 })
  })

  test('a log that went on otherwise since it was published is not taken for it', async () => {
    const readAll: MemoryPlatform['log']['readAll'] = async function* (from, filter) {
      for await (const batch of platform.log.readAll(from, filter))
        yield batch.map((event) => ({ ...event, recordedAt: event.recordedAt + 1 }))
    }
    const { position: head } = await platform.log.head()
    const limit = new Limit()
    limit.raise(head)
    const relay = relayOver({ ...platform.log, readAll }, options, limit)
    await relay.run()
    expect(relay.status).toMatchObject({ state: 'stopped', fault: { code: 'relay.other-log' } })
  })

  test('topics of another log are not written to', async () => {
    const status = await publish({ ...options, log: 'f'.repeat(64) })
    expect(status).toMatchObject({ state: 'stopped', fault: { code: 'relay.cursor-lost' } })
  })

  test('a broker that forgot the place is told by what was kept beside the log', async () => {
    const kept = { load: () => expected.length, save: () => undefined }
    const { position: head } = await platform.log.head()
    const status = await publish({
      ...options,
      log: 'e'.repeat(64),
      kept: { ...kept, load: () => head },
    })
    expect(status).toMatchObject({ position: head, fault: null })
    const again = await readTopics(BROKERS, PREFIX, { atLeast: expected.length })
    // The last event is published twice, and dropped by its position.
    expect(tally(expected, again)).toMatchObject({ lost: 0, doubled: 0, unordered: 0 })
  })

  test('packed with gzip or Zstandard it is the same, for kcat and for Python too', async () => {
    registerZstd()
    const python = process.env.TEST_KAFKA_PYTHON
    for (const compression of ['gzip', 'zstd'] as const) {
      const where = { brokers: BROKERS, prefix: `${PREFIX}-${compression}` }
      await publish({ ...options, prefix: where.prefix, compression })
      const read = [await readTopics(BROKERS, where.prefix, { atLeast: expected.length })]
      if (has('kcat', ['-V'])) read.push(readByKcat(where))
      if (python !== undefined) read.push(await readByPython(python, options.registry.url, where))
      for (const one of read)
        expect(tally(expected, one)).toEqual({
          read: expected.length,
          dropped: 0,
          lost: 0,
          doubled: 0,
          unordered: 0,
        })
    }
  }, 60_000)

  test('a topic with other partitions is refused', async () => {
    const prefix = `${PREFIX}-other`
    const admin = kafkaClient({ brokers: BROKERS }, 'test').admin()
    await admin.connect()
    await admin.createTopics({ topics: [{ topic: `${prefix}.capital.v1`, numPartitions: 2 }] })
    await admin.disconnect()
    const status = await publish({ ...options, prefix })
    expect(status.reason).toContain(`${prefix}.capital.v1 has 2 partitions`)
  })

  test('a topic that somebody deleted is made anew, and what follows is on it', async () => {
    const prefix = `${PREFIX}-deleted`
    const middle = Math.floor(expected.length / 3)
    await publish({ ...options, prefix }, middle)
    const admin = kafkaClient({ brokers: BROKERS }, 'test').admin()
    await admin.connect()
    await admin.deleteTopics({ topics: [`${prefix}.events.v1`] })
    await admin.disconnect()
    expect(await publish({ ...options, prefix })).toMatchObject({ fault: null })
    const left = expected.filter(
      ({ topic, headers }) => topic !== 'events.v1' || Number(headers['asof-position']) > middle,
    )
    const read = await readTopics(BROKERS, prefix, { atLeast: left.length })
    expect(tally(left, read)).toMatchObject({ lost: 0, doubled: 0, unordered: 0 })
  }, 60_000)
})
