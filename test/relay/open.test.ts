/** The relay of a platform that serves, without any broker: what is refused at the start, and what is waited for. */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { Refusal } from '../../schemas/kernel/fault.ts'
import { Prediction } from '../../schemas/topics/oms.ts'
import { type Config, readConfig } from '../../serving/config.ts'
import { openMetrics } from '../../serving/http/metrics.ts'
import { meterRelay } from '../../serving/http/relay-metrics.ts'
import { openPlatform, type Platform } from '../../serving/platform.ts'
import { keptPlace } from '../../serving/relay/kept.ts'
import { openRelay } from '../../serving/relay/open.ts'
import { Limit, relayOver } from '../../serving/relay/run.ts'
import { registerAll, schemaRegistry } from '../../streams/relay/kafka/schemas.ts'
import { SchemaStore } from '../../streams/relay/registry/registry.ts'
import { serveRegistry } from '../../streams/relay/registry/server.ts'
import type { RelayStatus } from '../../streams/relay/relay.ts'
import { freePorts } from '../servers/daemon.ts'

const path = mkdtempSync(join(tmpdir(), 'asof-relay-open-'))
let platform: Platform
beforeAll(async () => {
  platform = await openPlatform({ path })
})
afterAll(async () => {
  await platform.close()
  rmSync(path, { recursive: true, force: true })
})

async function relayConfig(more: Record<string, string>): Promise<NonNullable<Config['relay']>> {
  const [broker, registry] = [await freePorts(1), await freePorts(1)]
  const { relay } = await readConfig(
    { root: path },
    { ASOF_RELAY_BROKERS: `[127.0.0.1:${broker}]`, ASOF_RELAY_REGISTRY_PORT: String(registry), ...more },
  )
  if (relay === undefined) throw new Error('it is configured')
  return relay
}

test('a schema that breaks its readers is refused at the start, by the name of the field', async () => {
  const store = new SchemaStore()
  // A later release made of a number a text.
  const later = JSON.stringify(Prediction.schema).replace(
    '{"name":"session","type":"long"}',
    '{"name":"session","type":"string"}',
  )
  store.register(Prediction.subject, later)
  const server = await serveRegistry(store, { writer: { username: 'asof', password: '' } })
  const config = await relayConfig({ ASOF_RELAY_REGISTRY: server.url, ASOF_RELAY_REGISTRY_USER: 'asof' })
  await expect(openRelay(platform, config)).rejects.toMatchObject({
    fault: {
      code: 'topic.incompatible',
      detail: { subject: 'asof.topics.Prediction', problem: 'session: it was a string, and is a long' },
    },
  })
  await server.close()
})

test('a broker that is not there is waited for, and told of', async () => {
  const relay = await openRelay(platform, await relayConfig({}))
  expect(relay.status()).toMatchObject({ state: 'waiting', position: 0, fault: null })
  expect(relay.status().reason).toContain('ECONNREFUSED')
  const { registry } = openMetrics()
  meterRelay(relay, { head: async () => ({ position: 12, recordedAt: 0 }) }, registry)
  const text = await registry.metrics()
  for (const line of ['asof_relay_lag_events 12', 'asof_relay_connected 0', 'asof_relay_stopped 0'])
    expect(text).toContain(line)
  const from = performance.now()
  await relay.close()
  expect(performance.now() - from).toBeLessThan(10_000)
})

test('a registry that is not there is waited for, and nothing is sent to the broker before it answers', async () => {
  const port = await freePorts(1)
  const broker = createServer()
  let connections = 0
  broker.on('connection', () => connections++)
  broker.listen(0, '127.0.0.1')
  await once(broker, 'listening')
  const brokers = [`127.0.0.1:${(broker.address() as AddressInfo).port}`]
  const registry = { url: `http://127.0.0.1:${port}` }
  const limit = new Limit()
  const options = { brokers, registry, log: 'a'.repeat(64), prefix: 'away', writer: 'one' }
  const onStatus = ({ state }: RelayStatus) => state === 'waiting' && limit.end()
  const relay = relayOver(platform.log, options, limit, { onStatus })
  await relay.run()
  expect(relay.status).toMatchObject({ state: 'waiting', position: 0, fault: null })
  expect(relay.status.reason).toContain('ECONNREFUSED')
  expect(connections).toBe(0)
  broker.close()
})

test('a registry that hangs up in the middle refused nothing: it is tried again', async () => {
  let isHangingUp = true
  const registry = createHttpServer((asked, reply) => {
    const isRegistering = asked.url?.endsWith('/versions') === true && asked.method === 'POST'
    if (isRegistering && isHangingUp) {
      asked.socket.destroy()
      return
    }
    reply.writeHead(isRegistering ? 422 : 404, { 'content-type': 'application/json' })
    reply.end(JSON.stringify({ error_code: 42201, message: 'it is no schema' }))
  })
  registry.listen(0, '127.0.0.1')
  await once(registry, 'listening')
  const client = schemaRegistry({ url: `http://127.0.0.1:${(registry.address() as AddressInfo).port}` })
  const error = await registerAll(client, [Prediction]).catch((caught: unknown) => caught)
  expect(error).toBeInstanceOf(Error)
  expect(error).not.toBeInstanceOf(Refusal)
  isHangingUp = false
  const refused = { fault: { code: 'topic.schema-refused' } }
  await expect(registerAll(client, [Prediction])).rejects.toMatchObject(refused)
  registry.closeAllConnections()
  registry.close()
})

test('the note of how far it was published is of one cluster and one prefix', async () => {
  const kept = keptPlace(platform.folder, 'asof')
  expect(kept.load('c1')).toBeNull()
  kept.save('c1', 6)
  kept.save('c1', 7)
  await vi.waitFor(() => expect(kept.load('c1')).toBe(7), { timeout: 10_000 })
  expect([kept.load('c1'), kept.load('c2')]).toEqual([7, null])
  expect(keptPlace(platform.folder, 'other').load('c1')).toBeNull()
})
