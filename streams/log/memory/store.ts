/** Batches in arrays. */
import type { CommandId, Position, Revision, StreamName } from '../../../schemas/envelope.ts'
import type { Cut, EventFilter } from '../port.ts'
import {
  EMPTY_TAIL,
  type LogStore,
  type Page,
  type StoredBatch,
  type StoredEvent,
  type Tail,
} from '../stored.ts'

const BATCHES_PER_PAGE = 1000

export class MemoryStore implements LogStore {
  readonly #batches: StoredBatch[] = []
  readonly #streams = new Map<StreamName, StoredBatch[]>()
  readonly #commands = new Map<CommandId, StoredBatch>()
  #tail: Tail = EMPTY_TAIL

  tail(): Tail {
    return this.#tail
  }

  batchOf(commandId: CommandId): StoredBatch | undefined {
    return this.#commands.get(commandId)
  }

  revisionOf(stream: StreamName): Revision {
    const last = this.#streams.get(stream)?.at(-1)
    return last === undefined ? 0 : last.firstRevision + last.eventCount - 1
  }

  write(batches: readonly StoredBatch[]): void {
    for (const batch of batches) {
      this.#batches.push(batch)
      this.#commands.set(batch.commandId, batch)
      const stream = this.#streams.get(batch.stream)
      if (stream === undefined) this.#streams.set(batch.stream, [batch])
      else stream.push(batch)
      const position = batch.firstPosition + batch.eventCount - 1
      this.#tail = { position, recordedAt: batch.recordedAt, knownHigh: batch.knownHigh }
    }
  }

  /** It lasts as long as the process does anyway. */
  async sync(): Promise<void> {}

  page(from: Position, to: Position, filter: EventFilter): Page {
    const first = firstWhere(this.#batches, (batch) => batch.firstPosition + batch.eventCount > from)
    const found: StoredBatch[] = []
    let next = from
    for (const batch of this.#batches.slice(first, first + BATCHES_PER_PAGE)) {
      if (batch.firstPosition > to) break
      next = batch.firstPosition + batch.eventCount
      if (!batch.stream.startsWith(filter.streamPrefix ?? '')) continue
      const events = batch.events.filter((event) => wanted(event, from, to, filter))
      if (events.length > 0) found.push({ ...batch, events })
    }
    return { batches: found, next }
  }

  nextLate(from: Position): { from: Position; to: Position } | null {
    const first = firstWhere(this.#batches, (batch) => batch.firstPosition + batch.eventCount > from)
    const batch = this.#batches.slice(first).find(({ late }) => late === 1)
    if (batch === undefined) return null
    return { from: batch.firstPosition, to: batch.firstPosition + batch.eventCount - 1 }
  }

  streamPage(stream: StreamName, from: Revision): Page {
    const all = this.#streams.get(stream) ?? []
    const batches = all
      .slice(firstWhere(all, (batch) => batch.firstRevision + batch.eventCount > from))
      .map((batch) => ({ ...batch, events: batch.events.slice(Math.max(from - batch.firstRevision, 0)) }))
    return { batches, next: this.revisionOf(stream) + 1 }
  }

  leaves(from: Position, to: Position): readonly Uint8Array[] {
    const first = firstWhere(this.#batches, (batch) => batch.firstPosition + batch.eventCount > from)
    const found: Uint8Array[] = []
    for (let index = first; index < this.#batches.length; index++) {
      for (const { position, leaf } of this.#batches[index]?.events ?? []) {
        if (position > to) return found
        if (position >= from) found.push(leaf)
      }
    }
    return found
  }

  positionAt(cut: Cut): Position {
    const beyond = (batch: StoredBatch) =>
      'knownAt' in cut ? batch.knownHigh > cut.knownAt : batch.recordedAt > cut.recordedAt
    const batch = this.#batches[firstWhere(this.#batches, beyond)]
    if (batch === undefined) return this.#tail.position
    if (!('knownAt' in cut)) return batch.firstPosition - 1
    const event = batch.events.find(({ knownAt }) => knownAt > cut.knownAt)
    return (event?.position ?? batch.firstPosition) - 1
  }

  close(): void {
    this.#batches.length = 0
  }
}

const wanted = (event: StoredEvent, from: Position, to: Position, { types }: EventFilter): boolean =>
  event.position >= from && event.position <= to && (types === undefined || types.includes(event.type))

/** Binary search: the first index whose item meets a condition that, once met, stays so. */
function firstWhere<T>(items: readonly T[], meets: (item: T) => boolean): number {
  let low = 0
  let high = items.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const item = items[middle]
    if (item !== undefined && meets(item)) high = middle
    else low = middle + 1
  }
  return low
}
