/** Calls over gRPC whose message does not come: they hold nothing for long, and keep nobody out. */
import { once } from 'node:events'
import { type ClientHttp2Session, connect } from 'node:http2'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Access } from '../../serving/access/access.ts'
import { NO_CONFIG } from '../../serving/config.ts'
import { type GrpcServing, serveGrpc } from '../../serving/grpc/server.ts'
import type { Inference } from '../../serving/inference/inference.ts'
import { asker } from '../support/grpc-client.ts'

const inference = { standing: { assertReady: () => undefined } } as unknown as Inference
const MOST = 3
const HEAD = {
  ':method': 'POST',
  ':path': '/inference.GRPCInferenceService/ModelInfer',
  'content-type': 'application/grpc',
  te: 'trailers',
}

let grpc: GrpcServing
let session: ClientHttp2Session
beforeAll(async () => {
  const listen = {
    host: '127.0.0.1',
    port: 0,
    isAlone: true,
    unsent: { soonMillis: 100, millis: 400, most: MOST },
  }
  grpc = await serveGrpc({ ...listen, access: { config: NO_CONFIG } as Access, inference })
  session = connect(`http://${grpc.address}`)
  await once(session, 'connect')
})
afterAll(async () => {
  session.destroy()
  await grpc.close()
})

/** The code of a call that sends the beginning of a message of a megabyte, once the server has let go of it. */
function halfOpen(): Promise<string> {
  const stream = session.request(HEAD)
  let code = ''
  stream.on('response', (headers) => {
    code = String(headers['asof-code'])
  })
  stream.on('error', () => undefined).resume()
  stream.write(Buffer.from([0, 0, 16, 0, 0, 1, 2, 3]))
  return new Promise((resolve) => stream.once('close', () => resolve(code)))
}

test('the server lets go of what is too slow, and of what is too much at once', async () => {
  const codes = await Promise.all(Array.from({ length: MOST + 2 }, halfOpen))
  expect(codes.toSorted()).toEqual([
    ...Array(2).fill('request.no-room'),
    ...Array(MOST).fill('request.too-slow'),
  ])
})

test('then there is room again', async () => {
  const client = asker(grpc.address)
  const calls = Array.from({ length: 10 }, () => client.call('ServerLive'))
  expect(await Promise.all(calls)).toEqual(Array(10).fill({ live: true }))
  client.client.close()
})
