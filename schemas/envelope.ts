/** The envelope: what every event carries besides its data, before and after the log has recorded it. */
import type { Digest } from './kernel/canonical.ts'
import type { Micros } from './kernel/time.ts'

/** Commit order over the whole log: dense, from 1. */
export type Position = number
/** Order within one stream: dense, from 1. 0 stands for "nothing yet". */
export type Revision = number
/** `noun-name`, for example `data-us20` or `experiment-a1b2`. */
export type StreamName = string
/** Names one intent. The same id again gets the same answer and writes nothing. */
export type CommandId = string
/** A UUID made from the command id and the event's place in its batch, so that a retry makes the same one. */
export type EventId = string

/** A file in the chunk store that belongs to an event. */
export type ChunkRef = Readonly<{
  hash: Digest
  format: 'arrow' | 'onnx' | 'json' | 'html' | 'file'
  /** Rows of a table; 0 for a document. */
  rows: number
  bytes: number
  /** The least and greatest `eventTime` of its rows; both 0 for a document. */
  eventTimeFrom: Micros
  eventTimeTo: Micros
}>

/** An event that has been decided and not yet recorded. */
export type Draft<T extends string = string, D = unknown> = Readonly<{
  type: T
  data: D
  /** When it is about. */
  eventTime: Micros
  /** When it became knowable. */
  knownAt: Micros
  chunks: readonly ChunkRef[]
}>

/** Who did it and what caused it; the same for all events of a batch. */
export type Provenance = Readonly<{
  commandId: CommandId
  actor: string
  correlationId: string
  /** The event that this one follows from; null for a command that came from outside. */
  causationId: EventId | null
}>

export type AppendBatch = Provenance &
  Readonly<{
    stream: StreamName
    /** The revision of the stream's last event as the decider saw it; 0 for a new stream. There is no "any". */
    expected: Revision
    events: readonly Draft[]
  }>

/** An event as the log has it. */
export type Recorded<T extends string = string, D = unknown> = Draft<T, D> &
  Provenance &
  Readonly<{
    id: EventId
    stream: StreamName
    revision: Revision
    position: Position
    version: number
    /** When this log recorded it: given by the log alone, never going backwards. */
    recordedAt: Micros
  }>

/** What one append wrote (or the part of it that a filter let through), in order. */
export type RecordedBatch = readonly Recorded[]
