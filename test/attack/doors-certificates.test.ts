/** Attacks on the door with client certificates: of a stranger, of nobody who is configured, expired, and of two names. */
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Served, served } from '../support/admitted.ts'
import { type Certified, certificate } from '../support/certificates.ts'
import { besieged } from './doors.ts'

const authority = certificate({ names: ['fund authority'], by: null })
const stranger = certificate({ names: ['fund authority'], by: null })
const files = mkdtempSync(join(tmpdir(), 'asof-certificates-'))
let home: Awaited<ReturnType<typeof besieged>>
let server: Served

const written = (name: string, pem: string): string => {
  writeFileSync(join(files, name), pem)
  return join(files, name)
}

beforeAll(async () => {
  home = await besieged('certificates')
  const own = certificate({ names: ['asof'], by: authority })
  const clients = { ca: written('ca.pem', authority.cert), roles: { 'oms-1': ['oms' as const], idle: [] } }
  const tls = { cert: written('cert.pem', own.cert), key: written('key.pem', own.key), clients }
  server = await served(home.platform, { config: { tls } })
})

afterAll(async () => {
  await server.close()
  await home.remove()
  rmSync(files, { recursive: true, force: true })
})

async function ask(client: Certified | null, path = '/api/v1/views', headers: Record<string, string> = {}) {
  const shown = client === null ? {} : { cert: client.cert, key: client.key }
  const asking = request(`${server.url}${path}`, { ca: authority.cert, agent: false, headers, ...shown })
  asking.end()
  const [reply] = await once(asking, 'response')
  const { error } = JSON.parse(await text(reply)) as {
    error?: { code: string; detail: { subject?: string } }
  }
  return [reply.statusCode, error?.code] as const
}

const service = (names: readonly string[], otherwise: Partial<Parameters<typeof certificate>[0]> = {}) =>
  certificate({ names, by: authority, ...otherwise })

test('the control: a service that is configured gets in with its roles, over TLS', async () => {
  expect(server.url).toMatch(/^https:/)
  expect(await ask(service(['oms-1']))).toEqual([200, undefined])
  expect(await ask(service(['oms-1']), '/api/v1/tile/0/000')).toEqual([403, 'access.denied'])
  expect(await ask(null, '/health')).toEqual([200, undefined])
  expect(await ask(null, '/api/v1/views', server.owner)).toEqual([200, undefined])
})

test('over TLS a cookie is for this server and for TLS alone', async () => {
  const asking = request(`${server.url}/enter/${await server.access.link()}`, {
    ca: authority.cert,
    agent: false,
  })
  asking.end()
  const [reply] = await once(asking, 'response')
  expect(reply.headers['set-cookie']?.[0]).toMatch(/^__Host-asof_\d+=[\w-]{43}; Path=\/; .*; Secure$/)
  reply.resume()
})

test('none, and one of an authority that only has the same name', async () => {
  const unknown = [401, 'access.unauthenticated']
  expect(await ask(null)).toEqual(unknown)
  expect(await ask(service(['oms-1'], { by: stranger }))).toEqual(unknown)
  expect(await ask(certificate({ names: ['oms-1'], by: null }))).toEqual(unknown)
  expect(await ask(stranger)).toEqual(unknown)
})

test('one that has expired, or does not hold yet', async () => {
  const past = { from: new Date('2020-01-01'), to: new Date('2020-02-01') }
  const toCome = { from: new Date('2090-01-01'), to: new Date('2090-02-01') }
  for (const times of [past, toCome])
    expect(await ask(service(['oms-1'], times))).toEqual([401, 'access.unauthenticated'])
})

test('a name that nobody configured, one of every object, two names, and one with a role of none', async () => {
  for (const names of [
    ['oms-2'],
    ['OMS-1'],
    ['__proto__'],
    ['constructor'],
    ['oms-1', 'oms-1'],
    ['x', 'oms-1'],
    [],
  ])
    expect(await ask(service(names)), names.join()).toEqual([401, 'access.unauthenticated'])
  expect(await ask(service(['idle']))).toEqual([403, 'access.denied'])
  expect(await ask(authority), 'the authority itself').toEqual([401, 'access.unauthenticated'])
})

test('a token that is none beside a certificate that holds', async () => {
  const headers = { authorization: 'Bearer x' }
  expect(await ask(service(['oms-1']), '/api/v1/views', headers)).toEqual([401, 'access.unauthenticated'])
})

test('a header that says what a proxy would say of a certificate', async () => {
  const claimed = {
    'x-ssl-client-s-dn': 'CN=oms-1',
    'x-forwarded-client-cert': 'Subject="CN=oms-1"',
    'ssl-client-verify': 'SUCCESS',
  }
  expect(await ask(null, '/api/v1/views', claimed)).toEqual([401, 'access.unauthenticated'])
})

test('over plain HTTP there is nothing to talk to', async () => {
  await expect(fetch(server.url.replace('https', 'http'))).rejects.toThrow()
})
