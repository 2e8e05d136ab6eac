/** Triton's streams: each request is answered, in order; what is wrong with one is told in its place and ends nothing. */

import { type ClientDuplexStream, Metadata, status } from '@grpc/grpc-js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isEvent } from '../../schemas/event.ts'
import { PredictionServed } from '../../schemas/events/prediction.ts'
import { type GrpcServing, serveGrpc } from '../../serving/grpc/server.ts'
import { inferenceOf } from '../../serving/inference/inference.ts'
import { tokenFor } from '../support/admitted.ts'
import { type Asker, asker, doublesIn, rawRequest } from '../support/grpc-client.ts'
import { DECIDED, type InForce, inForce, liveScores } from '../support/in-force.ts'
import { eventsOf } from '../support/memory-platform.ts'
import { MODEL } from '../support/small-platform.ts'
import { NAMES } from '../support/small-world.ts'

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

type Told = Readonly<{
  error_message: string
  infer_response: Readonly<{ id: string; raw_output_contents: readonly Buffer[] }>
}>
type Infer = (metadata: Metadata) => ClientDuplexStream<object, Told>

/** Sends all at once, and reads until the other end is done. */
async function streamed(requests: readonly object[], authorization?: string): Promise<readonly Told[]> {
  const metadata = new Metadata()
  if (authorization !== undefined) metadata.set('authorization', authorization)
  const call = (client.client as unknown as { ModelStreamInfer: Infer }).ModelStreamInfer(metadata)
  for (const request of requests) call.write(request)
  call.end()
  const told: Told[] = []
  for await (const one of call) told.push(one)
  return told
}

test('a hundred requests are answered in order, each an event; the wrong ones in their places', async () => {
  const { position } = await home.platform.log.head()
  const requests = Array.from({ length: 100 }, (_, i) => ({
    ...rawRequest(MODEL, [i / 7, -i], 2),
    id: `id-${i}`,
    ...(i % 10 === 3 && { model_name: 'nope' }),
  }))
  const told = await streamed(requests)
  expect(told.map(({ infer_response: { id } }) => id)).toEqual(requests.map(({ id }) => id))
  const [alone] = doublesIn(await client.call('ModelInfer', requests[4]))
  expect(doublesIn(told[4].infer_response)).toEqual([alone])
  for (const [i, { error_message: problem }] of told.entries())
    expect(problem).toMatch(i % 10 === 3 ? /^There is no model nope in force.*\.$/ : /^$/)
  const events = await eventsOf(home.platform.log, position + 1)
  const ids = events.flatMap((event) => (isEvent(PredictionServed, event) ? [event.data.request] : []))
  expect(ids.slice(0, 90).toSorted()).toEqual(
    requests.flatMap(({ id }, i) => (i % 10 === 3 ? [] : [id])).toSorted(),
  )
})

test('by entity as by a call, and nobody without showing who he is', async () => {
  const live = await liveScores(home.platform)
  const { authorization } = await tokenFor(home.platform, ['oms'], 'desk')
  const parameters = (entity: string) => ({
    entity: { string_param: entity },
    as_of: { int64_param: DECIDED },
  })
  const requests = NAMES.map((name) => ({ model_name: MODEL, parameters: parameters(name) }))
  const told = await streamed(requests, authorization)
  expect(told.map(({ infer_response }) => doublesIn(infer_response)[0])).toEqual(
    NAMES.map((name) => live.get(name)),
  )
  const [nobody] = await streamed(requests.slice(0, 1))
  expect(nobody.error_message).toMatch(/show who they are/)
  await expect(streamed(requests, 'Bearer asof_owner_x')).rejects.toMatchObject({
    code: status.UNAUTHENTICATED,
  })
})
