/**
 * What tritonclient 2.73.0 sent and was answered (`test/servers/oip.test.ts` recorded it), asked again: the same statuses, bits and
 * forms, whatever else is known of the model by now.
 */
import { readFileSync } from 'node:fs'
import { gunzipSync, inflateSync } from 'node:zlib'
import { status } from '@grpc/grpc-js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type GrpcServing, serveGrpc } from '../../serving/grpc/server.ts'
import { inferenceOf } from '../../serving/inference/inference.ts'
import type { Exchange } from '../servers/recording.ts'
import { asker, replyType } from '../support/grpc-client.ts'
import { type InForce, inForce } from '../support/in-force.ts'
import { MODEL } from '../support/small-platform.ts'

type Call = Readonly<{ path: string; request: string; status: string; reply: string | null }>

const vectors = <T>(door: string): readonly T[] =>
  JSON.parse(readFileSync(new URL(`../support/vectors/oip-${door}.json`, import.meta.url), 'utf8'))
const HTTP = vectors<Exchange>('http')
const GRPC = vectors<Call>('grpc')

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

/** Where an event stands, and what was counted, is of one log. */
const VOLATILE = new Set([
  'position',
  'promotion',
  'artifact',
  'model_version',
  'versions',
  'version',
  'version_policy',
  'inference_stats',
  'last_inference',
  'inference_count',
  'execution_count',
  'error',
])
const stable = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (key, one) => (VOLATILE.has(key) ? undefined : one)))

const LENGTH = 'inference-header-content-length'

/** The JSON of an answer, and the bytes behind it. */
function partsOf(bytes: Buffer, headers: Readonly<Record<string, string>>) {
  const unpack = { gzip: gunzipSync, deflate: inflateSync }[headers['content-encoding'] ?? '']
  const whole = unpack === undefined ? bytes : unpack(bytes)
  const length = Number(headers[LENGTH] ?? whole.length)
  const json: unknown = JSON.parse(whole.subarray(0, length).toString())
  return { json: stable(json), raw: whole.subarray(length).toString('hex') }
}

test.each(HTTP.map((one, i): [string, Exchange] => [`${i} ${one.method} ${one.path} ${one.status}`, one]))(
  'HTTP %s',
  async (_, { method, path, headers, body, ...told }) => {
    const reply = await fetch(home.server.url + path.replace(`/${recordedVersion}/`, `/${version}/`), {
      ...{ method, headers },
      ...(method === 'POST' && { body: Buffer.from(body, 'base64') }),
    })
    expect(reply.status).toBe(told.status)
    const answer = Buffer.from(await reply.arrayBuffer())
    // What fetch unpacked is not packed any more.
    const { 'content-encoding': _packed, ...answerHeaders } = Object.fromEntries(reply.headers)
    expect(partsOf(answer, answerHeaders)).toEqual(
      partsOf(Buffer.from(told.answer, 'base64'), told.answerHeaders),
    )
  },
)

test.each(GRPC.map((one, i): [string, Call] => [`${i} ${one.path} ${one.status}`, one]))(
  'gRPC %s',
  async (_, call) => {
    const { client } = asker(grpc.address)
    const asItIs = (bytes: Buffer) => bytes
    const told = await new Promise<Readonly<{ status: string; reply: Buffer | null }>>((resolve) =>
      client.makeUnaryRequest(call.path, asItIs, asItIs, Buffer.from(call.request, 'hex'), (error, reply) =>
        resolve({ status: status[error?.code ?? 0], reply: reply ?? null }),
      ),
    )
    client.close()
    expect(told.status).toBe(call.status)
    const read = replyType(call.path)
    const stableReply = (bytes: Buffer | null) => (bytes === null ? null : stable(read(bytes)))
    expect(stableReply(told.reply)).toEqual(
      stableReply(call.reply === null ? null : Buffer.from(call.reply, 'hex')),
    )
  },
)
