/** Reads the events that pass a filter, through the index of types or by the streams of their batches. */
import type { DatabaseSync } from 'node:sqlite'
import type { Position } from '../../../schemas/envelope.ts'
import type { EventFilter } from '../port.ts'
import type { Page, StoredBatch, StoredEvent } from '../stored.ts'
import {
  arrays,
  BATCH_COLUMNS,
  type BatchRow,
  batchFrom,
  chunkReader,
  EVENT_COLUMNS,
  type EventRow,
  eventFrom,
  LIMIT,
  qualified,
  type Statement,
  within,
} from './rows.ts'

/** More than of an unfiltered page, since most of them are not read. */
const POSITIONS_PER_PAGE = 20_000

type FoundRow = [...EventRow, ...BatchRow]

export class FilteredPages {
  readonly #database: DatabaseSync
  readonly #endOfBatchAt: Statement<[number]>
  readonly #chunks: ReturnType<typeof chunkReader>
  readonly #statements = new Map<string, Statement<FoundRow>>()

  constructor(database: DatabaseSync) {
    this.#database = database
    this.#endOfBatchAt = arrays(
      database,
      `SELECT first_position + events - 1 FROM batch WHERE first_position <= ?
       ORDER BY first_position DESC LIMIT 1`,
    )
    this.#chunks = chunkReader(database)
  }

  page(from: Position, to: Position, filter: EventFilter): Page {
    const [end] = this.#endOfBatchAt.get(Math.min(from + POSITIONS_PER_PAGE - 1, to)) ?? [to]
    const batches = this.#batches(this.#rows(from, end, filter))
    return { batches, next: Math.max(end, from) + 1 }
  }

  #rows(from: Position, end: Position, { types, streamPrefix = '' }: EventFilter): FoundRow[] {
    const key = `${types?.length} ${streamPrefix !== ''}`
    const statement = this.#statements.get(key) ?? arrays(this.#database, select(types, streamPrefix))
    this.#statements.set(key, statement)
    return within(statement.all(from, end, streamPrefix, ...(types ?? [])), from)
  }

  #batches(rows: readonly FoundRow[]): readonly StoredBatch[] {
    if (rows.length === 0) return []
    const batches: StoredBatch[] = []
    const chunks = this.#chunks(rows[0]?.[0] ?? 0, rows.at(-1)?.[0] ?? 0)
    let events: StoredEvent[] = []
    let first = 0
    for (const row of rows) {
      const [position, id, type, version, eventTime, knownAt, data, ...head] = row
      if (head[0] !== first) {
        events = []
        first = head[0]
        batches.push(batchFrom(head, events))
      }
      events.push(eventFrom([position, id, type, version, eventTime, knownAt, data], chunks.get(position)))
    }
    return batches
  }
}

/**
 * Parameters: from, to (both inclusive), the prefix, the types. CROSS JOIN fixes the outer table: batches where streams
 * are wanted, so that other streams' events are not touched; else events, by the index of types.
 */
function select(types: readonly string[] | undefined, streamPrefix: string): string {
  const columns = `${qualified('event', EVENT_COLUMNS)}, ${qualified('batch', BATCH_COLUMNS)}`
  const batchAt = (position: string) =>
    `(SELECT max(first_position) FROM batch WHERE first_position <= ${position})`
  const ofTypes = types === undefined ? '' : `AND event.type IN (${types.map(() => '?').join(', ')})`
  if (streamPrefix === '') {
    return `SELECT ${columns} FROM event
      CROSS JOIN batch ON batch.first_position = ${batchAt('event.position')}
      WHERE event.position BETWEEN ?1 AND ?2 AND ?3 = '' ${ofTypes} ORDER BY event.position ${LIMIT}`
  }
  return `SELECT ${columns} FROM batch
    CROSS JOIN event ON event.position BETWEEN batch.first_position AND batch.first_position + batch.events - 1
    WHERE batch.first_position BETWEEN ${batchAt('?1')} AND ?2 AND substr(batch.stream, 1, length(?3)) = ?3
    AND event.position >= ?1 ${ofTypes.replace('event.type', '+event.type')} ORDER BY event.position ${LIMIT}`
}
