/**
 * A long history in parts: an engine takes one after the other, and lets go what no later one depends on, so that no more than a part of
 * the values and of all sub-expressions is in memory at a time. The values are those of the whole, in the same order.
 */
import { type Rows, rowsAt, SLICE_ROWS, sliceRows } from '../../schemas/rows.ts'
import type { FeatureEngine } from './engine.ts'
import { orderedBy, rowNumbers } from './order.ts'

/** The greatest number of values of all sub-expressions in a part: 256 MiB of them. */
const PART_VALUES = 2 ** 25

/**
 * Cuts an arrival where nothing that comes after reaches back behind the cut: at a moment, and between two event times.
 * @param most the rows of a part, unless there is no cut
 * @returns null where it is short, takes rows back, or does not all come after all that the engine knows
 */
export function partsOf(
  engine: FeatureEngine,
  rows: Rows,
  most = partRowsOf(engine),
): readonly Rows[] | null {
  if (rows.length <= most || rows.withdrawn !== undefined || !engine.isBefore(rows)) return null
  const order = orderedBy(rows.knownAt, rowNumbers(0, rows.length))
  const least = new Float64Array(rows.length + 1).fill(Number.POSITIVE_INFINITY)
  for (let at = rows.length - 1; at >= 0; at--) least[at] = Math.min(least[at + 1], rows.eventTime[order[at]])
  const parts: Rows[] = []
  let [from, greatest] = [0, Number.NEGATIVE_INFINITY]
  for (let at = 1; at <= rows.length; at++) {
    greatest = Math.max(greatest, rows.eventTime[order[at - 1]])
    const isCut =
      at - from >= most && rows.knownAt[order[at]] > rows.knownAt[order[at - 1]] && least[at] > greatest
    if (at < rows.length && !isCut) continue
    parts.push(rowsAt(rows, order.subarray(from, at)))
    from = at
  }
  return parts
}

const partRowsOf = (engine: FeatureEngine): number =>
  Math.max(SLICE_ROWS, Math.floor(PART_VALUES / engine.slots))

/** Tables that follow each other as one, in slices of so many rows. All name the entities that the whole has. */
export function* slicesOf(
  tables: Iterable<Rows>,
  entities: readonly string[],
  size = SLICE_ROWS,
): Generator<Rows> {
  const place = new Map(entities.map((name, at) => [name, at]))
  let waiting: Rows | null = null
  for (const table of tables) {
    const own = Uint32Array.from(table.entities, (name) => place.get(name) ?? 0)
    const named = { ...table, entities, entity: table.entity.map((entity) => own[entity]) }
    let from = 0
    if (waiting !== null) {
      from = Math.min(size - waiting.length, named.length)
      const full: Rows = behind(waiting, sliceRows(named, 0, from))
      waiting = full
      if (full.length < size) continue
      yield full
      waiting = null
    }
    for (; named.length - from >= size; from += size) yield sliceRows(named, from, from + size)
    // A copy: a view would keep the whole part in memory.
    if (from < named.length) waiting = rowsAt(named, rowNumbers(from, named.length))
  }
  if (waiting !== null) yield waiting
}

/** Two tables of the same entities and columns, one behind the other. */
function behind(a: Rows, b: Rows): Rows {
  const joined = (one: Float64Array, other: Float64Array): Float64Array => {
    const both = new Float64Array(a.length + b.length)
    both.set(one.subarray(0, a.length))
    both.set(other.subarray(0, b.length), a.length)
    return both
  }
  const entity = new Uint32Array(a.length + b.length)
  entity.set(a.entity.subarray(0, a.length))
  entity.set(b.entity.subarray(0, b.length), a.length)
  return {
    length: a.length + b.length,
    entities: a.entities,
    entity,
    eventTime: joined(a.eventTime, b.eventTime),
    knownAt: joined(a.knownAt, b.knownAt),
    columns: a.columns.map(({ name, values }, place) => ({
      name,
      values: joined(values, b.columns[place].values),
    })),
  }
}

/** The entities that have a row, in code-unit order. */
export function namesIn({ entities, entity, length }: Rows): readonly string[] {
  const has = new Uint8Array(entities.length)
  for (let row = 0; row < length; row++) has[entity[row]] = 1
  return entities.filter((_, place) => has[place] === 1)
}
