/**
 * Recorded conversations of the stock MLflow client are held again with this server. Each reply has the status, the fields and the
 * types that the client was given then, and the same values, but for times, and for what is different here on purpose.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { besieged } from '../attack/doors.ts'
import { type Served, served } from '../support/admitted.ts'
import { bytesIn, type Exchange, exchangesOf } from '../support/wire-trace.ts'

/** Exchanges that end otherwise here, by their place in the recording, and why. */
const OTHERWISE = {
  '3.6': { 82: [409, 'a metric for a run that ended, which is sealed'] },
  '3.17': {
    231: [501, 'a trace of a language model'],
    232: [501, 'its file'],
    233: [404, 'its spans'],
    237: [409, 'a new name for a run that ended, which is sealed'],
  },
} as const satisfies Record<string, Record<number, readonly [number, string]>>

/** Where the older recording's stand-in, unlike MLflow's own server, filtered nothing, or noted no version on the model. */
const STAND_IN = ['3.6 43', '3.6 44', '3.6 55']

/** Not compared: times, sentences, what MLflow's server tells of itself, and its workspaces. */
const IGNORED =
  /time|message|workspace|sqlstate|error_class|store_type|features_enabled|presigned|multipart|token|user_id/
/** MLflow's server keeps the greatest double where an infinity was logged; here it stays what it was. */
const GREATEST = 1.7976931348623157e308

const identity = (one: unknown): unknown => {
  if (typeof one !== 'object' || one === null) return one
  const { key, step, path, alias, name, version, experiment_id, info, dataset, model_id } = one as Record<
    string,
    unknown
  >
  if (version !== undefined) return JSON.stringify([name, version])
  const { run_id, model_id: own } = (info ?? {}) as Record<string, unknown>
  return JSON.stringify([
    key,
    step,
    path,
    alias,
    name,
    version,
    experiment_id,
    run_id,
    own,
    dataset,
    model_id,
  ])
}

/** What of a recorded answer is missing or different in ours. */
function differences(recorded: unknown, ours: unknown, at = 'answer'): string[] {
  if (Array.isArray(recorded)) {
    const list = Array.isArray(ours) ? ours : []
    return recorded.flatMap((one, index) => {
      const found = list.find((other) => identity(other) === identity(one))
      return found === undefined
        ? [`${at}[${index}] is missing: ${JSON.stringify(one)}`]
        : differences(one, found, `${at}[${index}]`)
    })
  }
  if (typeof recorded === 'object' && recorded !== null) {
    return Object.entries(recorded).flatMap(([key, value]) => {
      if (IGNORED.test(key)) return []
      const isEmpty = typeof value === 'object' && Object.keys(value ?? {}).length === 0
      const other = (ours as Record<string, unknown> | undefined)?.[key]
      // The older recording is of a stand-in, which tells what it was sent.
      const isEcho = key === 'run_id' && 'step' in recorded
      if (other === undefined) return isEmpty || isEcho ? [] : [`${at}.${key} is missing`]
      return differences(value, other, `${at}.${key}`)
    })
  }
  const isInfinite = recorded === GREATEST && ours === 'Infinity'
  // MLflow's server tells 0 for a NaN that it read by the model.
  const isNoNumber = recorded === 0 && ours === 'NaN'
  return recorded === ours || isInfinite || isNoNumber
    ? []
    : [`${at} is ${JSON.stringify(ours)}, not ${JSON.stringify(recorded)}`]
}

/** Plays the client's part: ids are those that this server gives, and files have the recorded sizes. */
class Client {
  readonly #server: Served
  readonly #ids = new Map<string, string>()
  /** Files by folder, as listings of the recording show them. */
  readonly #listed: ReadonlyMap<string, readonly { path: string; is_dir: boolean; file_size?: number }[]>
  readonly #stored = new Set<string>()
  #run = ''
  #model = ''
  #pending = false
  #folder = ''
  #isTracing = false

  constructor(server: Served, exchanges: readonly Exchange[]) {
    this.#server = server
    const listings = exchanges.flatMap(({ query, answer }) => {
      const files = (answer as { files?: [] } | null)?.files
      return query.path === undefined || files === undefined ? [] : [[query.path, files] as const]
    })
    this.#listed = new Map(listings)
  }

