/** The rows of an embedded log as they lie there, for verification: damaged ones too. */
import type { DatabaseSync } from 'node:sqlite'
import type { StoredBatch, StoredEvent } from '../stored.ts'
import type { Inspection } from '../verify/damage.ts'
import { openForReading } from './database.ts'
import {
  arrays,
  BATCH_COLUMNS,
  type BatchRow,
  batchFrom,
  CHUNK_COLUMNS,
  type ChunkRow,
  chunkFrom,
  EVENT_COLUMNS,
  type EventRow,
  eventFrom,
} from './rows.ts'

const INTEGRITY = 'PRAGMA integrity_check'
/** What no leaf covers: the numbering of an event's chunks, and chunks of no event. */
const ORDINALS = `SELECT 'chunk_ref of event ' || position || ', column ordinal: it does not count from 0'
  FROM chunk_ref GROUP BY position HAVING min(ordinal) <> 0 OR max(ordinal) <> count(*) - 1`
const STRAYS = `SELECT 'chunk_ref of event ' || position || ', column position: there is no such event'
  FROM chunk_ref WHERE position NOT IN (SELECT position FROM event)`

/** @throws Refusal `log.missing`, `log.newer-version` */
export function openEmbeddedInspection(folder: string): Inspection {
  const database = openForReading(folder)
  return {
    integrity: () =>
      [INTEGRITY, ORDINALS, STRAYS].flatMap((sql) =>
        arrays<[string]>(database, sql)
          .all()
          .map(([line]) => line)
          .filter((line) => line !== 'ok'),
      ),
    eventCount: () => arrays<[number]>(database, 'SELECT count(*) FROM event').get()?.[0] ?? 0,
    batches: () => batches(database),
    close: () => database.close(),
  }
}

/** Three walks side by side; an event belongs to the last batch that starts at or before it. */
function* batches(database: DatabaseSync): Iterable<StoredBatch> {
  const events = new Cursor(storedEvents(database))
  let open: BatchRow | null = null
  for (const row of rows<BatchRow>(database, `SELECT ${BATCH_COLUMNS} FROM batch ORDER BY first_position`)) {
    if (open !== null)
      yield batchFrom(
        open,
        events.takeWhile((event) => event.position < row[0]),
      )
    open = row
  }
  if (open !== null)
    yield batchFrom(
      open,
      events.takeWhile(() => true),
    )
}

function* storedEvents(database: DatabaseSync): Iterable<StoredEvent> {
  const chunks = new Cursor(
    rows<ChunkRow>(database, `SELECT ${CHUNK_COLUMNS} FROM chunk_ref ORDER BY position, ordinal`),
  )
  const sql = `SELECT ${EVENT_COLUMNS}, leaf FROM event ORDER BY position`
  for (const row of rows<[...EventRow, leaf: Uint8Array]>(database, sql)) {
    const [position, id, type, version, eventTime, knownAt, data, leaf] = row
    const own = chunks.takeWhile((chunk) => chunk[0] <= position)
    yield eventFrom([position, id, type, version, eventTime, knownAt, data], own.map(chunkFrom), leaf)
  }
}

/** Integers are read as BigInt, because a changed bit can make one that a number cannot hold. */
function* rows<Row extends readonly unknown[]>(database: DatabaseSync, sql: string): Iterable<Row> {
  const statement = database.prepare(sql)
  statement.setReturnArrays(true)
  statement.setReadBigInts(true)
  for (const row of statement.iterate() as unknown as Iterable<readonly unknown[]>) {
    yield row.map((value) => (typeof value === 'bigint' ? Number(value) : value)) as unknown as Row
  }
}

class Cursor<T> {
  readonly #items: Iterator<T>
  #next: T | null = null

  constructor(items: Iterable<T>) {
    this.#items = items[Symbol.iterator]()
  }

  takeWhile(wanted: (item: T) => boolean): T[] {
    const taken: T[] = []
    for (;;) {
      this.#next ??= this.#items.next().value ?? null
      if (this.#next === null || !wanted(this.#next)) return taken
      taken.push(this.#next)
      this.#next = null
    }
  }
}
