/** What a log keeps: batches whose data are bytes, and the seam between the shared engine and a storage. */
import type {
  ChunkRef,
  CommandId,
  EventId,
  Position,
  Provenance,
  Revision,
  StreamName,
} from '../../schemas/envelope.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import type { Cut, EventFilter } from './port.ts'

export type StoredEvent = Readonly<{
  position: Position
  id: EventId
  type: string
  /** The version that the data was written in. */
  version: number
  eventTime: Micros
  knownAt: Micros
  chunks: readonly ChunkRef[]
  /** Avro. */
  data: Uint8Array
  /** RFC 6962 leaf hash, 32 bytes. Empty where a reader did not ask for it. */
  leaf: Uint8Array
}>

export type StoredBatch = Provenance &
  Readonly<{
    stream: StreamName
    firstPosition: Position
    firstRevision: Revision
    /** How many events the append wrote; `events` can be fewer after a filter. */
    eventCount: number
    recordedAt: Micros
    /** The greatest `knownAt` of this and of all earlier batches. */
    knownHigh: Micros
    /** 1 where one of its events was known before some event that stands before it in the log, else 0. */
    late: number
    events: readonly StoredEvent[]
  }>

/** Where the log ends. All zero, and `knownHigh` the least number, for an empty one. */
export type Tail = Readonly<{ position: Position; recordedAt: Micros; knownHigh: Micros }>
export const EMPTY_TAIL: Tail = { position: 0, recordedAt: 0, knownHigh: Number.MIN_SAFE_INTEGER }

/** A part of a longer read: some batches, and where the next part starts. */
export type Page = Readonly<{ batches: readonly StoredBatch[]; next: number }>

/** A storage of batches, synchronous: each call sees everything that was written before it. */
export interface LogStore {
  tail(): Tail
  /** The batch, without its events, that a command wrote. */
  batchOf(commandId: CommandId): StoredBatch | undefined
  revisionOf(stream: StreamName): Revision
  /**
   * Writes all batches in one transaction. On return they outlive the process, and a power cut once `sync` has answered.
   * @throws Refusal `log.disk-full`, `log.failed`
   */
  write(batches: readonly StoredBatch[]): void
  /** Makes durable what was written before it was called. @throws Refusal `log.disk-full`, `log.failed` */
  sync(): Promise<void>
  /** Some batches with events in `[from, to]` that pass the filter, each with its events of the range. */
  page(from: Position, to: Position, filter: EventFilter): Page
  /** The positions of the first late batch that ends at or after a position; null where there is none. */
  nextLate(from: Position): Readonly<{ from: Position; to: Position }> | null
  /** Some batches of a stream from a revision on. An empty page is the end. */
  streamPage(stream: StreamName, from: Revision): Page
  /** Leaf hashes of `[from, to]`, in order. */
  leaves(from: Position, to: Position): readonly Uint8Array[]
  positionAt(cut: Cut): Position
  close(): void
}
