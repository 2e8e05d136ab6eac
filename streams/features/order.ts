/** Stable sorting of row numbers by keys, without a comparator: native sorts of plain numbers are much faster. */
import { firstAtLeast } from '../../schemas/kernel/search.ts'

/** The same row numbers, ordered by `key[row]`; rows with equal keys keep their order. */
export function orderedBy(key: ArrayLike<number>, rows: Uint32Array): Uint32Array {
  if (isOrdered(key, rows)) return rows
  const distinct = distinctSorted(key, rows)
  const bucket = new Uint32Array(rows.length)
  const next = new Uint32Array(distinct.length + 1)
  for (let i = 0, at = 0; i < rows.length; i++) {
    at = placeNear(distinct, key[rows[i]], at)
    bucket[i] = at
    next[at + 1]++
  }
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

/** The first place with a value that is no less, among ascending ones: that of the value before is tried, and the one after it. */
function placeNear(ascending: Float64Array, value: number, near: number): number {
  if (ascending[near] === value) return near
  return ascending[near + 1] === value ? near + 1 : firstAtLeast(ascending, value)
}

/** Keys are sorted once each: most come again, in the same order, for each entity. */
function distinctSorted(key: ArrayLike<number>, rows: Uint32Array): Float64Array {
  let known: Float64Array = new Float64Array()
  let more: number[] = []
  for (let i = 0, at = 0; i < rows.length; i++) {
    const value = key[rows[i]]
    at = placeNear(known, value, at)
    if (known[at] === value) continue
    more.push(value)
    if (more.length < Math.max(known.length, FEW)) continue
    known = merged(known, more)
    more = []
  }
  return merged(known, more)
}

const FEW = 4096

function merged(known: Float64Array, more: readonly number[]): Float64Array {
  if (more.length === 0) return known
  const sorted = new Float64Array(known.length + more.length)
  sorted.set(known)
  sorted.set(more, known.length)
  sorted.sort()
  let length = 0
  for (const value of sorted) if (length === 0 || sorted[length - 1] !== value) sorted[length++] = value
  return sorted.subarray(0, length)
}
