/** The stream of a KurrentDB server that a log stands in: appended behind a revision, read and followed. Only this file knows the client. */
import {
  type AllStreamRecordedEvent,
  BACKWARDS,
  binaryEvent,
  END,
  KurrentDBClient,
  MaxAppendSizeExceededError,
  NO_STREAM,
  type RecordedEvent,
  START,
  StreamNotFoundError,
  WrongExpectedVersionError,
} from '@kurrent/kurrentdb-client'
import { type Refusal, refuse } from '../../../schemas/kernel/fault.ts'

/** An event as KurrentDB has it; revisions count from 0. */
export type ServerEvent = Readonly<{
  id: string
  type: string
  revision: number
  /** JSON, or the bytes of what is none. */
  metadata: unknown
  data: Uint8Array
}>
export type NewEvent = Pick<ServerEvent, 'id' | 'type' | 'data'> & Readonly<{ metadata: Uint8Array }>

export type ServerOptions = Readonly<{
  /** A connection string, `kurrentdb://host:2113?tls=true`. */
  url: string
  stream: string
  user?: string | undefined
  password?: string | undefined
}>

/** What became of an append: it stands there, or somebody else was first, or it is larger than the server takes. */
export type Kept = 'kept' | 'behind' | Readonly<{ mostBytes: number }>

/** An answer that takes longer is none. */
const ANSWER_MILLIS = 15_000
const AGAIN_MILLIS = 250
/** What the client calls errors that waiting does not mend. */
const FOR_GOOD: readonly string[] = [
  'access-denied',
  'stream-deleted',
  'stream-tombstoned',
  'invalid-argument',
  'unsupported',
]

export class LogServer {
  readonly #client: KurrentDBClient
  readonly #where: string
  readonly stream: string

  /** @throws Refusal `log.server-away` for a connection string that cannot be read */
  constructor({ url, stream, user, password }: ServerOptions) {
    this.stream = stream
    this.#where = placeOf(url)
    try {
      this.#client = KurrentDBClient.connectionString(withCredentials(url, user, password))
    } catch (error) {
      throw this.#failed(error)
    }
  }

  /**
   * Appends behind a revision, -1 for the beginning.
   * @throws Refusal `log.server-refused`, `log.server-away`: whether the events were kept is not known then
   */
  async append(events: readonly NewEvent[], after: number, stream = this.stream): Promise<Kept> {
    const streamState = after < 0 ? NO_STREAM : BigInt(after)
    const made = events.map((event) => binaryEvent(event))
    try {
      await inTime(this.#client.appendToStream(stream, made, { streamState }))
      return 'kept'
    } catch (error) {
      if (error instanceof WrongExpectedVersionError) return 'behind'
      if (error instanceof MaxAppendSizeExceededError) return { mostBytes: Number(error.maxAppendSize) }
      throw this.#failed(error)
    }
  }

  /** The last event; null where there is none. @throws Refusal `log.server-away` */
  async last(stream = this.stream): Promise<ServerEvent | null> {
    const [event] = await this.#read(stream, { fromRevision: END, direction: BACKWARDS, maxCount: 1 })
    return event ?? null
  }

  /** Events from a revision on, so many at most. @throws Refusal `log.server-away` */
  page(from: number, most: number, stream = this.stream): Promise<readonly ServerEvent[]> {
    return this.#read(stream, { fromRevision: from <= 0 ? START : BigInt(from), maxCount: most })
  }

  async #read(stream: string, options: Parameters<KurrentDBClient['readStream']>[1]): Promise<ServerEvent[]> {
    const read = async (): Promise<ServerEvent[]> => {
      const events: ServerEvent[] = []
      for await (const { event } of this.#client.readStream(stream, options))
        if (event !== undefined) events.push(eventOf(event))
      return events
    }
    try {
      return await inTime(read())
    } catch (error) {
      if (error instanceof StreamNotFoundError) return []
      throw this.#failed(error)
    }
  }

  /**
   * Tells of each event behind the revision that `after` names, and goes on when the connection is back; then it may tell of some again.
   * @returns what ends it
   */
  follow(after: () => number, tell: (event: ServerEvent) => void, stream = this.stream): () => void {
    let stop = () => {}
    let isOver = false
    let again: NodeJS.Timeout | undefined
    const begin = (): void => {
      const from = after()
      const subscription = this.#client.subscribeToStream(stream, {
        fromRevision: from < 0 ? START : BigInt(from),
      })
      stop = () => void subscription.unsubscribe().catch(() => undefined)
      const lost = (): void => {
        if (isOver || again !== undefined) return
        stop()
        again = setTimeout(() => {
          again = undefined
          begin()
        }, AGAIN_MILLIS).unref()
      }
      subscription.on('data', ({ event }) => {
        if (!isOver && again === undefined && event !== undefined) tell(eventOf(event))
      })
      subscription.on('error', lost)
      subscription.on('end', lost)
    }
    begin()
    return () => {
      isOver = true
      clearTimeout(again)
      stop()
    }
  }

  /** The server may forget all but so many of the newest events of a stream: none that holds facts. */
  async keepNewest(stream: string, count: number): Promise<void> {
    // A stream that keeps more is larger, and no less right.
    await inTime(this.#client.setStreamMetadata(stream, { maxCount: count })).catch(() => undefined)
  }

  async close(): Promise<void> {
    await this.#client.dispose().catch(() => undefined)
  }

  #failed(error: unknown): Refusal {
    const type = error instanceof Error && 'type' in error ? String(error.type) : ''
    const code = FOR_GOOD.includes(type) ? 'log.server-refused' : 'log.server-away'
    return refuse(code, { server: this.#where, stream: this.stream, problem: problemOf(error) })
  }
}

function eventOf(event: RecordedEvent | AllStreamRecordedEvent): ServerEvent {
  const { id, type, revision, metadata, data } = event
  const bytes = data instanceof Uint8Array ? data : Buffer.from(JSON.stringify(data))
  return { id, type, revision: Number(revision), metadata, data: bytes }
}

/** Whoever keeps a password in a file does not write it into the connection string, which is shown. */
function withCredentials(url: string, user?: string, password = ''): string {
  const told = withDiscovery(url)
  if (user === undefined) return told
  return told.replace('://', `://${encodeURIComponent(user)}:${encodeURIComponent(password)}@`)
}

/** The client's reader waits for one interval of discovery before it looks for the server the first time: half a second unless it is told. */
const withDiscovery = (url: string): string =>
  /[?&]discoveryInterval=/i.test(url) ? url : `${url}${url.includes('?') ? '&' : '?'}discoveryInterval=20`

/** A connection string as it may be shown: without what stands before the host. */
export const placeOf = (url: string): string =>
  url.replace(/^[^:]*:\/\/(?:[^@/]*@)?/, '').replace(/\?.*$/, '')

function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${ANSWER_MILLIS / 1000} seconds`)), ANSWER_MILLIS)
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}

const problemOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
