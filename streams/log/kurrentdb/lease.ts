/**
 * Which machine works a lane: the newest record of a stream beside the log's. It is renewed by whoever holds it; who has seen nothing new of it for
 * its length, by a clock that only counts, may take it. So machines whose clocks disagree agree on it all the same.
 */
import { performance } from 'node:perf_hooks'
import { z } from 'zod'
import { uuidOf } from '../event-id.ts'
import { LogServer, type ServerEvent, type ServerOptions } from './server.ts'

const record = z.strictObject({
  /** One opening of a log, and the machine that it is on. */
  holder: z.string(),
  node: z.string(),
  /** How far the lane has got, signed with the log's key; and where the log ended then. */
  progress: z.string(),
  head: z.int().nonnegative(),
  released: z.boolean(),
})
export type LeaseRecord = z.infer<typeof record>
export type Progress = Pick<LeaseRecord, 'progress' | 'head'>

type Seen = Readonly<{ revision: number; atMillis: number; record: LeaseRecord | null }>

const TYPE = 'LaneLeased'
/** Nobody asks for older ones. */
const KEPT = 20
const TEXT = new TextEncoder()

export type LeaseOptions = Readonly<{
  server: ServerOptions
  lane: string
  holder: string
  node: string
  /** How long it lasts without being renewed. */
  millis: number
  digest: (text: string) => string
}>

export class Lease {
  readonly #options: LeaseOptions
  readonly #server: LogServer
  readonly #stream: string
  readonly #heard = new Set<() => void>()
  #seen: Seen = { revision: -1, atMillis: Number.NEGATIVE_INFINITY, record: null }
  #heldUntilMillis = Number.NEGATIVE_INFINITY
  readonly #stop: () => void
  #saying: Promise<unknown> = Promise.resolve()

  private constructor(options: LeaseOptions, server: LogServer, last: ServerEvent | null) {
    this.#options = options
    this.#server = server
    this.#stream = streamOf(server, options)
    if (last !== null) this.#see(last)
    this.#stop = server.follow(
      () => this.#seen.revision,
      (event) => this.#see(event),
      this.#stream,
    )
  }

  /** @throws Refusal `log.server-away` */
  static async open(options: LeaseOptions): Promise<Lease> {
    const server = new LogServer(options.server)
    try {
      const stream = streamOf(server, options)
      const last = await server.last(stream)
      if (last === null) await server.keepNewest(stream, KEPT)
      return new Lease(options, server, last)
    } catch (error) {
      await server.close()
      throw error
    }
  }

  /** What whoever holds it said last; null before anybody did. */
  get told(): LeaseRecord | null {
    return this.#seen.record
  }

  /** Whether it is held here, as far as can be known without asking: others have waited for longer than this. */
  get isHeld(): boolean {
    return performance.now() < this.#heldUntilMillis
  }

  /** Called after each record that is new. @returns what ends it */
  hear(listener: () => void): () => void {
    this.#heard.add(listener)
    return () => this.#heard.delete(listener)
  }

  /** Takes it where nobody holds it. @throws Refusal `log.server-away` */
  async take(progress: Progress): Promise<boolean> {
    const { record: last, atMillis } = this.#seen
    const { holder, millis } = this.#options
    const isFree =
      last === null || last.released || last.holder === holder || performance.now() - atMillis > millis
    return isFree && this.#say(progress, false)
  }

  /** Holds it for longer. @returns false where somebody else has taken it @throws Refusal `log.server-away` */
  renew(progress: Progress): Promise<boolean> {
    return this.#say(progress, false)
  }

  /** Lets go of it, so that nobody has to wait. */
  async close(progress: Progress | null): Promise<void> {
    if (progress !== null && this.isHeld) await this.#say(progress, true).catch(() => false)
    this.#heldUntilMillis = Number.NEGATIVE_INFINITY
    this.#stop()
    this.#heard.clear()
    await this.#server.close()
  }

  /** One word after the other: each stands behind the last one. */
  #say(progress: Progress, released: boolean): Promise<boolean> {
    const next = () => this.#append(progress, released)
    const said = this.#saying.then(next, next)
    this.#saying = said
    return said
  }

  async #append(progress: Progress, released: boolean): Promise<boolean> {
    const { holder, node, millis, digest } = this.#options
    const { revision } = this.#seen
    const said: LeaseRecord = { holder, node, progress: progress.progress, head: progress.head, released }
    const text = JSON.stringify(said)
    const event = {
      ...{ id: uuidOf(digest(`${this.#stream} ${revision} ${text}`)), type: TYPE },
      ...{ data: TEXT.encode(text), metadata: TEXT.encode('{}') },
    }
    const sentMillis = performance.now()
    if ((await this.#server.append([event], revision, this.#stream)) === 'kept')
      this.#take({ revision: revision + 1, atMillis: performance.now(), record: said })
    else {
      // What came before it comes by itself too, unless the connection that it comes by is broken.
      const last = await this.#server.last(this.#stream)
      if (last !== null) this.#see(last)
    }
    // It may have been kept before, and the answer lost.
    const isOwn = this.told?.holder === holder && !released
    // A third less than others wait for: they count from when they saw it.
    this.#heldUntilMillis = isOwn ? sentMillis + (2 / 3) * millis : Number.NEGATIVE_INFINITY
    return isOwn
  }

  #see(event: ServerEvent): void {
    const parsed = record.safeParse(read(event.data))
    this.#take({ revision: event.revision, atMillis: performance.now(), record: parsed.data ?? null })
  }

  #take(seen: Seen): void {
    if (seen.revision <= this.#seen.revision) return
    this.#seen = seen
    for (const tell of this.#heard) tell()
  }
}

const streamOf = (server: LogServer, { lane }: Pick<LeaseOptions, 'lane'>): string =>
  `${server.stream}-lease-${lane}`

function read(data: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(data).toString('utf8'))
  } catch {
    return null
  }
}
