/** Attacks on the door with tokens of an issuer: RFC 8725's, one by one. */
import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { exportJWK, type JWTHeaderParameters, SignJWT } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openAccess } from '../../serving/access/access.ts'
import { wallClock } from '../../serving/clock.ts'
import { NO_CONFIG, type OidcConfig } from '../../serving/config.ts'
import { type Served, served } from '../support/admitted.ts'
import { besieged, refusedWith } from './doors.ts'

const ISSUER = 'https://id.fund.example'
const ed = generateKeyPairSync('ed25519')
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const stranger = generateKeyPairSync('ed25519')

let home: Awaited<ReturnType<typeof besieged>>
let server: Served
let config: OidcConfig

beforeAll(async () => {
  home = await besieged('oidc')
  const keys = [
    { ...(await exportJWK(ed.publicKey)), kid: 'ed', alg: 'EdDSA', use: 'sig' },
    { ...(await exportJWK(ec.publicKey)), kid: 'ec', alg: 'ES256', use: 'sig' },
    { ...(await exportJWK(rsa.publicKey)), kid: 'rsa', alg: 'RS256', use: 'sig' },
  ]
  const jwks = join(home.path, 'keys.json')
  writeFileSync(jwks, JSON.stringify({ keys }))
  config = {
    ...{ issuer: ISSUER, audience: 'asof', jwks, typ: 'at+jwt', subjectClaim: 'sub', roleClaim: 'roles' },
    algorithms: ['EdDSA', 'ES256', 'RS256'],
    roles: { quants: 'researcher', auditors: 'compliance' },
    maxAgeSeconds: 600,
    clockToleranceSeconds: 5,
  }
  server = await served(home.platform, { config: { oidc: config } })
})

afterAll(async () => {
  await server.close()
  await home.remove()
})

const now = (): number => Math.floor(wallClock.nowMicros() / 1e6)
type Said = Readonly<Record<string, unknown>>

const claims = (otherwise: Said = {}): Said => ({
  ...{ iss: ISSUER, aud: 'asof', sub: 'ann', roles: ['quants'], iat: now(), exp: now() + 300 },
  ...otherwise,
})

type Signing = Readonly<{ header?: Partial<JWTHeaderParameters>; key?: KeyObject }>

/** A token as the issuer signs it, but for what is said otherwise; undefined leaves a claim out. */
const tokenOf = (otherwise: Said = {}, { header = {}, key = ed.privateKey }: Signing = {}): Promise<string> =>
  new SignJWT(JSON.parse(JSON.stringify(claims(otherwise))))
    .setProtectedHeader({ alg: 'EdDSA', kid: 'ed', typ: 'at+jwt', ...header })
    .sign(key)

