/** The configuration: what it takes, what it refuses by name, and who may be let in by it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { type FaultCode, Refusal } from '../../schemas/kernel/fault.ts'
import { assertReachable } from '../../serving/access/reach.ts'
import { NO_CONFIG, readConfig } from '../../serving/config.ts'

const root = mkdtempSync(join(tmpdir(), 'asof-config-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const read = (yaml: string | null, environment: Record<string, string> = {}) => {
  const path = join(root, 'asof.yaml')
  if (yaml === null) rmSync(path, { force: true })
  else writeFileSync(path, yaml)
  return readConfig({ root }, environment)
}

async function refused(work: () => unknown, code: FaultCode, ...words: readonly string[]): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    expect(error.fault.code).toBe(code)
    for (const word of words) expect(error.message).toContain(word)
    return
  }
  throw new Error('nothing was refused')
}

const OIDC = `oidc:
  issuer: https://id.fund.example
  audience: asof
  jwks: keys.json
  roles: { quants: researcher }
`

test('without a file: nobody but the owner, and nothing is guessed', async () => {
  expect(await read(null)).toEqual(NO_CONFIG)
  expect(NO_CONFIG).toEqual({ tokens: false, behindProxy: false, lanes: { hangMinutes: 60 } })
})

test('a file, with the paths in it beside it, and what it does not say', async () => {
  const { oidc, tls } = await read(
    `${OIDC}tls: { cert: c.pem, key: /k.pem, clients: { ca: a.pem, roles: { oms: [oms] } } }\n`,
  )
  expect(oidc).toEqual({
    ...{ issuer: 'https://id.fund.example', audience: 'asof', jwks: join(root, 'keys.json'), typ: 'at+jwt' },
    algorithms: ['EdDSA', 'ES256', 'RS256'],
    ...{ subjectClaim: 'sub', roleClaim: 'roles', roles: { quants: 'researcher' } },
    ...{ maxAgeSeconds: 3_600, clockToleranceSeconds: 5 },
  })
  expect(tls).toEqual({
    ...{ cert: join(root, 'c.pem'), key: '/k.pem' },
    clients: { ca: join(root, 'a.pem'), roles: { oms: ['oms'] } },
  })
})

test('where the log stands, and what is no server of KurrentDB', async () => {
  const { kurrentdb } = await read('kurrentdb: { url: "kurrentdb://db:2113?tls=true", passwordFile: pw }\n')
  expect(kurrentdb).toEqual({
    ...{ url: 'kurrentdb://db:2113?tls=true', stream: 'asof-log', passwordFile: join(root, 'pw') },
    ...{ patienceSeconds: 60, leaseSeconds: 10 },
  })
  await refused(() => read('kurrentdb: { url: "http://db:2113" }'), 'spec.malformed', 'kurrentdb://host:2113')
  await refused(() => read('kurrentdb: { url: "kurrentdb://me:secret@db" }'), 'spec.malformed', 'password')
  await refused(() => read('kurrentdb: { url: "esdb://db", stream: "$all" }'), 'spec.malformed', 'stream')
})

test('where the log is published to, with defaults, and the files that it names', async () => {
  const { relay } = await read('relay: { brokers: [k1:9092], ca: b.pem, user: asof, passwordFile: p }\n', {
    ASOF_RELAY_PREFIX: 'fund.asof',
    ASOF_RELAY_REGISTRY_PASSWORD_FILE: '/r',
  })
  expect(relay).toEqual({
    ...{
      brokers: ['k1:9092'],
      prefix: 'fund.asof',
      registryPort: 7072,
      tls: false,
      mechanism: 'scram-sha-512',
      compression: 'none',
    },
    ...{ ca: join(root, 'b.pem'), user: 'asof', passwordFile: join(root, 'p'), registryPasswordFile: '/r' },
  })
  await refused(() => read('relay: { brokers: [] }\n'), 'spec.malformed', 'relay.brokers')
  await refused(() => read('relay: { brokers: [k], prefix: "A b" }\n'), 'spec.malformed', 'relay.prefix')
})

test('which data sets come from which topics, with defaults, and the files that it names', async () => {
  const { intake } = await read(
    'intake: { brokers: [k1:9092], ca: b.pem, topics: [{ topic: fills, dataset: fills.yaml, format: json }] }\n',
  )
  expect(intake).toEqual({
    ...{ brokers: ['k1:9092'], tls: false, mechanism: 'scram-sha-512', ca: join(root, 'b.pem') },
    topics: [
      { topic: 'fills', dataset: join(root, 'fills.yaml'), format: 'json', rows: 100_000, seconds: 5 },
    ],
  })
  const one = (topic: string) => `intake: { brokers: [k], topics: [{ ${topic} }] }\n`
  await refused(() => read(one('topic: t, dataset: d')), 'spec.malformed', 'intake.registry')
  await refused(() => read(one('topic: "a b", dataset: d, format: json')), 'spec.malformed', 'topics.0.topic')
  await refused(() => read('intake: { brokers: [k], topics: [] }\n'), 'spec.malformed', 'intake.topics')
})

test('where chunks lie and features are served from, with defaults, and the files that they name', async () => {
  const { chunks, online } = await read(
    'chunks: { bucket: b-1, accessKey: k, secretKeyFile: s, retention: { mode: governance, days: 3 } }\nonline: { redis: "redis://r:1" }\n',
    { ASOF_CHUNKS_PREFIX: 'desk/', ASOF_ONLINE_PASSWORD_FILE: 'p', ASOF_CHUNKS_CACHE_MEGABYTES: '7' },
  )
  expect(chunks).toEqual({
    ...{ bucket: 'b-1', prefix: 'desk/', region: 'us-east-1', cacheMegabytes: 7, waitSeconds: 60 },
    ...{ accessKey: 'k', secretKeyFile: join(root, 's'), retention: { mode: 'governance', days: 3 } },
  })
  expect(online).toEqual({
    redis: 'redis://r:1',
    prefix: 'asof',
    timeoutMillis: 50,
    passwordFile: join(root, 'p'),
  })
  const { lake } = await read('lake: { accessKey: k, secretKeyFile: s }\n', { ASOF_LAKE_MEGABYTES: '7' })
  const asked = { accessKey: 'k', secretKeyFile: join(root, 's') }
  expect(lake).toEqual({ region: 'us-east-1', megabytes: 7, ...asked })
  const wrong = (yaml: string, word: string) => refused(() => read(yaml), 'spec.malformed', word)
  await wrong('lake: { accessKey: k }\n', 'lake.secretKeyFile')
  await wrong('lake: { bucket: b-1 }\n', 'bucket')
  await wrong('chunks: { bucket: b-1, accessKey: k }\n', 'chunks.secretKeyFile')
  await wrong('chunks: { bucket: b-1, prefix: desk }\n', 'chunks.prefix')
  await wrong('chunks: { bucket: B_1 }\n', 'chunks.bucket')
  await wrong('chunks: { bucket: b-1, retention: { mode: forever, days: 1 } }\n', 'chunks.retention.mode')
  await wrong('online: { redis: "http://r" }\n', 'online.redis')
  await wrong('online: { redis: "redis://u:secret@r:1" }\n', 'online.passwordFile')
})

test('the environment goes before the file, key by key', async () => {
  const told = { ASOF_OIDC_AUDIENCE: 'other', ASOF_OIDC_MAX_AGE_SECONDS: '60', ASOF_BEHIND_PROXY: 'true' }
  const { oidc, behindProxy } = await read(OIDC, told)
  expect([oidc?.audience, oidc?.maxAgeSeconds, oidc?.issuer, behindProxy]).toEqual([
    ...['other', 60, 'https://id.fund.example', true],
  ])
  const alone = {
    ...{ ASOF_OIDC_ISSUER: 'https://id.fund.example', ASOF_OIDC_AUDIENCE: 'asof' },
    ...{ ASOF_OIDC_JWKS: 'https://id.fund.example/keys', ASOF_OIDC_ROLES: '{ quants: researcher }' },
  }
  expect((await read(null, alone)).oidc?.jwks).toBe('https://id.fund.example/keys')
  expect(await read(null, { ASOF_FOLDER: 'x', ASOF_LOG_LEVEL: 'info', HOME: 'x' })).toEqual(NO_CONFIG)
})

test.each([
  ['tokns: true\n', 'tokns'],
  [OIDC.replace('audience', 'audiense'), 'audiense'],
  [OIDC.replace('  audience: asof\n', ''), 'audience'],
  [OIDC.replace('researcher', 'root'), 'oidc.roles.quants'],
  [`${OIDC}  algorithms: [HS256]\n`, 'oidc.algorithms.0'],
  [`${OIDC}  algorithms: [none]\n`, 'oidc.algorithms.0'],
  [`${OIDC}  algorithms: []\n`, 'oidc.algorithms'],
  [`${OIDC}  clockToleranceSeconds: 3600\n`, 'oidc.clockToleranceSeconds'],
  [`${OIDC}  maxAgeSeconds: 0\n`, 'oidc.maxAgeSeconds'],
  [OIDC.replace('keys.json', 'http://id.fund.example/keys'), 'oidc.jwks'],
  [OIDC.replace('keys.json', 'http://127.0.0.1.evil.example/keys'), 'oidc.jwks'],
  ['tls: { cert: c.pem }\n', 'tls.key'],
  [
    'tls: { cert: c.pem, key: k.pem, clients: { ca: a.pem, roles: { oms: oms } } }\n',
    'tls.clients.roles.oms',
  ],
  ['tokens: "yes"\n', 'tokens'],
])('%j is refused, naming %s', async (yaml, key) => {
  await refused(() => read(yaml), 'spec.malformed', key)
  await refused(() => read(yaml, { ASOF_BEHIND_PROXY: 'false' }), 'config.environment', key)
})

test.each([
  [{ ASOF_OIDC_ISSUR: 'https://x.example' }, 'ASOF_OIDC_ISSUR'],
  [{ ASOF_TOKENS: 'maybe' }, 'tokens'],
  [{ ASOF_OIDC_ROLES: '{' }, 'ASOF_OIDC_ROLES'],
  [{ ASOF_OIDC_AUDIENCE: 'asof' }, 'oidc.issuer'],
])('the environment %j is refused', async (environment, word) => {
  await refused(() => read(null, environment as Record<string, string>), 'config.environment', word)
})

describe('who is let in', () => {
  const tls = { cert: 'c.pem', key: 'k.pem' }
  const at =
    (host: string, config = {}) =>
    () =>
      assertReachable(host, { root }, { ...NO_CONFIG, ...config })

  test('over loopback, the owner', async () => {
    for (const host of ['127.0.0.1', 'localhost', '::1', '127.3.2.1']) expect(at(host)).not.toThrow()
  })

  test('by others only who is said to be known, and not in the open', async () => {
    for (const host of [
      '0.0.0.0',
      '::',
      '10.0.0.1',
      'fund.example',
      '127.0.0.1.evil.example',
      '::ffff:10.0.0.1',
      '',
    ]) {
      await refused(at(host), 'access.not-configured', host, 'asof.yaml', '127.0.0.1')
      await refused(at(host, { tls }), 'access.not-configured')
      await refused(at(host, { tokens: true }), 'access.plaintext', 'tls.cert', 'behindProxy')
      expect(at(host, { tokens: true, tls })).not.toThrow()
      expect(at(host, { tokens: true, behindProxy: true })).not.toThrow()
      expect(at(host, { tls: { ...tls, clients: { ca: 'a.pem', roles: {} } } })).not.toThrow()
    }
  })
})
