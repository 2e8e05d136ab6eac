/** Avro in from a topic: each writer's schema is read, what is none is set apart, and a registry that is away is waited for. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { avroType, type Schema } from '../../schemas/avro.ts'
import { framed } from '../../schemas/topics/wire.ts'
import { rejectsOf } from '../../serving/rejects.ts'
import { registerAll, schemaRegistry } from '../../streams/relay/kafka/schemas.ts'
import { SchemaStore } from '../../streams/relay/registry/registry.ts'
import { serveRegistry } from '../../streams/relay/registry/server.ts'
import { intakeFolder, openTicks, pricesIn } from '../support/intake.ts'
import { type TopicWriter, topicWriter } from '../support/topic-writer.ts'
import { NO_KAFKA, TEST_REGISTRY } from '../support/topics.ts'
import { freePorts } from './daemon.ts'

const PREFIX = `avro-in-${process.pid}`
const WAIT = { timeout: 40_000, interval: 100 }
const WRITER = { username: 'oms', password: 'secret' }

const NAMED = { name: 'name', type: 'string' }
const TIMED = { name: 'time', type: 'string' }
const FIRST: Schema = {
  type: 'record',
  name: 'oms.Tick',
  fields: [NAMED, TIMED, { name: 'price', type: 'double' }],
}
/** A later one, with another field first, and a price that may be missing. */
const SECOND: Schema = {
  type: 'record',
  name: 'oms.Tick',
  fields: [
    { name: 'venue', type: ['null', 'string'], default: null },
    NAMED,
    TIMED,
    { name: 'price', type: ['null', 'double'], default: null },
  ],
}
const WHOLE: Schema = {
  type: 'record',
  name: 'oms.Lots',
  fields: [NAMED, TIMED, { name: 'price', type: 'long' }],
}
const OTHER: Schema = { type: 'record', name: 'oms.Other', fields: [NAMED, TIMED] }
const time = '2024-01-02T15:00:00Z'

/** The suite's registry where it runs one, else one of our own; and the ids of schemas there. */
async function registryOf(): Promise<
  Readonly<{
    url: string
    idOf: (subject: string, schema: Schema) => Promise<number>
    close: () => Promise<void>
  }>
> {
  if (TEST_REGISTRY !== undefined) {
    const client = schemaRegistry({ url: TEST_REGISTRY })
    const idOf = async (subject: string, schema: Schema) => {
      const named = `${PREFIX}-${subject}`
      return (await registerAll(client, [{ subject: named, schema }])).get(named) ?? 0
    }
    return { url: TEST_REGISTRY, idOf, close: async () => undefined }
  }
  const store = new SchemaStore()
  const { url, close } = await serveRegistry(store, { writer: WRITER })
  return { url, close, idOf: async (subject, schema) => idIn(store, subject, schema) }
}

function idIn(store: SchemaStore, subject: string, schema: Schema): number {
  const registered = store.register(subject, JSON.stringify(schema))
  if (!registered.ok) throw new Error(`${subject} is refused`)
  return registered.value.id
}

describe.skipIf(NO_KAFKA !== null)(`Avro in from a real Kafka ${NO_KAFKA ?? ''}`, () => {
  let writer: TopicWriter
  beforeAll(async () => {
    writer = await topicWriter()
  })
  afterAll(() => writer?.close())

  test('each schema is read as its writer had it; what is not Avro, of no schema or of another is set apart', async () => {
    const topic = `${PREFIX}-schemas`
    const { path, remove } = intakeFolder()
    const registry = await registryOf()
    const [first, second, whole, other] = [
      await registry.idOf('t', FIRST),
      await registry.idOf('t', SECOND),
      await registry.idOf('l', WHOLE),
      await registry.idOf('o', OTHER),
    ]
    const written = (id: number, schema: Schema, value: object) => ({
      value: framed(id, avroType(schema).toBuffer(value)),
    })
    await writer.create(topic)
    await writer.write(topic, [
      written(first, FIRST, { name: 'a', time, price: 1.5 }),
      written(second, SECOND, { venue: 'x', name: 'b', time, price: 2.5 }),
      written(second, SECOND, { venue: null, name: 'none', time, price: null }),
      written(whole, WHOLE, { name: 'c', time, price: 3 }),
      // From here on nothing is a row: 2^53 + 1 is no double.
      { value: framed(whole, Buffer.from('0264283230 32'.replaceAll(' ', ''), 'hex')) },
      written(other, OTHER, { name: 'd', time }),
      written(987_654, FIRST, { name: 'e', time, price: 5 }),
      { value: 'plain text' },
      { value: framed(first, Buffer.from([1, 2, 3])) },
      written(first, FIRST, { name: 'f', time, price: Number.POSITIVE_INFINITY }),
    ])
    const open = await openTicks(path, { topic, format: 'avro', registry: registry.url })
    await vi.waitFor(async () => expect(await pricesIn(open.platform)).toEqual([1.5, 2.5, 3]), WAIT)
    const [{ rejects }] = await rejectsOf(open.platform, { dataset: 'ticks', limit: 100 })
    expect(rejects.map(({ at, reason }) => [at?.offset, reason])).toEqual([
      [4, 'message.not-avro'],
      [5, 'message.other-schema'],
      [6, 'message.unknown-schema'],
      [7, 'message.not-avro'],
      [8, 'message.not-avro'],
      [9, 'value.not-finite'],
    ])
    expect(rejects[1].why).toContain('has no field "price"')
    expect(Buffer.from(rejects[3].bytes ?? '', 'base64').toString()).toBe('plain text')
    await open.close()
    await registry.close()
    remove()
  }, 60_000)

  test('a registry that is away is waited for, and nothing is lost', async () => {
    const topic = `${PREFIX}-registry`
    const { path, remove } = intakeFolder()
    const store = new SchemaStore()
    const id = idIn(store, 't', FIRST)
    const port = await freePorts(1)
    await writer.create(topic)
    await writer.write(topic, [
      { value: framed(id, avroType(FIRST).toBuffer({ name: 'a', time, price: 1 })) },
    ])
    const open = await openTicks(path, { topic, format: 'avro', registry: `http://127.0.0.1:${port}` })
    await vi.waitFor(() => expect(open.intake.status()[0].state).toBe('waiting'), WAIT)
    expect(open.intake.status()[0].reason).toContain('ECONNREFUSED')
    const registry = await serveRegistry(store, { writer: WRITER, port })
    await vi.waitFor(async () => expect(await pricesIn(open.platform)).toEqual([1]), WAIT)
    await open.close()
    await registry.close()
    remove()
  }, 60_000)
})
