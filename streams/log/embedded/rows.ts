/** Rows of the tables as arrays, which SQLite hands over several times faster than objects. */
import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import type { ChunkRef, Position } from '../../../schemas/envelope.ts'
import { refuse } from '../../../schemas/kernel/fault.ts'
import type { StoredBatch, StoredEvent } from '../stored.ts'

export type Statement<Row> = Readonly<{
  get: (...parameters: SQLInputValue[]) => Row | undefined
  all: (...parameters: SQLInputValue[]) => Row[]
  iterate: (...parameters: SQLInputValue[]) => Iterable<Row>
}>

/** The row's type is the caller's word for what the SQL selects: the tables are STRICT, so a column has one type. */
export function arrays<Row>(database: DatabaseSync, sql: string): Statement<Row> {
  const statement = database.prepare(sql)
  statement.setReturnArrays(true)
  return statement as unknown as Statement<Row>
}

export const BATCH_COLUMNS =
  'first_position, events, stream, first_revision, command_id, actor, correlation_id, causation_id, recorded_at, known_high, late'
export type BatchRow = [
  firstPosition: number,
  events: number,
  stream: string,
  firstRevision: number,
  commandId: string,
  actor: string,
  correlationId: string,
  causationId: string | null,
  recordedAt: number,
  knownHigh: number,
  late: number,
]

export const EVENT_COLUMNS = 'position, id, type, version, event_time, known_at, data'
export type EventRow = [
  position: number,
  id: string,
  type: string,
  version: number,
  eventTime: number,
  knownAt: number,
  data: Uint8Array,
]

export const CHUNK_COLUMNS = 'position, hash, format, rows, bytes, event_time_from, event_time_to'
export type ChunkRow = [
  position: number,
  hash: string,
  format: ChunkRef['format'],
  rows: number,
  bytes: number,
  eventTimeFrom: number,
  eventTimeTo: number,
]

/** Of events, or of chunks, that are read at once: far more than a page has, whose batches are read whole. */
export const MOST_ROWS = 1 << 18
/** Behind a statement whose rows `within` counts. */
export const LIMIT = `LIMIT ${MOST_ROWS + 1}`

/**
 * A tree in which a page is there many times has rows without end.
 * @throws Refusal `log.damaged` for more rows than are ever read at once
 */
export function within<Row>(found: Row[], position: Position): Row[] {
  if (found.length <= MOST_ROWS) return found
  throw refuse('log.damaged', { position, problem: `more than ${MOST_ROWS} rows follow from it` })
}

const NO_CHUNKS: readonly ChunkRef[] = []
const NO_LEAF = new Uint8Array(0)

export function batchFrom(row: BatchRow, events: readonly StoredEvent[]): StoredBatch {
  const [firstPosition, eventCount, stream, firstRevision, commandId, actor, correlationId] = row
  const [, , , , , , , causationId, recordedAt, knownHigh, late] = row
  const place = { stream, firstPosition, firstRevision, eventCount, recordedAt, knownHigh, late }
  return { ...place, commandId, actor, correlationId, causationId, events }
}

export function eventFrom(
  row: EventRow,
  chunks: readonly ChunkRef[] = NO_CHUNKS,
  leaf: Uint8Array = NO_LEAF,
): StoredEvent {
  const [position, id, type, version, eventTime, knownAt, data] = row
  return { position, id, type, version, eventTime, knownAt, chunks, data, leaf }
}

export function chunkFrom(row: ChunkRow): ChunkRef {
  const [, hash, format, rows, bytes, eventTimeFrom, eventTimeTo] = row
  return { hash, format, rows, bytes, eventTimeFrom, eventTimeTo }
}

/** The columns with their table's name before each. */
export const qualified = (table: string, columns: string): string => columns.replaceAll(/\w+/g, `${table}.$&`)

/** Reads the events of a range of positions, with their chunks. */
export function eventReader(database: DatabaseSync): (from: Position, to: Position) => StoredEvent[] {
  const range = `WHERE position BETWEEN ? AND ? ORDER BY position ${LIMIT}`
  const events = arrays<EventRow>(database, `SELECT ${EVENT_COLUMNS} FROM event ${range}`)
  const chunksIn = chunkReader(database)
  return (from, to) => {
    const chunks = chunksIn(from, to)
    return within(events.all(from, to), from).map((row) => eventFrom(row, chunks.get(row[0])))
  }
}

/** Reads the chunks of a range of positions, by position. */
export function chunkReader(
  database: DatabaseSync,
): (from: Position, to: Position) => ReadonlyMap<Position, readonly ChunkRef[]> {
  const chunks = arrays<ChunkRow>(
    database,
    `SELECT ${CHUNK_COLUMNS} FROM chunk_ref WHERE position BETWEEN ? AND ? ORDER BY position, ordinal ${LIMIT}`,
  )
  return (from, to) => chunksByPosition(within(chunks.all(from, to), from))
}

export function chunksByPosition(rows: readonly ChunkRow[]): ReadonlyMap<Position, readonly ChunkRef[]> {
  const found = new Map<Position, ChunkRef[]>()
  for (const row of rows) {
    const list = found.get(row[0])
    if (list === undefined) found.set(row[0], [chunkFrom(row)])
    else list.push(chunkFrom(row))
  }
  return found
}
