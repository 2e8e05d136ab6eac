/**
 * What tritonclient 2.73.0 sent and was answered (`test/servers/oip.test.ts` recorded it), asked again: the same statuses, bits and
 * forms, whatever else is known of the model by now.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type GrpcServing, serveGrpc } from '../../serving/grpc/server.ts'
import { inferenceOf } from '../../serving/inference/inference.ts'
import type { Exchange } from '../servers/recording.ts'
import { asker } from '../support/grpc-client.ts'
import { type InForce, inForce } from '../support/in-force.ts'
import { type Call, callAgain, exchangeAgain, vectorOf } from '../support/recorded-client.ts'
import { MODEL } from '../support/small-platform.ts'

const HTTP = vectorOf<Exchange>('oip-http')
const GRPC = vectorOf<Call>('oip-grpc')

let home: InForce
let grpc: GrpcServing
let recordedVersion: string
let version: string

beforeAll(async () => {
  home = await inForce()
  const { platform, server } = home
  grpc = await serveGrpc({
    ...{ host: '127.0.0.1', port: 0, access: server.access, isAlone: true },
    inference: inferenceOf(platform),
  })
  version = String(platform.models.inForce(MODEL)?.promotion)
  recordedVersion =
    /versions\/(\d+)\/infer/.exec(
      HTTP.find(({ path }) => /versions\/\d+\/infer/.test(path))?.path ?? '',
    )?.[1] ?? ''
})

afterAll(async () => {
  await grpc.close()
  await home.close()
})

test.each(HTTP.map((one, i): [string, Exchange] => [`${i} ${one.method} ${one.path} ${one.status}`, one]))(
  'HTTP %s',
  async (_, exchange) => {
    const path = exchange.path.replace(`/${recordedVersion}/`, `/${version}/`)
    const { told, before } = await exchangeAgain(home.server.url, { ...exchange, path })
    expect(told).toEqual(before)
  },
)

test.each(GRPC.map((one, i): [string, Call] => [`${i} ${one.path} ${one.status}`, one]))(
  'gRPC %s',
  async (_, call) => {
    const { client } = asker(grpc.address)
    const { told, before } = await callAgain(client, call)
    client.close()
    expect(told).toEqual(before)
  },
)
