/** The event times that an event's tables are about. */
import type { ChunkRef } from '../../schemas/envelope.ts'
import type { Micros } from '../../schemas/kernel/time.ts'

export type Cutting = Readonly<{ eventFrom: Micros; eventTo: Micros }>

/** From the first to the last event time of all tables, both inclusive; nothing where there is no row. */
export function cutting(chunks: readonly ChunkRef[]): Cutting {
  const tables = chunks.filter(({ rows }) => rows > 0)
  if (tables.length === 0) return { eventFrom: Number.MAX_SAFE_INTEGER, eventTo: Number.MIN_SAFE_INTEGER }
  return {
    eventFrom: tables.reduce((least, ref) => Math.min(least, ref.eventTimeFrom), Number.MAX_SAFE_INTEGER),
    eventTo: tables.reduce((most, ref) => Math.max(most, ref.eventTimeTo), Number.MIN_SAFE_INTEGER),
  }
}
