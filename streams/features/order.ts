/** Stable sorting of row numbers by keys, without a comparator: native sorts of plain numbers are much faster. */
import { firstAtLeast } from '../../schemas/kernel/search.ts'

/** The same row numbers, ordered by `key[row]`; rows with equal keys keep their order. */
export function orderedBy(key: ArrayLike<number>, rows: Uint32Array): Uint32Array {
  if (isOrdered(key, rows)) return rows
  const distinct = distinctSorted(key, rows)
  const bucket = rows.map((row) => firstAtLeast(distinct, key[row]))
  const next = new Uint32Array(distinct.length + 1)
  for (const place of bucket) next[place + 1]++
  for (let place = 0; place < distinct.length; place++) next[place + 1] += next[place]
  const out = new Uint32Array(rows.length)
  for (let i = 0; i < rows.length; i++) out[next[bucket[i]]++] = rows[i]
  return out
}

/**
 * The order in which values are told: by when they became known, and of one moment first what is gone, then what is newest instead;
 * of those by event time and entity.
 */
export function asTold(
  rows: Readonly<{
    entity: ArrayLike<number>
    eventTime: ArrayLike<number>
    knownAt: ArrayLike<number>
    withdrawn?: Uint8Array
  }>,
  length: number,
): Uint32Array {
  const { entity, eventTime, knownAt, withdrawn } = rows
  const byTime = orderedBy(eventTime, orderedBy(entity, rowNumbers(0, length)))
  const goneFirst = withdrawn?.includes(1)
    ? orderedBy(
        withdrawn.map((gone) => 1 - gone),
        byTime,
      )
    : byTime
  return orderedBy(knownAt, goneFirst)
}

/** The row numbers `from` to `to`, exclusive. */
export function rowNumbers(from: number, to: number): Uint32Array {
  const rows = new Uint32Array(to - from)
  for (let i = 0; i < rows.length; i++) rows[i] = from + i
  return rows
}

/** Facts taken back and facts arrived, each by the moment at which they became known. Those taken back are the older in log order. */
export function* byMoment(
  knownAt: Float64Array,
  undone: readonly number[],
  arrived: Uint32Array,
): Iterable<readonly number[]> {
  let u = 0
  let a = 0
  while (u < undone.length || a < arrived.length) {
    const now = Math.min(knownAt[undone[u]] ?? Infinity, knownAt[arrived[a]] ?? Infinity)
    const ids: number[] = []
    while (u < undone.length && knownAt[undone[u]] === now) ids.push(undone[u++])
    while (a < arrived.length && knownAt[arrived[a]] === now) ids.push(arrived[a++])
    yield ids
  }
}

/** The values of these rows, in their order. A loop, because `Float64Array.from` with a function is ten times slower. */
export function picked(values: ArrayLike<number>, rows: Uint32Array): Float64Array {
  const out = new Float64Array(rows.length)
  for (let i = 0; i < rows.length; i++) out[i] = values[rows[i]]
  return out
}

/** A loop, because `every` with a function is ten times slower. */
export function isAllAbove(values: Float64Array, bound: number): boolean {
  for (let i = 0; i < values.length; i++) if (values[i] <= bound) return false
  return true
}

function isOrdered(key: ArrayLike<number>, rows: Uint32Array): boolean {
  for (let i = 1; i < rows.length; i++) if (key[rows[i - 1]] > key[rows[i]]) return false
  return true
}

function distinctSorted(key: ArrayLike<number>, rows: Uint32Array): Float64Array {
  const sorted = picked(key, rows).sort()
  let length = 0
  for (const value of sorted) if (length === 0 || sorted[length - 1] !== value) sorted[length++] = value
  return sorted.subarray(0, length)
}
