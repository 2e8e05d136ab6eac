/** Callers who give up: their connection stays, and so do the calls that are under way on it. */

import { status } from '@grpc/grpc-js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type GrpcServing, serveGrpc } from '../../serving/grpc/server.ts'
import { inferenceOf } from '../../serving/inference/inference.ts'
import { type Asker, asker, rawRequest } from '../support/grpc-client.ts'
import { type InForce, inForce } from '../support/in-force.ts'
import { MODEL } from '../support/small-platform.ts'

let home: InForce
let grpc: GrpcServing
let client: Asker
beforeAll(async () => {
  home = await inForce()
  const { platform, server } = home
  const listen = { host: '127.0.0.1', port: 0, access: server.access, isAlone: true }
  grpc = await serveGrpc({ ...listen, inference: inferenceOf(platform) })
  client = asker(grpc.address)
})
afterAll(async () => {
  client.client.close()
  await grpc.close()
  await home.close()
})

type Cancelled = Readonly<{ cancel: () => void }>
type Unary = (request: object, answer: (error: { code: number } | null) => void) => Cancelled

/** HTTP/2 as Node has it ends a connection at the 1,001st reset in a burst. */
const GIVEN_UP = 1_500

test(`${GIVEN_UP} calls that are given up end no other call of their connection`, async () => {
  const infer = (client.client as unknown as { ModelInfer: Unary }).ModelInfer.bind(client.client)
  const request = rawRequest(MODEL, [1, 2], 2)
  const codes = new Map<string, number>()
  const AT_ONCE = 100
  for (let sent = 0; sent < GIVEN_UP; sent += AT_ONCE)
    await Promise.all(
      Array.from(
        { length: AT_ONCE },
        () =>
          new Promise<void>((resolve) => {
            const call = infer(request, (error) => {
              const code = status[error?.code ?? 0]
              codes.set(code, (codes.get(code) ?? 0) + 1)
              resolve()
            })
            // Its stream is open by then.
            setImmediate(() => setImmediate(() => call.cancel()))
          }),
      ),
    )
  expect(
    [...codes.keys()].filter((code) => !['CANCELLED', 'OK', 'RESOURCE_EXHAUSTED'].includes(code)),
  ).toEqual([])
  expect(codes.get('CANCELLED')).toBeGreaterThan(1_000)
  expect(await client.call('ModelReady', { name: MODEL })).toEqual({ ready: true })
})
