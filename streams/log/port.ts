/** The event log: facts are appended once, in one order, and never changed. Every adapter keeps the same contract. */
import type { AppendBatch, Position, RecordedBatch, Revision, StreamName } from '../../schemas/envelope.ts'
import type { Fault } from '../../schemas/kernel/fault.ts'
import type { Result } from '../../schemas/kernel/result.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import type { LiveSeal } from './seal/live.ts'

export type Appended = Readonly<{
  /** Position and revision of the batch's last event. */
  position: Position
  revision: Revision
  recordedAt: Micros
  /** True where the command id had been appended before, and nothing was written now. */
  repeated: boolean
}>

/** When an append is answered. */
export type Once = 'written' | 'durable'

/** Somebody else appended to the stream first. */
export type AppendConflict = Readonly<{
  fault: Fault
  stream: StreamName
  expected: Revision
  actual: Revision
}>

export type EventFilter = Readonly<{
  /** Only these event types. */
  types?: readonly string[]
  /** Only streams whose names start so. */
  streamPrefix?: string
  /** Only what was known by then. Where few facts come late, the part of the log beyond that moment is passed over. */
  knownAtMost?: Micros
  /** Where `readAll` ends, inclusive, if the log goes on; a subscription takes no notice of it. */
  positionAtMost?: Position
}>

export type Head = Readonly<{
  /** 0 for an empty log. */
  position: Position
  /** 0 for an empty log. */
  recordedAt: Micros
}>

/** A moment on one of the two axes along which the past can be cut. */
export type Cut = Readonly<{ recordedAt: Micros }> | Readonly<{ knownAt: Micros }>

/** The log as a reader has it; any number of readers, in any process, beside the one writer. */
export interface LogReader {
  /** A stream's events from a revision on (inclusive), ending at its head. */
  readStream(stream: StreamName, from?: Revision): AsyncIterable<RecordedBatch>
  /** All events from a position on (inclusive) that pass the filter, ending at the head of the moment it is called. */
  readAll(from: Position, filter?: EventFilter): AsyncIterable<RecordedBatch>
  /** As `readAll`, and then what comes once it is durable, until the iterator is returned or the log closed. */
  subscribe(from: Position, filter?: EventFilter): AsyncIterable<RecordedBatch>
  /** The RFC 6962 leaf hashes of all events from a position on, in order, for the seal; ends as `readAll` does, or at `to`, inclusive. */
  leaves(from: Position, to?: Position): AsyncIterable<readonly Uint8Array[]>
  /** The last revision of a stream; 0 where it has none. */
  revisionOf(stream: StreamName): Promise<Revision>
  /** The greatest position such that it and all before it lie at or before the cut; 0 where the first does not. */
  positionAt(cut: Cut): Promise<Position>
  head(): Promise<Head>
  close(): Promise<void>
}

export interface EventLog extends LogReader {
  /** The seal that the writer keeps of each commit; null for a log that lives in memory. */
  readonly seal: LiveSeal | null
  /**
   * Appends all events of the batch or none, and answers when they are durable; once they are written where only that is asked for.
   * What is written and not durable yet can be read and outlives this process, but a power cut may take it, and all after it.
   * @throws Refusal `event.invalid` for data that its definition does not allow, `log.command-reused` for a command id
   * that wrote to another stream, `log.closed`, and `log.failed` or `log.disk-full` after a write or fsync that failed:
   * nothing more is acknowledged then.
   */
  append(batch: AppendBatch, once?: Once): Promise<Result<Appended, AppendConflict>>
  /** Answers once all that was appended before is durable. @throws Refusal `log.failed`, `log.disk-full` */
  durable(): Promise<void>
  /** Up to where the log is durable, and sealed where it keeps a seal. */
  readonly durableTo: Position
}
