/** Batches in SQLite. */
import type { DatabaseSync } from 'node:sqlite'
import type { CommandId, Position, Revision, StreamName } from '../../../schemas/envelope.ts'
import { type Refusal, refuse } from '../../../schemas/kernel/fault.ts'
import { isDiskFull } from '../files.ts'
import { tailAfter } from '../group.ts'
import type { Cut, EventFilter } from '../port.ts'
import { EMPTY_TAIL, type LogStore, type Page, type StoredBatch, type Tail } from '../stored.ts'
import { databasePath, isFull } from './database.ts'
import { Pages } from './pages.ts'
import { arrays, LIMIT, type Statement } from './rows.ts'
import { WriteAheadFile } from './wal.ts'

type EmbeddedParts = Readonly<{
  folder: string
  database: DatabaseSync
  release: () => void
}>

export class EmbeddedStore implements LogStore {
  readonly #parts: EmbeddedParts
  readonly #pages: Pages
  readonly #statements: ReturnType<typeof prepare>
  readonly #wal: WriteAheadFile
  /** Where this writer left the log; nobody else writes to it. Null for whoever has not written. */
  #tail: Tail | null = null

  constructor(parts: EmbeddedParts) {
    this.#parts = parts
    this.#wal = new WriteAheadFile(`${databasePath(parts.folder)}-wal`)
    this.#pages = new Pages(parts.database)
    this.#statements = prepare(parts.database)
  }

  tail(): Tail {
    return this.#tail ?? this.#readTail()
  }

  #readTail(): Tail {
    const row = this.#statements.tail.get()
    return row === undefined ? EMPTY_TAIL : { position: row[0], recordedAt: row[1], knownHigh: row[2] }
  }

  batchOf(commandId: CommandId): StoredBatch | undefined {
    return this.#pages.batchOf(commandId)
  }

  revisionOf(stream: StreamName): Revision {
    return this.#statements.revision.get(stream)?.[0] ?? 0
  }

  write(batches: readonly StoredBatch[]): void {
    const { database, folder } = this.#parts
    const { begin, commit } = this.#statements
    try {
      begin.run()
      for (const batch of batches) this.#insert(batch)
      commit.run()
      const last = batches.at(-1)
      this.#tail = last === undefined ? this.#readTail() : tailAfter(last)
    } catch (error) {
      rollBack(database)
      throw isFull(error) ? refuse('log.disk-full', { folder }) : failed(folder, error)
    }
  }

  async sync(): Promise<void> {
    const { folder } = this.#parts
    try {
      await this.#wal.sync()
    } catch (error) {
      throw isDiskFull(error) ? refuse('log.disk-full', { folder }) : failed(folder, error)
    }
  }

  page(from: Position, to: Position, filter: EventFilter): Page {
    return this.#pages.page(from, to, filter)
  }

  nextLate(from: Position): { from: Position; to: Position } | null {
    const row = this.#statements.nextLate.get(from)
    return row === undefined ? null : { from: row[0], to: row[1] }
  }

  streamPage(stream: StreamName, from: Revision): Page {
    return this.#pages.streamPage(stream, from)
  }

  leaves(from: Position, to: Position): readonly Uint8Array[] {
    return this.#statements.leaves.all(from, to).map(([leaf]) => leaf)
  }

  positionAt(cut: Cut): Position {
    const { firstKnownAfter, firstRecordedAfter, eventKnownAfter } = this.#statements
    if (!('knownAt' in cut)) {
      return (firstRecordedAfter.get(cut.recordedAt)?.[0] ?? this.tail().position + 1) - 1
    }
    const first = firstKnownAfter.get(cut.knownAt)?.[0]
    if (first === undefined) return this.tail().position
    return (eventKnownAfter.get(first, cut.knownAt)?.[0] ?? first) - 1
  }

  close(): void {
    // SQLite removes the file with the last connection.
    this.#wal.close()
    this.#parts.database.close()
    this.#parts.release()
  }

  #insert(batch: StoredBatch): void {
    const { insertBatch, insertEvent, insertChunk } = this.#statements
    const { firstPosition, eventCount, stream, firstRevision, commandId, actor, correlationId } = batch
    const { causationId, recordedAt, knownHigh, late } = batch
    insertBatch.run(
      ...[firstPosition, eventCount, stream, firstRevision, commandId, actor, correlationId],
      ...[causationId, recordedAt, knownHigh, late],
    )
    for (const event of batch.events) {
      const { position, id, type, version, eventTime, knownAt, data, leaf } = event
      insertEvent.run(position, id, type, version, eventTime, knownAt, data, leaf)
      for (const [ordinal, chunk] of event.chunks.entries()) {
        const { hash, format, rows, bytes, eventTimeFrom, eventTimeTo } = chunk
        insertChunk.run(position, ordinal, hash, format, rows, bytes, eventTimeFrom, eventTimeTo)
      }
    }
  }
}

const failed = (folder: string, error: unknown): Refusal =>
  refuse('log.failed', { folder, problem: error instanceof Error ? error.message : String(error) })

/** Where this fails too, the first failure is the one to tell. */
function rollBack(database: DatabaseSync): void {
  try {
    if (database.isTransaction) database.exec('ROLLBACK')
  } catch {
    // SQLite undoes what was not committed when the file is next opened.
  }
}

function prepare(database: DatabaseSync) {
  const one = (sql: string): Statement<[number]> => arrays(database, sql)
  return {
    tail: arrays<[position: number, recordedAt: number, knownHigh: number]>(
      database,
      `SELECT first_position + events - 1, recorded_at, known_high FROM batch ORDER BY first_position DESC LIMIT 1`,
    ),
    revision: one(
      `SELECT first_revision + events - 1 FROM batch WHERE stream = ? ORDER BY first_revision DESC LIMIT 1`,
    ),
    leaves: arrays<[Uint8Array]>(
      database,
      'SELECT leaf FROM event WHERE position BETWEEN ?1 AND ?2 ORDER BY position LIMIT ?2 - ?1 + 1',
    ),
    firstRecordedAfter: one(
      'SELECT first_position FROM batch WHERE recorded_at > ? ORDER BY recorded_at, first_position LIMIT 1',
    ),
    firstKnownAfter: one(
      'SELECT first_position FROM batch WHERE known_high > ? ORDER BY known_high, first_position LIMIT 1',
    ),
    nextLate: arrays<[from: number, to: number]>(
      database,
      `SELECT first_position, first_position + events - 1 FROM batch
       WHERE late = 1 AND first_position >= (SELECT max(first_position) FROM batch WHERE first_position <= ?)
       ORDER BY first_position LIMIT 1`,
    ),
    eventKnownAfter: one(
      `SELECT position FROM (SELECT position, known_at FROM event WHERE position >= ? ORDER BY position ${LIMIT})
       WHERE known_at > ? ORDER BY position LIMIT 1`,
    ),
    begin: database.prepare('BEGIN IMMEDIATE'),
    commit: database.prepare('COMMIT'),
    insertBatch: database.prepare('INSERT INTO batch VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)'),
    insertEvent: database.prepare('INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?)'),
    insertChunk: database.prepare('INSERT INTO chunk_ref VALUES (?, ?, ?, ?, ?, ?, ?, ?)'),
  }
}
