/**
 * Tables in the chunk store: rows in, references out, and back. What was written or read a moment ago is at hand: several processors
 * ask for the same arrival. So nobody changes the arrays of rows.
 */
import type { ChunkRef } from '../../schemas/envelope.ts'
import type { Digest } from '../../schemas/kernel/canonical.ts'
import type { Rows } from '../../schemas/rows.ts'
import { decodeRows, encodeRows, tableOf } from './arrow.ts'
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
  const recent = recentIn(chunks)
  // Whoever made the rows may use their arrays for the next ones.
  if (valuesIn(rows) <= RECENT_VALUES) recent.keep(hash, tableOf(bytes))
  recent.made(hash)
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

export async function getRows(chunks: ChunkStore, { hash }: Pick<ChunkRef, 'hash'>): Promise<Rows> {
  const recent = recentIn(chunks)
  const decode = recent.wasMade(hash) ? tableOf : decodeRows
  const rows = recent.of(hash) ?? decode(await chunks.get(hash))
  recent.keep(hash, rows)
  return rows
}

/** For each store, the tables that were used last. */
const RECENT = new WeakMap<ChunkStore, Recent>()
const RECENT_VALUES = 1 << 20
/** How many hashes of tables that were made here are remembered. */
const MADE_HERE = 16_384

function recentIn(chunks: ChunkStore): Recent {
  const recent = RECENT.get(chunks) ?? new Recent()
  RECENT.set(chunks, recent)
  return recent
}

class Recent {
  readonly #tables = new Map<Digest, Rows>()
  #values = 0
  readonly #made = new Set<Digest>()

  /** Bytes of this hash were made here: of those nobody has to ask whether Asof writes the table so. */
  made(hash: Digest): void {
    this.#made.add(hash)
    if (this.#made.size > MADE_HERE)
      for (const oldest of [...this.#made].slice(0, MADE_HERE / 2)) this.#made.delete(oldest)
  }

  wasMade(hash: Digest): boolean {
    return this.#made.has(hash)
  }

  of(hash: Digest): Rows | undefined {
    return this.#tables.get(hash)
  }

  /** The table that was used last is the last to go. */
  keep(hash: Digest, rows: Rows): void {
    if (this.#tables.delete(hash)) this.#values -= valuesIn(rows)
    if (valuesIn(rows) > RECENT_VALUES) return
    this.#tables.set(hash, rows)
    this.#values += valuesIn(rows)
    for (const [oldest, table] of this.#tables) {
      if (this.#values <= RECENT_VALUES) return
      this.#tables.delete(oldest)
      this.#values -= valuesIn(table)
    }
  }
}

const valuesIn = ({ length, columns }: Rows): number => length * (columns.length + 3)
