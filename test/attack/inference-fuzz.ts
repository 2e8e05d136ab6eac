/**
 * Requests of a stock client, mutated, at both doors of inference. `npm run fuzz [-- COUNT SEED]` sends 100,000 and prints what came
 * of them.
 */
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { type Client, status } from '@grpc/grpc-js'
import { isEvent } from '../../schemas/event.ts'
import { PredictionServed } from '../../schemas/events/prediction.ts'
import { type GrpcServing, serveGrpc } from '../../serving/grpc/server.ts'
import { inferenceOf } from '../../serving/inference/inference.ts'
import { xoshiro128 } from '../../streams/statistics/random.ts'
import type { Exchange } from '../servers/recording.ts'
import { asker } from '../support/grpc-client.ts'
import { type InForce, inForce } from '../support/in-force.ts'

const vectors = <T>(door: string): readonly T[] =>
  JSON.parse(readFileSync(new URL(`../support/vectors/oip-${door}.json`, import.meta.url), 'utf8'))

type Seed =
  | Readonly<{ door: 'http'; path: string; headers: Readonly<Record<string, string>>; bytes: Buffer }>
  | Readonly<{ door: 'grpc'; path: string; bytes: Buffer }>

const SEEDS: readonly Seed[] = [
  ...vectors<Exchange>('http')
    .filter(({ method }) => method === 'POST')
    .map(
      ({ path, headers, body }): Seed => ({
        door: 'http',
        path,
        headers,
        bytes: Buffer.from(body, 'base64'),
      }),
    ),
  ...vectors<{ path: string; request: string }>('grpc').map(
    ({ path, request }): Seed => ({ door: 'grpc', path, bytes: Buffer.from(request, 'hex') }),
  ),
]

/** Texts that numbers and names in JSON are replaced with. */
const STRANGE = [
  '-1',
  '0',
  '1e999',
  '9007199254740993',
  '-0.0',
  'null',
  '""',
  '[]',
  '{}',
  '[[[[]]]]',
  '"__proto__"',
  'true',
]

type Random = () => number
const below = (random: Random, count: number): number => Math.floor(random() * count)

const MUTATIONS: readonly ((bytes: Buffer, random: Random) => Buffer)[] = [
  (bytes, random) => {
    const flipped = Buffer.from(bytes)
    if (flipped.length > 0) flipped[below(random, flipped.length)] ^= 1 << below(random, 8)
    return flipped
  },
  (bytes, random) => bytes.subarray(0, below(random, bytes.length + 1)),
  (bytes, random) => {
    const [from, to] = [below(random, bytes.length + 1), below(random, bytes.length + 1)]
    return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from, from + 64), bytes.subarray(to)])
  },
  (bytes, random) => {
    const at = below(random, bytes.length + 1)
    const noise = Buffer.from(Array.from({ length: 1 + below(random, 16) }, () => below(random, 256)))
    return Buffer.concat([bytes.subarray(0, at), noise, bytes.subarray(at)])
  },
  (bytes, random) => {
    const text = bytes.toString('latin1')
    const places = [...text.matchAll(/-?\d+(?:\.\d+)?|"[^"]*"|\[[^[\]]*\]/g)]
    const place = places[below(random, places.length)]
    if (place === undefined) return bytes
    const strange = STRANGE[below(random, STRANGE.length)]
    return Buffer.from(
      text.slice(0, place.index) + strange + text.slice(place.index + place[0].length),
      'latin1',
    )
  },
]

const mutated = (bytes: Buffer, random: Random): Buffer => {
  let out = bytes
  for (let times = 1 + below(random, 3); times > 0; times--)
    out = MUTATIONS[below(random, MUTATIONS.length)](out, random)
  return out
}

export type Fuzzed = Readonly<{
  /** How often each status came back, by door. */
  statuses: Readonly<Record<string, number>>
  /** What must not come back: a failure of the server, no answer in time, an error without its sentence. */
  wrong: readonly string[]
  answered: number
  recorded: number
}>

/** Both ends are in this process: one that others keep from its cores for some seconds answers late, and not never. */
const IN_TIME_MILLIS = 60_000
/** Whatever is sent, it is the sender's mistake or an answer. */
const FINE_GRPC = new Set([
  'OK',
  'INVALID_ARGUMENT',
  'NOT_FOUND',
  'FAILED_PRECONDITION',
  'UNAUTHENTICATED',
  'DEADLINE_EXCEEDED',
])
const FINE_HTTP = new Set([200, 400, 401, 404, 409, 413, 422, 504])

export class Fuzzer {
  readonly #home: InForce
  readonly #grpc: GrpcServing
  readonly #client: Client

  private constructor(home: InForce, grpc: GrpcServing) {
    this.#home = home
    this.#grpc = grpc
    this.#client = asker(grpc.address).client
  }

  static async open(): Promise<Fuzzer> {
    const home = await inForce()
    const { platform, server } = home
    const listen = { host: '127.0.0.1', port: 0, access: server.access, isAlone: true }
    return new Fuzzer(home, await serveGrpc({ ...listen, inference: inferenceOf(platform) }))
  }

  async close(): Promise<void> {
    this.#client.close()
    await this.#grpc.close()
    await this.#home.close()
  }

