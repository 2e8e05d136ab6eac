/** What a stock client sent and was answered, asked again: what is of one log alone is left out of both answers. */
import { readFileSync } from 'node:fs'
import { gunzipSync, inflateSync } from 'node:zlib'
import { type Client, status } from '@grpc/grpc-js'
import type { Exchange } from '../servers/recording.ts'
import { replyType } from './grpc-client.ts'
import { VECTORS } from './vectors.ts'

export type Call = Readonly<{ path: string; request: string; status: string; reply: string | null }>

export const vectorOf = <T>(name: string): readonly T[] =>
  JSON.parse(readFileSync(new URL(`${name}.json`, VECTORS), 'utf8'))

/** Where an event stands, what was counted, and the sentence of an error, whose names change with what is known. */
const VOLATILE = new Set([
  'position',
  'read_at',
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
  const text = whole.subarray(0, length).toString()
  const raw = whole.subarray(length).toString('hex')
  return { json: text === '' ? null : stable(JSON.parse(text)), raw }
}

/** @returns the status and the parts of the answer, now and when it was recorded */
export async function exchangeAgain(
  url: string,
  { method, path, headers, body, ...recorded }: Exchange,
  more: Readonly<Record<string, string>> = {},
) {
  const reply = await fetch(url + path, {
    ...{ method, headers: { ...headers, ...more } },
    ...(method === 'POST' && { body: Buffer.from(body, 'base64') }),
  })
  const answer = Buffer.from(await reply.arrayBuffer())
  // What fetch unpacked is not packed any more.
  const { 'content-encoding': _packed, ...answerHeaders } = Object.fromEntries(reply.headers)
  return {
    told: { status: reply.status, ...partsOf(answer, answerHeaders) },
    before: {
      status: recorded.status,
      ...partsOf(Buffer.from(recorded.answer, 'base64'), recorded.answerHeaders),
    },
  }
}

/** @returns the status and the reply, now and when it was recorded */
export async function callAgain(client: Client, { path, request, ...recorded }: Call) {
  const asItIs = (bytes: Buffer) => bytes
  const read = replyType(path)
  const readOrNull = (bytes: Buffer | null) => (bytes === null ? null : stable(read(bytes)))
  const told = await new Promise<Readonly<{ status: string; reply: unknown }>>((resolve) =>
    client.makeUnaryRequest(path, asItIs, asItIs, Buffer.from(request, 'hex'), (error, reply) =>
      resolve({ status: status[error?.code ?? 0], reply: readOrNull(reply ?? null) }),
    ),
  )
  const reply = readOrNull(recorded.reply === null ? null : Buffer.from(recorded.reply, 'hex'))
  return { told, before: { status: recorded.status, reply } }
}
