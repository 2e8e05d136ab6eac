/** The schema registry: the client that everybody uses, over HTTP, against ours (and Apicurio's, where TEST_REGISTRY names one). */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { COMPATIBILITY, type SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry'
import type { Type } from 'avsc'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { avroType, type Schema } from '../../schemas/avro.ts'
import type { Recorded } from '../../schemas/envelope.ts'
import { defineEvent, type EventDefinition } from '../../schemas/event.ts'
import { recordedMessage } from '../../schemas/topics/message.ts'
import { Alert, Prediction } from '../../schemas/topics/oms.ts'
import { framed, wireReader } from '../../schemas/topics/wire.ts'
import { openOwnRegistry } from '../../serving/relay/own-registry.ts'
import { registerAll, schemaOf, schemaRegistry } from '../../streams/relay/kafka/schemas.ts'
import { SCHEMAS } from '../../streams/relay/messages.ts'
import { SchemaStore } from '../../streams/relay/registry/registry.ts'
import { type RegistryServer, serveRegistry } from '../../streams/relay/registry/server.ts'
import { freePorts } from '../servers/daemon.ts'

const WRITER = { username: 'asof', password: 'secret' }
const { TEST_REGISTRY } = process.env
const SUBJECT = `asof.test-${process.pid}`

let server: RegistryServer
let store: SchemaStore
beforeAll(async () => {
  store = new SchemaStore()
  server = await serveRegistry(store, { writer: WRITER })
})
afterAll(() => server.close())

const ENVELOPE = {
  ...{ position: 7, eventId: 'e', stream: 's', revision: 1, type: 't', version: 1 },
  ...{ eventTime: 1, knownAt: 2, recordedAt: 3, actor: 'asof' },
  ...{ correlationId: 'c', causationId: null, commandId: 'c' },
}
const ALERT: Alert = {
  ...{ envelope: ENVELOPE, kind: 'drift', about: 'm', value: 1, limit: 0.5, text: 'it drifts' },
}
const row = (fields: readonly object[]) => ({ type: 'record', name: 'asof.Test', fields })
const A = { name: 'a', type: 'long' }
const B = { name: 'b', type: 'string' }

const REGISTRIES = [
  ['ours', () => ({ url: server.url, auth: WRITER })],
  ['of Apicurio', () => ({ url: TEST_REGISTRY ?? '' })],
] as const
describe.each(REGISTRIES)('the registry %s', (name, optionsOf) => {
  const isThere = name === 'ours' || TEST_REGISTRY !== undefined
  const client = (): SchemaRegistry => schemaRegistry(optionsOf())
  const register = (fields: readonly object[]) =>
    client().register(
      { type: SchemaType.AVRO, schema: JSON.stringify(row(fields)) },
      { subject: SUBJECT, compatibility: COMPATIBILITY.BACKWARD },
    )

  test.skipIf(!isThere)('registers, finds, encodes and decodes', async () => {
    const { id } = await register([A])
    expect(await register([A])).toMatchObject({ id })
    expect(await client().getLatestSchemaId(SUBJECT)).toBe(id)
    expect(await client().getRegistryId(SUBJECT, 1)).toBe(id)
    expect(
      await client().getRegistryIdBySchema(SUBJECT, {
        type: SchemaType.AVRO,
        schema: JSON.stringify(row([A])),
      }),
    ).toBe(id)
    const bytes = await client().encode(id, { a: 7 })
    expect(await client().decode(bytes)).toMatchObject({ a: 7 })
  })

  test.skipIf(!isThere)('takes what can read the old, and refuses what cannot', async () => {
    await register([A])
    await expect(register([A, B])).rejects.toMatchObject({ status: 409 })
    const { id } = await register([A, { ...B, default: '' }])
    expect(await client().getRegistryId(SUBJECT, 2)).toBe(id)
    await expect(client().getRegistryId(SUBJECT, 99)).rejects.toMatchObject({ status: 404 })
    await expect(client().getLatestSchemaId('asof.nothing')).rejects.toMatchObject({ status: 404 })
    await expect(client().getSchema(2_000_000_000)).rejects.toMatchObject({ status: 404 })
  })

  test.skipIf(!isThere)('a field that breaks readers is named before anything is published', async () => {
    const subject = `${SUBJECT}-named`
    const schemas = (fields: readonly object[]) => [{ subject, schema: row(fields) }]
    await registerAll(client(), schemas([A]))
    await expect(registerAll(client(), schemas([A, B]))).rejects.toMatchObject({
      fault: { code: 'topic.incompatible', detail: { subject, problem: 'b: it is new and has no default' } },
    })
    await expect(registerAll(client(), schemas([{ ...A, type: 'string' }]))).rejects.toThrow(
      'a: it was a long, and is a string',
    )
  })

  test.skipIf(!isThere)(
    'a contract that grew is taken under BACKWARD, and consumers of the old one go on',
    async () => {
      const subject = `${SUBJECT}-grown`
      const { fields, ...rest } = Alert.schema as unknown as { fields: readonly object[] }
      const grown: Schema = { ...rest, fields: [...fields, { ...B, default: 'none' }] }
      const [old] = (await registerAll(client(), [{ subject, schema: Alert.schema }])).values()
      const [now] = (await registerAll(client(), [{ subject, schema: grown }])).values()
      expect([await client().getRegistryId(subject, 1), await client().getLatestSchemaId(subject)]).toEqual([
        old,
        now,
      ])
      const read = (type: Type) => wireReader<Alert>(type, (id) => schemaOf(client(), id))
      const said = framed(now, avroType(grown).toBuffer({ ...ALERT, b: 'more' }))
      expect(await read(Alert.avro)(said)).toEqual(ALERT)
      expect(await read(avroType(grown))(framed(old, Alert.avro.toBuffer(ALERT)))).toEqual({
        ...ALERT,
        b: 'none',
      })
    },
  )

  test.skipIf(!isThere)(
    'an event whose version is raised has a subject of its own: old consumers read the old, and know the new by its name',
    async () => {
      const versions = [
        defineEvent({ type: `told.Of${process.pid}`, version: 1, data: z.strictObject({ a: z.int() }) }),
        defineEvent({
          ...{ type: `told.Of${process.pid}`, version: 2 },
          data: z.strictObject({ a: z.int(), b: z.string() }),
          old: {
            1: { data: z.strictObject({ a: z.int() }), upcast: (one: { a: number }) => ({ ...one, b: '' }) },
          },
        }),
      ].map((one) => recordedMessage(one as EventDefinition))
      const ids = await registerAll(client(), versions)
      const [before, after] = [{ a: 1 }, { a: 1, b: 'x' }].map((data, i) =>
        versions[i].framed(ids.get(versions[i].subject) ?? 0, {
          ...ENVELOPE,
          id: 'e',
          chunks: [],
          data,
        } as unknown as Recorded),
      )
      const read = wireReader<Recorded>(versions[0].avro, (id) => schemaOf(client(), id))
      expect((await read(before)).data).toEqual({ a: 1 })
      await expect(read(after)).rejects.toThrow(`told.Of${process.pid}V2`)
      // Whoever decodes by the writer's schema reads on.
      for (const message of [before, after])
        expect(await client().decode(message)).toMatchObject({ envelope: { position: 7 }, data: { a: 1 } })
    },
  )

  test.skipIf(!isThere)('holds all schemas of the relay, again and again under the same ids', async () => {
    const ids = await registerAll(client(), SCHEMAS)
    expect([...(await registerAll(client(), SCHEMAS))].sort()).toEqual([...ids].sort())
    expect(ids.size).toBe(SCHEMAS.length)
    const read = (await client().getSchema(ids.get(Alert.subject) ?? 0)) as unknown as { name: string }
    expect(read.name).toBe('asof.topics.Alert')
  })
})

const ask = async (path: string, init: RequestInit = {}) => {
  const reply = await fetch(`${server.url}${path}`, init)
  return { status: reply.status, body: (await reply.json()) as Record<string, unknown> }
}

describe('ours', () => {
  const schema = JSON.stringify(row([A]))
  const json = (body: unknown, method = 'POST') => ({
    method,
    body: JSON.stringify(body),
    headers: { authorization: `Basic ${Buffer.from('asof:secret').toString('base64')}` },
  })

  test('is written by the relay alone', async () => {
    const change = { method: 'POST', body: JSON.stringify({ schema }) }
    expect(await ask('/subjects/mine/versions', change)).toMatchObject({ status: 401 })
    expect(await ask('/config/mine', { method: 'PUT', body: '{"compatibility":"NONE"}' })).toMatchObject({
      status: 401,
    })
    expect((await ask('/subjects')).body).not.toContain('mine')
  })

  test("answers as Confluent's does", async () => {
    await ask('/subjects/own/versions', json({ schema }))
    expect(await ask('/subjects/own/versions/1')).toMatchObject({
      status: 200,
      body: { subject: 'own', version: 1 },
    })
    expect(await ask('/config/own')).toMatchObject({ status: 404, body: { error_code: 40408 } })
    expect(await ask('/config/own', json({ compatibility: 'FULL' }, 'PUT'))).toMatchObject({
      body: { compatibility: 'FULL' },
    })
    expect(await ask('/config/own', json({ compatibility: 'SOME' }, 'PUT'))).toMatchObject({
      status: 422,
      body: { error_code: 42203 },
    })
    const compatible = await ask(
      '/compatibility/subjects/own/versions/latest',
      json({ schema: JSON.stringify(row([B])) }),
    )
    expect(compatible.body).toEqual({ is_compatible: false, messages: ['b: it is new and has no default'] })
    expect(await ask('/subjects/own/versions', json({ schema: '{"type":"nothing"}' }))).toMatchObject({
      status: 422,
      body: { error_code: 42201 },
    })
    expect(await ask('/subjects/own/versions', json({ schema, schemaType: 'JSON' }))).toMatchObject({
      status: 422,
    })
    expect(await ask('/subjects/own', json({ schema: JSON.stringify(row([])) }))).toMatchObject({
      status: 404,
      body: { error_code: 40403 },
    })
    expect(await ask('/subjects/none', json({ schema }))).toMatchObject({
      status: 404,
      body: { error_code: 40401 },
    })
    expect(await ask('/schemas/ids/1')).toMatchObject({ status: 404, body: { error_code: 40403 } })
    expect(await ask('/subjects/own/versions', { ...json({}), body: '{' })).toMatchObject({ status: 400 })
    expect(await ask('/mode')).toMatchObject({ status: 404 })
    const large = await ask('/subjects/own/versions', json({ schema: ' '.repeat(2 ** 20) }))
    expect(large.status).toBe(413)
  })

  test('what it kept comes back, and what it lost comes back under the same ids', async () => {
    const root = mkdtempSync(join(tmpdir(), 'asof-registry-'))
    const port = await freePorts(1)
    const registered = async () => {
      const own = await openOwnRegistry({ root }, port)
      const ids = await registerAll(schemaRegistry(own), [Prediction, Alert])
      const subjects = await (await fetch(`${own.url}/subjects`)).json()
      await own.close()
      return { ids: [...ids].sort(), subjects: (subjects as string[]).sort() }
    }
    const first = await registered()
    const written = readFileSync(join(root, 'schemas.json'), 'utf8')
    expect(await registered()).toEqual(first)
    rmSync(join(root, 'schemas.json'))
    expect(await registered()).toEqual(first)
    writeFileSync(join(root, 'schemas.json'), written.slice(1))
    await expect(openOwnRegistry({ root }, port)).rejects.toMatchObject({ fault: { code: 'relay.registry' } })
    rmSync(root, { recursive: true })
  })

  test('a port that is taken is named', async () => {
    const port = Number(new URL(server.url).port)
    const opening = openOwnRegistry({ root: tmpdir() }, port)
    await expect(opening).rejects.toThrow(`port ${port} is taken`)
  })
})
