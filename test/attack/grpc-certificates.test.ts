/** Attacks on the door of gRPC over TLS: without a certificate, with a stranger's, one that has expired, and in the open. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { credentials, status } from '@grpc/grpc-js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openAccess } from '../../serving/access/access.ts'
import { ownerToken } from '../../serving/access/owner-token.ts'
import { NO_CONFIG } from '../../serving/config.ts'
import { type GrpcServing, serveGrpc } from '../../serving/grpc/server.ts'
import { inferenceOf } from '../../serving/inference/inference.ts'
import { type Certified, certificate } from '../support/certificates.ts'
import { asker } from '../support/grpc-client.ts'
import { besieged } from './doors.ts'

const DAY_MILLIS = 86_400_000
const authority = certificate({ names: ['fund authority'], by: null })
const stranger = certificate({ names: ['fund authority'], by: null })
const files = mkdtempSync(join(tmpdir(), 'asof-grpc-certificates-'))
let home: Awaited<ReturnType<typeof besieged>>
let withClients: GrpcServing
let tokensAlone: GrpcServing

const written = (name: string, pem: string): string => {
  writeFileSync(join(files, name), pem)
  return join(files, name)
}

beforeAll(async () => {
  home = await besieged('grpc-certificates')
  const { folder, log } = home.platform
  const own = certificate({ names: ['asof'], by: authority })
  const clients = { ca: written('ca.pem', authority.cert), roles: { 'oms-1': ['oms' as const] } }
  const tls = { cert: written('cert.pem', own.cert), key: written('key.pem', own.key) }
  const serving = async (config: object) =>
    serveGrpc({
      ...{ host: '127.0.0.1', port: 0, isAlone: true, inference: inferenceOf(home.platform) },
      access: await openAccess({ folder, log, config: { ...NO_CONFIG, ...config } }),
    })
  withClients = await serving({ tls: { ...tls, clients } })
  tokensAlone = await serving({ tls })
})

afterAll(async () => {
  await withClients.close()
  await tokensAlone.close()
  await home.remove()
  rmSync(files, { recursive: true, force: true })
})

async function ask(
  { address }: GrpcServing,
  client: Certified | null,
  authorization?: string,
): Promise<string> {
  const shown = client === null ? [] : [Buffer.from(client.key), Buffer.from(client.cert)]
  const by = credentials.createSsl(Buffer.from(authority.cert), ...shown)
  const { call, client: channel } = asker(address, 'inference', 'inference.GRPCInferenceService', by)
  const sent = { ...(authorization !== undefined && { authorization }), deadline: Date.now() + 5_000 }
  const told = await call('ServerLive', {}, sent).then(
    () => 'answered',
    (error) => status[error.code],
  )
  channel.close()
  return told
}

test('a service that is configured gets in; a stranger, one that is over, one without a role, and nobody do not', async () => {
  expect(await ask(withClients, certificate({ names: ['oms-1'], by: authority }))).toBe('answered')
  expect(await ask(withClients, certificate({ names: ['other'], by: authority }))).toBe('UNAUTHENTICATED')
  expect(await ask(withClients, certificate({ names: ['oms-1', 'oms-2'], by: authority }))).toBe(
    'UNAUTHENTICATED',
  )
  const over = { from: new Date(Date.now() - 2 * DAY_MILLIS), to: new Date(Date.now() - DAY_MILLIS) }
  for (const one of [
    certificate({ names: ['oms-1'], by: stranger }),
    certificate({ names: ['oms-1'], by: authority, ...over }),
    null,
  ])
    expect(['UNAVAILABLE', 'UNAUTHENTICATED', 'DEADLINE_EXCEEDED']).toContain(await ask(withClients, one))
})

test('over TLS a token counts, and nobody gets in without one, from this machine neither', async () => {
  const owner = `Bearer ${await ownerToken(home.platform.folder)}`
  expect(await ask(tokensAlone, null, owner)).toBe('answered')
  expect(await ask(tokensAlone, null)).toBe('UNAUTHENTICATED')
  expect(await ask(tokensAlone, certificate({ names: ['oms-1'], by: authority }))).toBe('UNAUTHENTICATED')
})

test('in the open, TLS is not answered', async () => {
  const { call, client } = asker(tokensAlone.address)
  await expect(call('ServerLive', {}, { deadline: Date.now() + 5_000 })).rejects.toMatchObject({
    code: expect.toSatisfy((code: number) => [status.UNAVAILABLE, status.DEADLINE_EXCEEDED].includes(code)),
  })
  client.close()
})
