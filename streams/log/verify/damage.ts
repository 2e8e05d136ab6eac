/** What verification finds: each damage names the thing, the place in it, and what is wrong there. */
import type { StoredBatch, StoredEvent } from '../stored.ts'

export type Damage = Readonly<{
  kind: 'storage' | 'event' | 'chunk' | 'tile' | 'checkpoint'
  /** For a person: `event 17 (price.Seen, revision 3 of price-b), column data`. */
  place: string
  problem: string
}>

/** Thrown where a storage cannot be read on: a page of its file is damaged, or the file ends too early. */
export class UnreadableStorage extends Error {}

/** A log's rows as they lie there, without the trust that reading puts in them. */
export interface Inspection {
  /** What the storage says itself of its files, and where its tables, triggers and views are not what this version writes. */
  integrity(): readonly Damage[]
  eventCount(): number
  /** In order, each with its leaf and with all events before the next batch, be they as many as it says or not. */
  batches(): Iterable<StoredBatch>
  close(): void
}

export const eventDamage = (
  batch: StoredBatch,
  event: StoredEvent,
  of: Readonly<{ column: string; problem: string }>,
): Damage => {
  const revision = batch.firstRevision + event.position - batch.firstPosition
  return {
    kind: 'event',
    place: `event ${event.position} (${event.type}, revision ${revision} of ${batch.stream}), ${of.column}`,
    problem: of.problem,
  }
}

export const batchDamage = (batch: StoredBatch, column: string, problem: string): Damage => ({
  kind: 'event',
  place: `batch of event ${batch.events[0]?.position ?? batch.firstPosition} (stream ${batch.stream}), column ${column}`,
  problem,
})
