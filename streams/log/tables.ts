/** Tables in the chunk store: rows in, references out, and back. */
import type { ChunkRef } from '../../schemas/envelope.ts'
import type { Rows } from '../../schemas/rows.ts'
import { decodeRows, encodeRows } from './arrow.ts'
import type { ChunkStore } from './chunks.ts'

/** Stores rows as one Arrow chunk. */
export async function putRows(chunks: ChunkStore, rows: Rows): Promise<ChunkRef> {
  const bytes = encodeRows(rows)
  let [eventTimeFrom, eventTimeTo] = rows.length === 0 ? [0, 0] : [rows.eventTime[0], rows.eventTime[0]]
  for (let row = 1; row < rows.length; row++) {
    eventTimeFrom = Math.min(eventTimeFrom, rows.eventTime[row])
    eventTimeTo = Math.max(eventTimeTo, rows.eventTime[row])
  }
  const hash = await chunks.put(bytes, 'arrow')
  return { hash, format: 'arrow', rows: rows.length, bytes: bytes.length, eventTimeFrom, eventTimeTo }
}

/** Stores a document: a model, a report. */
export async function putDocument(
  chunks: ChunkStore,
  bytes: Uint8Array,
  format: Exclude<ChunkRef['format'], 'arrow'>,
): Promise<ChunkRef> {
  const hash = await chunks.put(bytes, format)
  return { hash, format, rows: 0, bytes: bytes.length, eventTimeFrom: 0, eventTimeTo: 0 }
}

export const getRows = async (chunks: ChunkStore, ref: Pick<ChunkRef, 'hash'>): Promise<Rows> =>
  decodeRows(await chunks.get(ref.hash))