  async run(count: number, seed: number, onProgress: (done: number) => void = () => {}): Promise<Fuzzed> {
    const random = xoshiro128(seed)
    const statuses: Record<string, number> = {}
    const wrong: string[] = []
    const before = await this.#recorded()
    let [left, answered] = [count, 0]
    const sendNext = async (): Promise<void> => {
      while (left-- > 0) {
        const from = SEEDS[below(random, SEEDS.length)]
        const bytes = mutated(from.bytes, random)
        const told =
          from.door === 'http' ? await this.#overHttp(from, bytes) : await this.#overGrpc(from.path, bytes)
        statuses[`${from.door} ${told.status}`] = (statuses[`${from.door} ${told.status}`] ?? 0) + 1
        if (told.problem !== null)
          wrong.push(`${told.problem}: ${from.path} ${bytes.toString('base64').slice(0, 400)}`)
        if (told.isAnswer) answered++
        if (left % 1_000 === 0) onProgress(count - left)
      }
    }
    await Promise.all(Array.from({ length: 16 }, sendNext))
    return { statuses, wrong, answered, recorded: (await this.#recorded()) - before }
  }

  /** Bytes that are no HTTP/2 at all. */
  async noise(count: number, seed: number): Promise<void> {
    const random = xoshiro128(seed)
    const [, port] = this.#grpc.address.split(':')
    for (let i = 0; i < count; i++) {
      const socket = connect(Number(port), '127.0.0.1')
      socket.on('error', () => undefined)
      const preface = i % 2 === 0 ? 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' : ''
      const noise = Buffer.from(Array.from({ length: 1 + below(random, 400) }, () => below(random, 256)))
      socket.end(Buffer.concat([Buffer.from(preface), noise]))
      // Where the server waits for more, it is not waited for.
      const gone = setTimeout(() => socket.destroy(), 200)
      await new Promise((resolve) => socket.once('close', resolve))
      clearTimeout(gone)
    }
  }

  async isAlive(): Promise<boolean> {
    const reply = await fetch(`${this.#home.server.url}/v2/health/ready`)
    const { status: http } = reply
    const told = await this.#overGrpc('/inference.GRPCInferenceService/ServerReady', Buffer.alloc(0))
    return http === 200 && told.status === 'OK'
  }

  async #recorded(): Promise<number> {
    let count = 0
    for await (const batch of this.#home.platform.log.readAll(1, { types: [PredictionServed.type] }))
      count += batch.filter((event) => isEvent(PredictionServed, event)).length
    return count
  }

  async #overHttp({ path, headers }: Extract<Seed, { door: 'http' }>, body: Buffer) {
    try {
      const signal = AbortSignal.timeout(IN_TIME_MILLIS)
      const init = { method: 'POST', headers, body: new Uint8Array(body), signal }
      const reply = await fetch(`${this.#home.server.url}${path}`, init)
      const text = await reply.text()
      const isFine = FINE_HTTP.has(reply.status) && (reply.ok || /"error":"[^"].*\."/.test(text))
      const problem = isFine ? null : `${reply.status} ${text.slice(0, 200)}`
      return { status: reply.status, problem, isAnswer: reply.ok && path.endsWith('/infer') }
    } catch (error) {
      const cause = error instanceof Error && error.cause !== undefined ? ` (${error.cause})` : ''
      return { status: 0, problem: `no answer: ${error}${cause}`, isAnswer: false }
    }
  }

  #overGrpc(path: string, bytes: Buffer) {
    const asItIs = (one: Buffer) => one
    return new Promise<{ status: string; problem: string | null; isAnswer: boolean }>((resolve) => {
      const deadline = new Date(Date.now() + IN_TIME_MILLIS)
      this.#client.makeUnaryRequest(path, asItIs, asItIs, bytes, { deadline }, (error) => {
        const name = status[error?.code ?? 0]
        const isFine = FINE_GRPC.has(name) && (error === null || error.details.endsWith('.'))
        const problem = isFine ? null : `${name} ${error?.details}`
        resolve({ status: name, problem, isAnswer: error === null && path.endsWith('/ModelInfer') })
      })
    })
  }
}

if (import.meta.main) {
  const [count = 100_000, seed = 1] = process.argv.slice(2).map(Number)
  const fuzzer = await Fuzzer.open()
  await fuzzer.run(2_000, seed + 1)
  globalThis.gc?.()
  const before = process.memoryUsage.rss()
  const from = performance.now()
  const { statuses, wrong, answered, recorded } = await fuzzer.run(count, seed, (done) => {
    if (done % 10_000 === 0)
      process.stderr.write(`${done} of ${count}, ${Math.round(process.memoryUsage.rss() / 1e6)} MB\n`)
  })
  await fuzzer.noise(500, seed)
  globalThis.gc?.()
  const grown = Math.round((process.memoryUsage.rss() - before) / 1e6)
  const isAlive = await fuzzer.isAlive()
  const seconds = Math.round((performance.now() - from) / 1000)
  console.log(
    JSON.stringify({ count, seed, seconds, statuses, answered, recorded, grownMb: grown, isAlive }, null, 1),
  )
  for (const one of wrong.slice(0, 20)) console.log(`WRONG ${one}`)
  await fuzzer.close()
  process.exit(wrong.length === 0 && isAlive && answered === recorded ? 0 : 1)
}
