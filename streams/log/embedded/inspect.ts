/** The rows of an embedded log as they lie there, for verification: damaged ones too. */
import { DatabaseSync } from 'node:sqlite'
import { Refusal } from '../../../schemas/kernel/fault.ts'
import type { StoredBatch, StoredEvent } from '../stored.ts'
import { type Damage, type Inspection, UnreadableStorage } from '../verify/damage.ts'
import { openForReading } from './database.ts'
import { strangeParts } from './parts.ts'
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
  MOST_ROWS,
} from './rows.ts'

/** Up to the first fault: behind one in its trees, SQLite would walk them in circles. */
const INTEGRITY = 'PRAGMA integrity_check(1)'
/** What no leaf covers: the numbering of an event's chunks, and chunks of no event. */
const ORDINALS = `SELECT 'chunk_ref of event ' || position || ', column ordinal: it does not count from 0'
  FROM chunk_ref GROUP BY position HAVING min(ordinal) <> 0 OR max(ordinal) <> count(*) - 1`
const STRAYS = `SELECT 'chunk_ref of event ' || position || ', column position: there is no such event'
  FROM chunk_ref WHERE position NOT IN (SELECT position FROM event)`

/** A file that cannot be read at all is a log of no events, with that damage. @throws Refusal `log.missing` */
export function openEmbeddedInspection(folder: string): Inspection {
  const database = openOrDamage(folder)
  if (!(database instanceof DatabaseSync)) {
    return { integrity: () => [database], eventCount: () => 0, batches: () => [], close: () => undefined }
  }
  const faults = linesOf(database, INTEGRITY)
  const isSound = faults.length === 0
  return {
    integrity: () => [
      ...faults,
      ...(isSound ? [ORDINALS, STRAYS].flatMap((sql) => linesOf(database, sql)) : []),
      ...schemaDamages(database),
    ],
    eventCount: () =>
      isSound ? readable(() => arrays<[number]>(database, 'SELECT count(*) FROM event').get()?.[0] ?? 0) : 0,
    batches: () => batches(database),
    close: () => database.close(),
  }
}

const damage = (place: string, problem: string): Damage => ({ kind: 'storage', place, problem })

function openOrDamage(folder: string): DatabaseSync | Damage {
  try {
    return openForReading(folder)
  } catch (error) {
    const isOfLog = error instanceof Refusal && !['log.missing', 'log.disk-full'].includes(error.fault.code)
    if (!isOfLog) throw error
    return damage('the database file', error.message)
  }
}

function linesOf(database: DatabaseSync, sql: string): Damage[] {
  try {
    return readable(() => arrays<[string]>(database, sql).all())
      .map(([line]) => line)
      .filter((line) => line !== 'ok')
      .map((line) => damage('the database file', line))
  } catch (error) {
    if (error instanceof UnreadableStorage) return [damage('the database file', error.message)]
    throw error
  }
}

/** Tables, indexes, triggers and the view that people read are those that this version makes, to the letter. */
const schemaDamages = (database: DatabaseSync): Damage[] =>
  strangeParts(database).map(({ name, problem }) => damage(`the database's ${name}`, problem))

/** @throws UnreadableStorage for what SQLite cannot read */
function readable<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof Error && 'errcode' in error) throw new UnreadableStorage(error.message)
    throw error
  }
}

/** Three walks side by side; an event belongs to the last batch that starts at or before it. */
function* batches(database: DatabaseSync): Iterable<StoredBatch> {
  const events = new Cursor(storedEvents(database))
  let open: BatchRow | null = null
  const sql = `SELECT ${BATCH_COLUMNS} FROM batch ORDER BY first_position`
  for (const row of inOrder('batch', rows<BatchRow>(database, sql))) {
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
  const refs = `SELECT ${CHUNK_COLUMNS} FROM chunk_ref ORDER BY position, ordinal`
  const chunks = new Cursor(bounded(rows<ChunkRow>(database, refs)))
  const sql = `SELECT ${EVENT_COLUMNS}, leaf FROM event ORDER BY position`
  for (const row of inOrder('event', rows<[...EventRow, leaf: Uint8Array]>(database, sql))) {
    const [position, id, type, version, eventTime, knownAt, data, leaf] = row
    const own = chunks.takeWhile((chunk) => chunk[0] <= position)
    yield eventFrom([position, id, type, version, eventTime, knownAt, data], own.map(chunkFrom), leaf)
  }
}

/** Integers are read as BigInt, because a changed bit can make one that a number cannot hold. */
function* rows<Row extends readonly unknown[]>(database: DatabaseSync, sql: string): Iterable<Row> {
  const statement = readable(() => database.prepare(sql))
  statement.setReturnArrays(true)
  statement.setReadBigInts(true)
  const found = readable(() => statement.iterate()) as unknown as Iterator<readonly unknown[]>
  for (;;) {
    const next = readable(() => found.next())
    if (next.done) return
    yield next.value.map((value) => (typeof value === 'bigint' ? Number(value) : value)) as unknown as Row
  }
}

/**
 * Rows by their first column, each once. A tree in which a page is there many times gives them in another order, and without end.
 * @throws UnreadableStorage
 */
function* inOrder<Row extends readonly [number, ...unknown[]]>(
  table: string,
  found: Iterable<Row>,
): Iterable<Row> {
  let last = Number.NEGATIVE_INFINITY
  for (const row of found) {
    if (row[0] <= last) throw new UnreadableStorage(`table ${table}: row ${row[0]} comes behind row ${last}`)
    last = row[0]
    yield row
  }
}

/** Rows of chunks, no event having more of them than any has. @throws UnreadableStorage */
function* bounded(found: Iterable<ChunkRow>): Iterable<ChunkRow> {
  let [last, count] = [Number.NEGATIVE_INFINITY, 0]
  for (const row of found) {
    count = row[0] === last ? count + 1 : 1
    if (row[0] < last || count > MOST_ROWS)
      throw new UnreadableStorage(
        `table chunk_ref: a row of event ${row[0]} comes behind ${count} of event ${last}`,
      )
    last = row[0]
    yield row
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
