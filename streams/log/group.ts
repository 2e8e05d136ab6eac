/** The places that the appends of a group get in the log: positions, revisions, moments and leaf hashes. */
import type { AppendBatch, Position, Provenance } from '../../schemas/envelope.ts'
import { fault, type Refusal, refuse } from '../../schemas/kernel/fault.ts'
import { err, ok, type Result } from '../../schemas/kernel/result.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import type { EncodedEvent } from './codec.ts'
import { leafHash } from './leaf.ts'
import type { AppendConflict, Appended } from './port.ts'
import type { LogStore, StoredBatch, Tail } from './stored.ts'

export type Answer = Result<Appended, AppendConflict>
/** An append whose events are bytes by now, and have no place yet. */
export type Planned = Readonly<{ batch: AppendBatch; events: readonly EncodedEvent[] }>

/** Gives each append of a group its place, seeing what earlier ones of the group will have written. */
export class GroupPlan {
  readonly batches: StoredBatch[] = []
  readonly #store: LogStore
  readonly #revisions = new Map<string, number>()
  readonly #commands = new Map<string, StoredBatch>()
  #tail: Tail
  readonly #recordedAt: Micros

  constructor(store: LogStore, recordedAt: Micros) {
    this.#store = store
    this.#tail = store.tail()
    this.#recordedAt = recordedAt
  }

  /** Where the log ends once they are written. */
  get position(): Position {
    return this.#tail.position
  }

  add({ batch, events }: Planned): Answer | Refusal {
    const { commandId, stream, expected } = batch
    const before = this.#commands.get(commandId) ?? this.#store.batchOf(commandId)
    if (before !== undefined) {
      if (before.stream === stream) return ok(appendedOf(before, true))
      return refuse('log.command-reused', { commandId, stream, used: before.stream })
    }
    const actual = this.#revisions.get(stream) ?? this.#store.revisionOf(stream)
    if (actual !== expected) {
      return err({ fault: fault('log.conflict', { stream, expected, actual }), stream, expected, actual })
    }
    const stored = this.#place(batch, events)
    this.#revisions.set(stream, actual + events.length)
    this.#commands.set(commandId, stored)
    this.batches.push(stored)
    return ok(appendedOf(stored, false))
  }

  #place(batch: AppendBatch, encoded: readonly EncodedEvent[]): StoredBatch {
    const { stream, expected, commandId, actor, correlationId, causationId } = batch
    const place = { stream, firstRevision: expected + 1, recordedAt: this.#recordedAt }
    const stored = placedAfter(
      this.#tail,
      { ...place, commandId, actor, correlationId, causationId },
      encoded,
    )
    this.#tail = tailAfter(stored)
    return stored
  }
}

/** A batch as it stands behind where the log ends. */
export function placedAfter(
  tail: Tail,
  of: Pick<StoredBatch, 'stream' | 'firstRevision' | 'recordedAt'> & Provenance,
  encoded: readonly EncodedEvent[],
): StoredBatch {
  const firstPosition = tail.position + 1
  const head = { ...of, firstPosition }
  let { knownHigh } = tail
  let late = 0
  const events = encoded.map((event, index) => {
    if (event.knownAt < knownHigh) late = 1
    knownHigh = Math.max(knownHigh, event.knownAt)
    const { id, type, version, eventTime, knownAt, chunks, data } = event
    const placed = { position: firstPosition + index, id, type, version, eventTime, knownAt, chunks, data }
    return { ...placed, leaf: leafHash(head, placed) }
  })
  return { ...head, knownHigh, late, eventCount: events.length, events }
}

export const tailAfter = ({ firstPosition, eventCount, recordedAt, knownHigh }: StoredBatch): Tail => ({
  position: firstPosition + eventCount - 1,
  recordedAt,
  knownHigh,
})

function appendedOf(batch: StoredBatch, repeated: boolean): Appended {
  const more = batch.eventCount - 1
  return {
    position: batch.firstPosition + more,
    revision: batch.firstRevision + more,
    recordedAt: batch.recordedAt,
    repeated,
  }
}
