/** Reads the tables a page at a time. Batches are found first and then their events, so none is cut in two. */
import type { DatabaseSync } from 'node:sqlite'
import type { CommandId, Position, Revision, StreamName } from '../../../schemas/envelope.ts'
import { refuse } from '../../../schemas/kernel/fault.ts'
import type { EventFilter } from '../port.ts'
import type { Page, StoredBatch, StoredEvent } from '../stored.ts'
import { FilteredPages } from './filtered.ts'
import {
  arrays,
  BATCH_COLUMNS,
  type BatchRow,
  batchFrom,
  CHUNK_COLUMNS,
  type ChunkRow,
  chunksByPosition,
  EVENT_COLUMNS,
  type EventRow,
  eventFrom,
  eventReader,
  LIMIT,
  qualified,
  type Statement,
  within,
} from './rows.ts'

/** Measured: larger pages read no faster, and take longer between two turns of other work. */
const POSITIONS_PER_PAGE = 2000
const STREAM_BATCHES_PER_PAGE = 256

export class Pages {
  readonly #filtered: FilteredPages
  readonly #events: (from: Position, to: Position) => StoredEvent[]
  readonly #batches: Statement<BatchRow>
  readonly #byCommand: Statement<BatchRow>
  readonly #byStream: Statement<BatchRow>
  readonly #eventsOfStream: Statement<EventRow>
  readonly #chunksOfStream: Statement<ChunkRow>

  constructor(database: DatabaseSync) {
    this.#filtered = new FilteredPages(database)
    this.#events = eventReader(database)
    const select = `SELECT ${BATCH_COLUMNS} FROM batch WHERE`
    this.#byCommand = arrays(database, `${select} command_id = ?`)
    this.#batches = arrays(
      database,
      `${select} first_position >= (SELECT max(first_position) FROM batch WHERE first_position <= ?)
       AND first_position <= ? ORDER BY first_position ${LIMIT}`,
    )
    this.#byStream = arrays(
      database,
      `${select} stream = ?1 AND first_revision >=
       (SELECT max(first_revision) FROM batch WHERE stream = ?1 AND first_revision <= ?2)
       ORDER BY first_revision LIMIT ${STREAM_BATCHES_PER_PAGE}`,
    )
    const ofStream = (table: string, columns: string) =>
      `SELECT ${qualified(table, columns)} FROM batch CROSS JOIN ${table}
       ON ${table}.position BETWEEN batch.first_position AND batch.first_position + batch.events - 1
       WHERE batch.stream = ? AND batch.first_revision BETWEEN ? AND ? ORDER BY batch.first_revision, ${table}.position`
    this.#eventsOfStream = arrays(database, `${ofStream('event', EVENT_COLUMNS)} ${LIMIT}`)
    this.#chunksOfStream = arrays(
      database,
      `${ofStream('chunk_ref', CHUNK_COLUMNS)}, chunk_ref.ordinal ${LIMIT}`,
    )
  }

  batchOf(commandId: CommandId): StoredBatch | undefined {
    const row = this.#byCommand.get(commandId)
    return row && batchFrom(row, [])
  }

  page(from: Position, to: Position, filter: EventFilter): Page {
    if (filter.types !== undefined || (filter.streamPrefix ?? '') !== '') {
      return this.#filtered.page(from, to, filter)
    }
    const rows = within(this.#batches.all(from, Math.min(from + POSITIONS_PER_PAGE - 1, to)), from)
    const last = rows.at(-1)
    if (last === undefined) return { batches: [], next: to + 1 }
    const next = behind(last[0], last[1], from)
    const events = this.#events(from, next - 1)
    const batches = rows.map((row) =>
      batchFrom(row, events.slice(Math.max(row[0] - from, 0), row[0] + row[1] - from)),
    )
    return { batches, next }
  }

  streamPage(stream: StreamName, from: Revision): Page {
    const rows = this.#byStream.all(stream, from)
    const [first, last] = [rows[0], rows.at(-1)]
    if (first === undefined || last === undefined) return { batches: [], next: from }
    const range = [stream, first[3], last[3]] as const
    const chunks = chunksByPosition(within(this.#chunksOfStream.all(...range), first[0]))
    const found = within(this.#eventsOfStream.all(...range), first[0])
    const events = found.map((row) => eventFrom(row, chunks.get(row[0])))
    let taken = 0
    const batches = rows.map((row) => {
      const skipped = Math.max(from - row[3], 0)
      const own = events.slice(taken + skipped, taken + row[1])
      taken += row[1]
      return batchFrom(row, own)
    })
    return { batches, next: behind(last[3], last[1], from) }
  }
}

/** Where what follows a batch begins. @throws Refusal `log.damaged` where that is no further on, so that reading would never end */
function behind(first: number, events: number, from: number): number {
  if (first + events > from) return first + events
  throw refuse('log.damaged', { position: from, problem: `its batch says that it has ${events} events` })
}