/** Parts as they are told, whatever they say. */
const raw = (header: object, payload: object, signature = ''): string =>
  [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.') +
  `.${signature}`

const ask = (token: string, path = '/api/v1/views') =>
  fetch(`${server.url}${path}`, { headers: { authorization: `Bearer ${token}` } })
const refused = async (token: string): Promise<void> =>
  refusedWith(await ask(token), 'access.unauthenticated')

test('the control: a token of each algorithm lets its subject in, with the roles that its claim stands for', async () => {
  expect((await ask(await tokenOf())).status).toBe(200)
  const ecToken = await tokenOf({}, { header: { alg: 'ES256', kid: 'ec' }, key: ec.privateKey })
  expect((await ask(ecToken)).status).toBe(200)
  const rsaToken = await tokenOf({}, { header: { alg: 'RS256', kid: 'rsa' }, key: rsa.privateKey })
  expect((await ask(rsaToken)).status).toBe(200)
  await refusedWith(await ask(ecToken, '/api/v1/tile/0/000'), 'access.denied')
  expect((await ask(await tokenOf({ roles: ['auditors', 'others'] }), '/api/v1/tile/0/000')).status).toBe(404)
})

test.each<[string, Said]>([
  ['another audience', { aud: 'other' }],
  ['no audience', { aud: undefined }],
  ['an audience in another case', { aud: 'ASOF' }],
  ['another issuer', { iss: 'https://id.evil.example' }],
  ['an issuer with a slash more', { iss: `${ISSUER}/` }],
  ['no issuer', { iss: undefined }],
  ['no end', { exp: undefined }],
  ['an end that is past', { exp: 1 }],
  ['an end that is a text', { exp: '9999999999' }],
  ['a beginning to come', { nbf: 9_999_999_999 }],
  ['no moment of issue', { iat: undefined }],
  ['a moment of issue to come', { iat: 9_999_999_999 }],
  ['a moment of issue long ago', { iat: 1 }],
  ['no subject', { sub: undefined }],
  ['a subject that is a number', { sub: 7 }],
  ['an empty subject', { sub: '' }],
  ['a subject with a line feed', { sub: 'ann\nowner' }],
  ['a subject that reads backwards', { sub: '\u202eann' }],
  ['a subject that is a name of every object', { sub: '__proto__' }],
  ['no roles', { roles: undefined }],
  ['roles as one text', { roles: 'quants' }],
  ['roles as an object', { roles: { 0: 'quants', length: 1 } }],
  ['roles that are no texts', { roles: [['quants']] }],
  ['roles as a number', { roles: 1 }],
])('%s', async (_, otherwise) => {
  await refused(await tokenOf(otherwise))
})

test('a role of ours is none where the map does not name it, and neither is a name of every object', async () => {
  for (const roles of [['owner'], ['researcher'], ['__proto__'], ['constructor'], ['QUANTS'], []])
    await refusedWith(await ask(await tokenOf({ roles })), 'access.denied')
})

test('alg none, in any case, with a signature and without', async () => {
  for (const alg of ['none', 'None', 'NONE', 'nOnE', ''])
    for (const signature of ['', 'AA'])
      await refused(raw({ alg, typ: 'at+jwt', kid: 'ed' }, claims(), signature))
  await refused(raw({ typ: 'at+jwt' }, claims()))
})

test('HS256 with a public key as the secret, in each form that it is published in', async () => {
  for (const [kid, key] of [
    ['ed', ed.publicKey],
    ['rsa', rsa.publicKey],
  ] as const)
    for (const secret of [
      key.export({ type: 'spki', format: 'pem' }),
      key.export({ type: 'spki', format: 'der' }),
      JSON.stringify(await exportJWK(key)),
    ]) {
      const unsigned = raw({ alg: 'HS256', typ: 'at+jwt', kid }, claims()).slice(0, -1)
      await refused(`${unsigned}.${createHmac('sha256', secret).update(unsigned).digest('base64url')}`)
    }
})

test("a stranger's key: under a known name, under none, and carried along", async () => {
  const key = stranger.privateKey
  await refused(await tokenOf({}, { key }))
  await refused(await tokenOf({}, { key, header: { kid: undefined as unknown as string } }))
  await refused(await tokenOf({}, { key, header: { jwk: await exportJWK(stranger.publicKey) } }))
  await refused(await tokenOf({}, { key, header: { jku: 'https://evil.example/keys' } }))
  await refused(await tokenOf({}, { key, header: { x5u: 'https://evil.example/cert' } }))
})

test('the name of another key, and one that is a path or a query', async () => {
  for (const kid of ['ec', 'rsa', 'nobody', '../../etc/passwd', '/dev/null', "' or 1=1 --", '', '__proto__'])
    await refused(await tokenOf({}, { header: { kid } }))
})

test('an algorithm that the key is not for, and one that is not on the list', async () => {
  await refused(await tokenOf({}, { key: rsa.privateKey, header: { alg: 'PS256', kid: 'rsa' } }))
  await refused(await tokenOf({}, { key: rsa.privateKey, header: { alg: 'RS512', kid: 'rsa' } }))
  await refused(await tokenOf({}, { key: rsa.privateKey, header: { alg: 'RS256', kid: 'ed' } }))
})

test('an id token, or one of another type, in place of an access token', async () => {
  for (const typ of ['JWT', 'id_token', 'dpop+jwt', 'logout+jwt', undefined])
    await refused(await tokenOf({}, { header: { typ: typ as string } }))
})

test('an extension that is critical and unknown, and one that takes the encoding away', async () => {
  await refused(raw({ alg: 'EdDSA', kid: 'ed', typ: 'at+jwt', crit: ['exp'] }, claims(), 'AA'))
  await refused(raw({ alg: 'EdDSA', kid: 'ed', typ: 'at+jwt', b64: false, crit: ['b64'] }, claims(), 'AA'))
})

test('a payload, a header or a signature that was changed, and what is no token', async () => {
  const token = await tokenOf()
  const [header, payload, signature] = token.split('.')
  const owner = Buffer.from(JSON.stringify(claims({ roles: ['auditors'] }))).toString('base64url')
  for (const changed of [
    `${header}.${owner}.${signature}`,
    `${header}.${payload}.`,
    `${header}.${payload}`,
    `${header}.${payload}.${signature}.${signature}`,
    `..${signature}`,
    '..',
    'a.b.c',
    `${token}A`,
    `${header}.${payload}.${'A'.repeat(86)}`,
    Buffer.from(token).toString('base64'),
  ])
    await refused(changed)
})

test('keys that cannot be reached, or are none, let nobody in, and say so', async () => {
  let answer = 'not JSON'
  const issuer = createServer((_, reply) => reply.end(answer))
  issuer.listen(0, '127.0.0.1')
  await once(issuer, 'listening')
  const jwks = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}/keys`
  const parts = { folder: home.platform.folder, log: home.platform.log }
  const asking = async () => ({
    ...{ authorization: [`Bearer ${await tokenOf()}`], session: null, certificate: null, isLoopback: true },
  })
  const codeBy = async () => {
    const access = await openAccess({ ...parts, config: { ...NO_CONFIG, oidc: { ...config, jwks } } })
    return access.authenticate(await asking()).then(
      ({ name }) => name,
      (error) => error.fault.code,
    )
  }
  expect(await codeBy()).toBe('access.keys-unreachable')
  answer = '{"keys":[]}'
  expect(await codeBy()).toBe('access.unauthenticated')
  answer = JSON.stringify({ keys: [{ ...(await exportJWK(ed.publicKey)), kid: 'ed', alg: 'EdDSA' }] })
  expect(await codeBy(), 'the control').toBe('ann')
  issuer.close()
  issuer.closeAllConnections()
  expect(await codeBy()).toBe('access.keys-unreachable')
})
