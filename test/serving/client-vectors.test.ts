/**
 * What KServe's client 0.21.0 and Feast's SDK 0.67.0 sent and were answered (`test/servers/oip.test.ts` and `feast.test.ts` recorded it), asked
 * again in the same order: the same statuses, values and forms.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { declareDataset, defineFeatures } from '../../serving/actions.ts'
import { type GrpcServing, serveGrpc } from '../../serving/grpc/server.ts'
import { inferenceOf } from '../../serving/inference/inference.ts'
import type { Exchange } from '../servers/recording.ts'
import { SIGNAL, SIGNAL_SET } from '../support/feast-signal.ts'
import { asker } from '../support/grpc-client.ts'
import { type InForce, inForce } from '../support/in-force.ts'
import { type Call, callAgain, exchangeAgain, vectorOf } from '../support/recorded-client.ts'
import { act } from '../support/small-platform.ts'

let home: InForce
let grpc: GrpcServing

beforeAll(async () => {
  home = await inForce()
  const { platform, server } = home
  await declareDataset(platform, SIGNAL, act('declare-signal'))
  await defineFeatures(platform, SIGNAL_SET, act('define-signal'))
  const listen = { host: '127.0.0.1', port: 0, access: server.access, isAlone: true }
  grpc = await serveGrpc({ ...listen, inference: inferenceOf(platform) })
})
afterAll(async () => {
  await grpc.close()
  await home.close()
})

const named = <T extends Readonly<{ path: string; status: unknown }>>(all: readonly T[]) =>
  all.map((one, i): [string, T] => [`${i} ${one.path} ${one.status}`, one])

describe("KServe's client", () => {
  test.each(named(vectorOf<Exchange>('kserve-http')))('HTTP %s', async (_, exchange) => {
    const { told, before } = await exchangeAgain(home.server.url, exchange)
    expect(told).toEqual(before)
  })

  test.each(named(vectorOf<Call>('kserve-grpc')))('gRPC %s', async (_, call) => {
    const { client } = asker(grpc.address)
    const { told, before } = await callAgain(client, call)
    client.close()
    expect(told).toEqual(before)
  })
})

describe("Feast's SDK", () => {
  test.each(named(vectorOf<Exchange>('feast-sdk')))('%s', async (_, exchange) => {
    const { told, before } = await exchangeAgain(home.server.url, exchange, home.server.owner)
    expect(told).toEqual(before)
  })
})
