/** Callers who give up: their connection stays, and so do the calls that are under way on it. */
import { status } from '@grpc/grpc-js'
import { expect, test } from 'vitest'
import type { Access } from '../../serving/access/access.ts'
import { NO_CONFIG } from '../../serving/config.ts'
import { serveGrpc } from '../../serving/grpc/server.ts'
import type { Inference } from '../../serving/inference/inference.ts'
import { asker, rawRequest } from '../support/grpc-client.ts'

/** A model that never answers. */
const WAITING = {
  assertRoom: () => undefined,
  standing: { position: () => 0, assertReady: () => undefined },
  answer: () => new Promise(() => undefined),
} as unknown as Inference

type Unary = (request: object, answer: (error: { code: number } | null) => void) => { cancel: () => void }

/** HTTP/2 as Node has it ends a connection at the 1,001st reset of a burst, with all that is under way on it. */
const GIVEN_UP = 1_500
const AT_ONCE = 100

test(`${GIVEN_UP} calls that are given up end no other call of their connection`, async () => {
  const access = { config: NO_CONFIG } as Access
  const grpc = await serveGrpc({ host: '127.0.0.1', port: 0, access, inference: WAITING, isAlone: true })
  const client = asker(grpc.address)
  await client.call('ServerLive')
  const infer = (client.client as unknown as { ModelInfer: Unary }).ModelInfer.bind(client.client)
  const codes = new Set<string>()
  const givenUp = () =>
    new Promise<void>((resolve) => {
      const call = infer(rawRequest('any', [1, 2], 2), (error) => {
        codes.add(status[error?.code ?? 0])
        resolve()
      })
      // Its stream is open by then.
      setTimeout(() => call.cancel(), 2)
    })
  const other = new Promise((resolve) => infer(rawRequest('any', [1, 2], 2), resolve))
  for (let sent = 0; sent < GIVEN_UP; sent += AT_ONCE)
    await Promise.all(Array.from({ length: AT_ONCE }, givenUp))
  expect([...codes]).toEqual(['CANCELLED'])
  expect(await client.call('ServerLive')).toEqual({ live: true })
  // The one that waits was ended by nobody.
  expect(await Promise.race([other, Promise.resolve('under way')])).toBe('under way')
  client.client.close()
  await grpc.close()
})
