/** Reads any storage: pages of stored batches become decoded batches, up to the head or on and on. */
import { setImmediate } from 'node:timers/promises'
import type { Position, RecordedBatch, Revision, StreamName } from '../../schemas/envelope.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { Arrivals } from './arrivals.ts'
import type { Codec } from './codec.ts'
import type { Cut, EventFilter, Head, LogReader } from './port.ts'
import type { LogStore, StoredBatch } from './stored.ts'

const EVERYTHING: EventFilter = {}
const LEAVES_PER_PAGE = 4096

/** How a subscription goes on. */
type Growth = Readonly<{
  arrivals: Arrivals
  /** Up to where it may read by now. */
  end: () => Position
}>

export class StoreReader implements LogReader {
  readonly #store: LogStore
  readonly #codec: Codec
  readonly #growth: Growth
  readonly #closed = new AbortController()

  constructor(store: LogStore, codec: Codec, growth: Growth) {
    this.#store = store
    this.#codec = codec
    this.#growth = growth
  }

  async *readStream(stream: StreamName, from: Revision = 1): AsyncGenerator<RecordedBatch> {
    const to = this.#open().revisionOf(stream)
    for (let at = Math.max(from, 1); at <= to; ) {
      const page = this.#open().streamPage(stream, at)
      for (const batch of page.batches) {
        if (batch.firstRevision <= to) yield this.#codec.decode(batch)
      }
      at = page.next
      if (at <= to) await setImmediate()
    }
  }

  readAll(from: Position, filter = EVERYTHING): AsyncIterable<RecordedBatch> {
    const to = Math.min(this.#open().tail().position, filter.positionAtMost ?? Number.POSITIVE_INFINITY)
    return this.#read({ from, to, filter, stop: this.#closed.signal })
  }

  subscribe(from: Position, filter = EVERYTHING): AsyncIterable<RecordedBatch> {
    return {
      [Symbol.asyncIterator]: () => {
        const returned = new AbortController()
        const stop = AbortSignal.any([this.#closed.signal, returned.signal])
        const batches = this.#read({ from, to: null, filter, stop })
        return {
          next: () => batches.next(),
          // The generator may be waiting for an arrival, where its own `return` would wait with it.
          return: () => {
            returned.abort()
            return batches.return(undefined)
          },
        }
      },
    }
  }

  async *leaves(from: Position, last?: Position): AsyncGenerator<readonly Uint8Array[]> {
    const to = Math.min(this.#open().tail().position, last ?? Number.POSITIVE_INFINITY)
    for (let at = Math.max(from, 1); at <= to; at += LEAVES_PER_PAGE) {
      yield this.#open().leaves(at, Math.min(at + LEAVES_PER_PAGE - 1, to))
    }
  }

  async revisionOf(stream: StreamName): Promise<Revision> {
    return this.#open().revisionOf(stream)
  }

  async positionAt(cut: Cut): Promise<Position> {
    return this.#open().positionAt(cut)
  }

  async head(): Promise<Head> {
    const { position, recordedAt } = this.#open().tail()
    return { position, recordedAt }
  }

  async close(): Promise<void> {
    if (this.#closed.signal.aborted) return
    this.#closed.abort()
    this.#store.close()
  }

  /** `to` is null for a subscription. Between pages other work gets its turn. */
  async *#read(range: Range): AsyncGenerator<RecordedBatch, undefined> {
    let at = Math.max(range.from, 1)
    while (!range.stop.aborted) {
      const end = range.to ?? this.#growth.end()
      if (at > end) {
        if (range.to !== null) return
        await this.#growth.arrivals.next(range.stop)
        continue
      }
      const part = this.#part(at, end, range.filter)
      if (part === null) {
        at = end + 1
        continue
      }
      const page = this.#store.page(part.from, part.to, range.filter)
      for (const batch of known(page.batches, part, range.filter)) {
        if (range.stop.aborted) break
        yield this.#codec.decode(batch)
      }
      at = Math.min(page.next, part.to + 1)
      if (at <= end) await setImmediate()
    }
    if (range.to !== null) throw refuse('log.closed')
  }

  /**
   * The next part of the log that can hold what is wanted. Beyond the first event that was known too late, what was known
   * in time stands behind something known after it, and so in a late batch.
   */
  #part(at: Position, end: Position, { knownAtMost }: EventFilter): { from: Position; to: Position } | null {
    if (knownAtMost === undefined) return { from: at, to: end }
    const inTime = this.#store.positionAt({ knownAt: knownAtMost })
    if (at <= inTime) return { from: at, to: Math.min(inTime, end) }
    const late = this.#store.nextLate(at)
    if (late === null || late.from > end) return null
    return { from: Math.max(late.from, at), to: Math.min(late.to, end) }
  }

  #open(): LogStore {
    if (this.#closed.signal.aborted) throw refuse('log.closed')
    return this.#store
  }
}

/** The events of a part that were known in time. A page may reach beyond the part, to the end of its last batch. */
function* known(
  batches: readonly StoredBatch[],
  { from, to }: { from: Position; to: Position },
  { knownAtMost = Number.POSITIVE_INFINITY, positionAtMost }: EventFilter,
): Iterable<StoredBatch> {
  if (knownAtMost === Number.POSITIVE_INFINITY && positionAtMost === undefined) {
    yield* batches
    return
  }
  for (const batch of batches) {
    const events = batch.events.filter(
      ({ position, knownAt }) => position >= from && position <= to && knownAt <= knownAtMost,
    )
    if (events.length > 0) yield events.length === batch.events.length ? batch : { ...batch, events }
  }
}

type Range = Readonly<{ from: Position; to: Position | null; filter: EventFilter; stop: AbortSignal }>