  async hold(exchange: Exchange): Promise<{ status: number; answer: unknown }> {
    const { method, sent, query } = exchange
    if (query.path !== undefined) this.#folder = query.path
    this.#isTracing ||= exchange.path.endsWith('/traces')
    const path = this.#pathOf(exchange)
    const asked = Object.keys(query).length === 0 ? '' : `?${new URLSearchParams(this.#ours(query))}`
    const bytes = bytesIn(sent)
    const isFile = method === 'PUT' || bytes !== null
    const body =
      bytes !== null ? Buffer.alloc(bytes, 'x') : sent === null ? null : JSON.stringify(this.#ours(sent))
    const reply = await this.#server.get(`${this.#ours(path)}${asked}`, {
      method,
      ...(body !== null && { body, headers: { 'content-type': isFile ? 'text/plain' : 'application/json' } }),
    })
    const text = await reply.text()
    const isJson = reply.headers.get('content-type')?.startsWith('application/json') === true
    const answer = isJson ? JSON.parse(text) : text
    this.#learn(exchange, answer)
    return { status: reply.status, answer }
  }

  expected({ answer }: Exchange): unknown {
    return this.#ours(answer)
  }

  #ours<T>(value: T): T {
    let text = JSON.stringify(value)
    for (const [theirs, ours] of this.#ids) text = text.replaceAll(theirs, ours)
    return JSON.parse(text)
  }

  #learn({ method, path, answer }: Exchange, ours: unknown): void {
    type Told = { run?: { info: { run_id: string } }; model?: { info: { model_id: string } } }
    const [{ run, model }, own] = [(answer ?? {}) as Told, (ours ?? {}) as Told]
    if (path.endsWith('/runs/create') && run !== undefined) {
      this.#run = run.info.run_id
      this.#ids.set(this.#run, own.run?.info.run_id ?? '')
    }
    if (model === undefined) return
    this.#model = model.info.model_id
    if (method === 'POST') {
      this.#ids.set(this.#model, own.model?.info.model_id ?? '')
      this.#pending = true
    }
    if (method === 'PATCH') this.#pending = false
  }

  #pathOf({ method, path, answer, sent }: Exchange): string {
    if (path.endsWith('/artifacts/{path}'))
      return path.replace('{path}', method === 'PUT' ? this.#newFile(sent) : this.#oldFile(answer))
    const told = (answer as { model?: { info: { model_id: string } } } | null)?.model?.info.model_id
    return path.replace(/\{(?:model_)?id\}/, told ?? this.#model)
  }

  /** Where the client puts a file of a size: into the model that it makes, or else into its run. */
  #newFile(sent: unknown): string {
    if (this.#isTracing) return '1/traces/tr-1/artifacts/traces.json'
    const root = this.#pending ? `1/models/${this.#model}/artifacts` : `1/${this.#run}/artifacts`
    const known = this.#listed.get(root) ?? []
    const named = known.find(
      ({ path, file_size }) => file_size === bytesIn(sent) && !this.#stored.has(`${root}/${path}`),
    )
    const folder = known.find(({ is_dir }) => is_dir)
    const name = named?.path ?? `${folder === undefined ? '' : `${folder.path}/`}file-${this.#stored.size}`
    this.#stored.add(`${root}/${name}`)
    return `${root}/${name}`
  }

  /** What the client reads: a file of the folder that it listed, or what it took for a folder. */
  #oldFile(answer: unknown): string {
    const file = this.#listed.get(this.#folder)?.find(({ file_size }) => file_size === bytesIn(answer))
    return file === undefined ? this.#folder : `${this.#folder}/${file.path}`
  }
}

let besiegedBy: Awaited<ReturnType<typeof besieged>>[] = []
beforeAll(() => {
  besiegedBy = []
})
afterAll(async () => {
  for (const one of besiegedBy) await one.remove()
})

test.each(['3.6', '3.17'] as const)(
  'the client of %s is answered as it was',
  async (release) => {
    const place = await besieged(`mlflow-${release}`)
    besiegedBy.push(place)
    const server = await served(place.platform)
    const exchanges = exchangesOf(release)
    const client = new Client(server, exchanges)
    const otherwise: Readonly<Record<number, readonly [number, string]>> = OTHERWISE[release]
    for (const [index, exchange] of exchanges.entries()) {
      const { status, answer } = await client.hold(exchange)
      const what = `${index} ${exchange.method} ${exchange.path} ${JSON.stringify(answer)}`.slice(0, 400)
      expect(status, what).toBe(otherwise[index]?.[0] ?? exchange.status)
      const bytes = bytesIn(exchange.answer)
      if (otherwise[index] !== undefined || STAND_IN.includes(`${release} ${index}`)) continue
      if (exchange.path === '/version') continue
      if (bytes !== null) expect(String(answer).length, what).toBe(bytes)
      else if (exchange.answer !== '')
        expect(differences(client.expected(exchange), answer), what).toEqual([])
    }
    await server.close()
  },
  60_000,
)
