/** Attacks on the door with Asof's own tokens: none, another's, an old one, two of them, and in the wrong place. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TokenIssued } from '../../schemas/events/access.ts'
import { revokeToken } from '../../serving/access/acts.ts'
import { hashOf, matches, newSecret, newTokenId, tokenText } from '../../serving/access/secrets.ts'
import { wallClock } from '../../serving/clock.ts'
import { type Served, served, tokenFor } from '../support/admitted.ts'
import { besieged, refusedWith, requestOf, sent, statusIn, tellsNothing } from './doors.ts'

const DAY_MICROS = 86_400_000_000
let home: Awaited<ReturnType<typeof besieged>>
let other: Awaited<ReturnType<typeof besieged>>
let server: Served
let shiftMicros = 0

beforeAll(async () => {
  home = await besieged('home')
  other = await besieged('other')
  const clock = { nowMicros: () => wallClock.nowMicros() + shiftMicros }
  server = await served(home.platform, { clock })
})

afterAll(async () => {
  await server.close()
  await home.remove()
  await other.remove()
})

const ask = (path: string, headers: Record<string, string> = {}, init: RequestInit = {}) =>
  fetch(`${server.url}${path}`, { ...init, headers })
const as = (authorization: string, path = '/api/v1/views') => ask(path, { authorization })

const GUARDED = [
  '/api/v1/views',
  '/api/v1/views/registry',
  '/api/v1/events',
  '/api/v1/reports/00',
  '/api/v1/tile/0/000',
  '/api/v1/events/stream',
]

describe('without a token', () => {
  test.each(GUARDED)('%s', async (path) => {
    const reply = await ask(path)
    expect(reply.headers.get('www-authenticate')).toBe('Bearer realm="asof"')
    await refusedWith(reply, 'access.unauthenticated')
  })

  test('what is no route is not told from one that is', async () => {
    for (const path of [
      '/console',
      '/nothing',
      '/API/V1/VIEWS',
      '/api/v1/views/',
      '/metrics/../api/v1/views',
      '/favicon.ico',
    ])
      await refusedWith(await ask(path), 'access.unauthenticated')
  })

  test.each(['HEAD', 'OPTIONS', 'POST', 'PUT', 'DELETE', 'PATCH', 'TRACE', 'PROPFIND'])(
    '%s',
    async (method) => {
      for (const path of GUARDED) {
        const answer = await sent(server.url, requestOf(server.url, `${method} ${path}`))
        expect([404, 401, 400].includes(statusIn(answer)), `${method} ${path}: ${answer}`).toBe(true)
        expect(answer).not.toContain('"views"')
      }
    },
  )

  test('a method that another one is to override', async () => {
    const headers = [
      'X-HTTP-Method-Override: GET',
      'X-HTTP-Method: GET',
      'X-Method-Override: GET',
      'Content-Length: 0',
    ]
    expect(statusIn(await sent(server.url, requestOf(server.url, 'POST /api/v1/views', ...headers)))).toBe(
      401,
    )
  })

  test('health and the checkpoint are there for everybody', async () => {
    expect((await ask('/health')).status).toBe(200)
    expect((await ask('/api/v1/checkpoint/latest')).status).toBe(200)
  })
})

test.each([
  '',
  'Bearer',
  'Bearer ',
  'Bearer  asof_owner_x',
  'Basic b3duZXI6b3duZXI=',
  'Bearer asof_',
  'Bearer asof_owner_',
  'Bearer null',
  'Bearer undefined',
  'Bearer [object Object]',
  'Digest username="owner"',
  `Bearer asof_${'0'.repeat(16)}_${'A'.repeat(43)}`,
  `Bearer asof_constructor_${'A'.repeat(43)}`,
  `Bearer asof___proto___${'A'.repeat(43)}`,
  `Bearer asof_owner_${'A'.repeat(43)}`,
  `Bearer asof_owner_${'A'.repeat(5_000)}`,
  `Bearer ${'A'.repeat(5_000)}`,
  `Bearer asof_owner_${'A'.repeat(43)}, Bearer x`,
])('a token that is none: %j', async (authorization) => {
  await refusedWith(await as(authorization), 'access.unauthenticated')
})

test('a token that is right but for one character, in another case, or with something behind it', async () => {
  const { authorization } = await tokenFor(home.platform, ['monitor'])
  expect((await as(authorization)).status).toBe(200)
  expect((await as(authorization.replace('Bearer', 'bearer'))).status).toBe(200)
  const last = authorization.at(-1) === 'A' ? 'B' : 'A'
  for (const changed of [
    authorization.slice(0, -1) + last,
    authorization.slice(0, -1),
    `${authorization}A`,
    `${authorization}=`,
    `${authorization}.`,
    authorization.toUpperCase(),
    authorization.replace('asof_', 'ASOF_'),
    authorization.replace('Bearer ', 'Bearer\t'),
  ])
    await refusedWith(await as(changed), 'access.unauthenticated')
})

test('the hash that the log holds is no secret', async () => {
  const { id, authorization } = await tokenFor(home.platform, ['owner'])
  const { hash } = home.platform.folds.access.state().tokens[id]
  await refusedWith(await as(`Bearer asof_${id}_${hash.slice(0, 43)}`), 'access.unauthenticated')
  // And no secret stands in the log, nor in a view.
  const secret = authorization.slice(-43)
  const everything = await (await server.get('/api/v1/events')).text()
  expect(everything).toContain(hash)
  expect(everything).not.toContain(secret)
  expect(await (await server.get('/api/v1/views/access')).text()).not.toContain(secret)
})

test('the secret of one token under the id of another', async () => {
  const [strong, weak] = [
    await tokenFor(home.platform, ['owner']),
    await tokenFor(home.platform, ['monitor']),
  ]
  const mixed = weak.authorization.replace(weak.id, strong.id)
  await refusedWith(await as(mixed), 'access.unauthenticated')
  await refusedWith(await as(weak.authorization.replace(weak.id, 'owner')), 'access.unauthenticated')
})

test('an expired one', async () => {
  const { authorization } = await tokenFor(home.platform, ['monitor'])
  shiftMicros = DAY_MICROS - 60_000_000
  expect((await as(authorization)).status).toBe(200)
  shiftMicros = DAY_MICROS + 1_000_000
  await refusedWith(await as(authorization), 'access.unauthenticated')
  shiftMicros = 0
})

test('one that has expired by what the log recorded, before a clock that was set back', async () => {
  const [id, secret] = [newTokenId(), newSecret()]
  const expires = wallClock.nowMicros()
  const event = { id, subject: 'old', roles: ['owner' as const], hash: hashOf(secret), expires }
  const appended = await home.platform.log.append({
    ...{
      stream: `access-token-${id}`,
      expected: 0,
      commandId: id,
      actor: 'x',
      correlationId: id,
      causationId: null,
    },
    events: [TokenIssued.draft(event, { eventTime: 0, knownAt: 0 })],
  })
  expect(appended.ok).toBe(true)
  shiftMicros = -30 * DAY_MICROS
  await refusedWith(await as(`Bearer ${tokenText(id, secret)}`), 'access.unauthenticated')
  shiftMicros = 0
})

test('a revoked one, with the next request', async () => {
  const { id, authorization } = await tokenFor(home.platform, ['monitor'])
  expect((await as(authorization)).status).toBe(200)
  await revokeToken(home.platform, { id, reason: 'lost' }, { actor: 'owner', commandId: `revoke-${id}` })
  const reply = await as(authorization)
  expect(reply.headers.get('www-authenticate')).toContain('error="invalid_token"')
  await refusedWith(reply, 'access.unauthenticated')
})

test('a revoked one that reads events along is cut off within 3 seconds', async () => {
  const { id, authorization } = await tokenFor(home.platform, ['monitor'])
  const reply = await as(authorization, '/api/v1/events/stream')
  expect(reply.status).toBe(200)
  const ended = (async () => {
    for await (const _ of reply.body ?? []);
  })().then(
    () => 'ended',
    () => 'broken off',
  )
  await revokeToken(home.platform, { id, reason: 'lost' }, { actor: 'owner', commandId: `revoke-${id}` })
  const patience = new Promise((resolve) => setTimeout(() => resolve('still there'), 3_000).unref())
  expect(['ended', 'broken off']).toContain(await Promise.race([ended, patience]))
})

test("another log's token, and another log's owner", async () => {
  const { authorization } = await tokenFor(other.platform, ['owner'])
  await refusedWith(await as(authorization), 'access.unauthenticated')
  const elsewhere = await served(other.platform)
  await refusedWith(await as(elsewhere.owner.authorization), 'access.unauthenticated')
  await elsewhere.close()
})

test('two Authorization headers, in either order, in any case', async () => {
  const { authorization } = await tokenFor(home.platform, ['monitor'])
  for (const pair of [
    [`Authorization: ${authorization}`, 'Authorization: Bearer x'],
    ['Authorization: Bearer x', `authorization: ${authorization}`],
    [`Authorization: ${authorization}`, `AUTHORIZATION: ${authorization}`],
  ])
    expect(statusIn(await sent(server.url, requestOf(server.url, 'GET /api/v1/views', ...pair)))).toBe(401)
})

test('a token in the address is refused, whether it holds or not, and is not told back', async () => {
  const { authorization } = await tokenFor(home.platform, ['monitor'])
  const token = authorization.replace('Bearer ', '')
  for (const query of [
    `access_token=${token}`,
    `token=${token}`,
    `ACCESS_TOKEN=x`,
    `type=${token}`,
    `x=%61${token.slice(1)}`,
  ])
    for (const headers of [{}, { authorization }] as Record<string, string>[]) {
      const reply = await ask(`/api/v1/events?${query}`, headers)
      const text = await reply.text()
      expect([reply.status, JSON.parse(text).error.code]).toEqual([400, 'access.token-in-query'])
      expect(text).not.toContain(token.slice(-43))
    }
})

test('a token in a body, a cookie or a header of another name is none', async () => {
  const token = server.owner.authorization
  await refusedWith(await ask('/api/v1/views', { 'x-authorization': token }), 'access.unauthenticated')
  await refusedWith(await ask('/api/v1/views', { 'proxy-authorization': token }), 'access.unauthenticated')
  await refusedWith(
    await ask('/api/v1/views', { cookie: `authorization=${token}; asof=${token}` }),
    'access.unauthenticated',
  )
  const body = JSON.stringify({ access_token: token, authorization: token })
  const init = { method: 'POST', body }
  await refusedWith(
    await ask('/api/v1/views', { 'content-type': 'application/json' }, init),
    'access.unauthenticated',
  )
})

test('a name or roles that a request states are nobody', async () => {
  const { authorization } = await tokenFor(home.platform, ['monitor'])
  const claims = {
    'x-remote-user': 'root',
    'x-forwarded-user': 'owner',
    'x-roles': 'owner',
    forwarded: 'for=127.0.0.1',
  }
  await refusedWith(await ask('/api/v1/views', claims), 'access.unauthenticated')
  await refusedWith(await ask('/api/v1/tile/0/000', { authorization, ...claims }), 'access.denied')
})

test('more than a role may: refused by name, with the permission that is lacking', async () => {
  const { authorization } = await tokenFor(home.platform, ['oms'], 'desk')
  const reply = await as(authorization, '/api/v1/tile/0/000')
  expect(reply.headers.get('www-authenticate')).toContain('insufficient_scope')
  const { error } = (await reply.json()) as { error: { detail: unknown } }
  expect(error.detail).toEqual({ subject: 'desk', roles: 'oms', permission: 'audit' })
})

test('a secret is compared in a time that tells nothing: over all of its hash, and also where there is nothing to compare', () => {
  const [secret, hash] = ['s', hashOf('s')]
  expect(matches(secret, hash)).toBe(true)
  expect(matches('t', hash)).toBe(false)
  expect(matches(secret, null)).toBe(false)
  // What is compared has one length, and a hash of another is a mistake that throws rather than one that passes.
  expect(() => matches(secret, hash.slice(2))).toThrow()
  expect(matches.toString()).toContain('timingSafeEqual')
})

test('a refusal shows nothing of the program', async () => {
  for (const path of [
    '/api/v1/views',
    '/api/v1/views/%ZZ',
    '/api/v1/views/datasets?at=x',
    '/api/v1/events?from=x',
  ])
    for (const headers of [{}, server.owner] as Record<string, string>[])
      tellsNothing(await (await ask(path, headers)).text())
})
