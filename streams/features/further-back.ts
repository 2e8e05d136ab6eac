/**
 * What follows from an arrival that says something of further back than an engine keeps. Another engine reads the facts around it
 * again, or all of them, and is let go.
 */
import type { Micros } from '../../schemas/kernel/time.ts'
import { joinRows, type Rows, rowsAt, rowsWhere } from '../../schemas/rows.ts'
import type { FeatureEngine } from './engine.ts'
import { asTold } from './order.ts'

export type Archive = Readonly<{
  /** An engine of the same set that knows nothing. */
  fresh: () => FeatureEngine
  /** What each earlier arrival says of the event times `from` (inclusive) to `to` (exclusive), in log order. */
  read: (from: Micros, to: Micros) => AsyncIterable<FromSource>
}>

/** Rows, and which of the set's data sets they are of. */
export type FromSource = Readonly<{ rows: Rows; source: number }>

/** How far to look around what changes, in lengths of what the engine keeps; then all is read. */
const LOOKS = [1.1, 3, 8] as const

/**
 * Takes an arrival that is out of the engine's reach.
 * @returns the values that are new or changed by it, as an engine that knows every fact would give them, and the engine to go on with:
 * another one, that knows all, where what the first one keeps is not enough any more
 */
export async function arriveFurtherBack(
  engine: FeatureEngine,
  { rows, source }: FromSource,
  archive: Archive,
): Promise<Readonly<{ values: Rows; engine: FeatureEngine }>> {
  const canAbsorb = engine.canAbsorb(rows)
  if (canAbsorb && engine.isLocal && engine.isRecent(rows)) {
    const old = engine.beyondHorizon(rows)
    const later = namesWithin(rows, engine.horizon)
    for (const lengths of LOOKS) {
      const values = await valuesAround(engine, old, { archive, lengths, later })
      if (values !== null) return { values: together(values, engine.arriveInPart(rows)), engine }
    }
  }
  const whole = archive.fresh()
  for await (const before of archive.read(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY))
    whole.absorb(before.rows, before.source)
  const values = whole.arrive(rows, source)
  if (!canAbsorb) return { values, engine: whole }
  engine.absorb(rows)
  return { values, engine }
}

/** What follows from rows that are all before the horizon, by the facts around them; null where those are not enough. */
async function valuesAround(
  engine: FeatureEngine,
  rows: Rows,
  { archive, lengths, later }: Readonly<{ archive: Archive; lengths: number; later: ReadonlySet<string> }>,
): Promise<Rows | null> {
  const width = lengths * engine.width
  const from = Math.floor(rows.eventTime.reduce((a, b) => Math.min(a, b)) - width)
  const to = Math.ceil(rows.eventTime.reduce((a, b) => Math.max(a, b)) + width)
  if (to > engine.horizon) return null
  // Where no entity depends on another, the others change nothing.
  const names = engine.crosses ? null : namesWithin(rows, from)
  const tables: Rows[] = []
  for await (const before of archive.read(from, to))
    tables.push(names === null ? before.rows : rowsOf(before.rows, names))
  const around = archive.fresh()
  // Of what was known before, only the newest matters: what is asked for became known after it.
  if (tables.length > 0) around.absorb(joinRows(tables))
  return around.isEnoughFor(rows, { from, to, of: engine, later }) ? around.arrive(rows) : null
}

/** The entities with rows from an event time on. */
function namesWithin({ entities, entity, eventTime }: Rows, from: Micros): ReadonlySet<string> {
  const names = new Set<string>()
  for (const [row, time] of eventTime.entries()) if (time >= from) names.add(entities[entity[row]])
  return names
}

function rowsOf(rows: Rows, names: ReadonlySet<string>): Rows {
  const isWanted = Uint8Array.from(rows.entities, (name) => Number(names.has(name)))
  return rowsWhere(rows, (row) => isWanted[rows.entity[row]] === 1)
}

/** Two tables of values with no cell in common as one, in the canonical order. */
function together(a: Rows, b: Rows): Rows {
  if (a.length === 0) return b
  if (b.length === 0) return a
  const rows = joinRows([a, b])
  return rowsAt(rows, asTold(rows, rows.length))
}
