/** Redis over TLS with a name and a password, and a Redis Cluster, which is refused by name: `TEST_REDIS` says that Redis can be run here. */
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readConfig } from '../../serving/config.ts'
import { onlineStoreOf } from '../../serving/online/options.ts'
import type { OnlineStore } from '../../streams/features/online/port.ts'
import { entriesOf, headAt, SET, vector } from '../contract/online-store.contract.ts'
import { certificate } from '../support/certificates.ts'
import { freePorts } from './daemon.ts'
import { startRedis, startSecureRedis, stopRedis } from './redis.ts'

const LOG = 'a'.repeat(64)
const ONE = entriesOf({ AAA: vector(1, 1, 2) })

describe.skipIf(process.env.TEST_REDIS === undefined)('Redis that is not bare (TEST_REDIS)', () => {
  const path = mkdtempSync(join(tmpdir(), 'asof-redis-'))
  const at = (name: string): string => join(path, name)
  const stores: OnlineStore[] = []
  let secure: string
  let clustered: string
  let port: number

  beforeAll(async () => {
    port = await freePorts(2)
    const authority = certificate({ names: ['authority'], by: null })
    const server = certificate({ names: ['redis'], by: authority })
    const files = { 'ca.pem': authority.cert, 'cert.pem': server.cert, 'key.pem': server.key }
    const other = certificate({ names: ['another'], by: null }).cert
    for (const [name, text] of Object.entries({
      ...files,
      'other.pem': other,
      right: 's3cret\n',
      wrong: 'guess',
    }))
      writeFileSync(at(name), text)
    const keys = { cert: at('cert.pem'), key: at('key.pem'), user: 'asof', password: 's3cret' }
    secure = await startSecureRedis(port, keys)
    clustered = await startRedis(port + 1, [
      ...['--cluster-enabled', 'yes', '--cluster-config-file', at('nodes.conf'), '--cluster-port', '0'],
    ])
  })

  afterAll(async () => {
    for (const store of stores) await store.close()
    for (const one of [port, port + 1]) await stopRedis(one)
    rmSync(path, { recursive: true, force: true })
  })

  /** As the configuration has it. */
  const storeOf = async (
    redis: string,
    more: Readonly<Record<string, string>> = {},
  ): Promise<OnlineStore> => {
    const told = { redis, prefix: randomUUID().slice(0, 8), timeoutMillis: 2_000, ...more }
    writeFileSync(at('asof.yaml'), JSON.stringify({ online: told }))
    const { online } = await readConfig({ root: path }, {})
    if (online === undefined) throw new Error('nothing is configured')
    const store = onlineStoreOf(online, LOG, () => undefined)
    stores.push(store)
    return store
  }
  const SECURE = { user: 'asof', passwordFile: 'right', ca: 'ca.pem' }
  const problemOf = (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => 'it was answered',
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    )

  test('over TLS, with a name and a password, it keeps what it is given', async () => {
    const store = await storeOf(secure, SECURE)
    await expect.poll(() => problemOf(store.replace(headAt(1), ONE, 'older'))).toBe('it was answered')
    expect((await store.read(SET, ['AAA']))?.head).toEqual(headAt(1))
  })

  test('a wrong password, an authority that is another, and no TLS are each refused by what is wrong', async () => {
    const refused = async (store: OnlineStore, problem: RegExp) =>
      await expect.poll(() => problemOf(store.read(SET, ['AAA']))).toMatch(problem)
    await refused(await storeOf(secure, { ...SECURE, passwordFile: 'wrong' }), /WRONGPASS|NOAUTH/)
    await refused(await storeOf(secure, { ...SECURE, ca: 'other.pem' }), /certificate/)
    await refused(
      await storeOf(secure.replace('rediss', 'redis'), { user: 'asof', passwordFile: 'right' }),
      /closed|ECONNRESET/,
    )
  })

  test('a Redis Cluster is refused by name: no node of it has all keys', async () => {
    const store = await storeOf(clustered)
    await expect.poll(() => problemOf(store.replace(headAt(1), ONE, 'older'))).toContain('a Redis Cluster')
    expect(await problemOf(store.read(SET, ['AAA']))).toContain('a Redis Cluster')
  })
})
