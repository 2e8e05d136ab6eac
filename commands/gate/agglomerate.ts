/** Agglomerative clustering of a matrix of distances. No random numbers. */
import type { Columns } from '../../streams/statistics/linear.ts'

/** Cluster `from` goes into cluster `into`; each is named by its first object, and `into` is the lesser name. */
export type Merge = Readonly<{ into: number; from: number; height: number }>

/**
 * Average linkage (UPGMA): the two clusters whose objects have the least mean distance are merged, until one is left.
 * Heights never fall. Of pairs equally near the one whose objects come first is taken; a distance that is missing is infinite.
 */
export function mergesOf(distances: Columns): readonly Merge[] {
  const between = distances.map((row) =>
    row.map((value) => (Number.isNaN(value) ? Number.POSITIVE_INFINITY : value)),
  )
  const size = new Float64Array(distances.length).fill(1)
  const alive = [...distances.keys()]
  /** Of each cluster the nearest of those that come after it: a merge changes that of few. */
  const nearest = new Int32Array(distances.length)
  for (const one of alive) nearest[one] = nearestAfter(between, alive, one)
  const merges: Merge[] = []
  while (alive.length > 1) {
    const into = closest(between, alive, nearest)
    const from = nearest[into]
    const height = between[into][from]
    for (const other of alive) {
      if (other === into || other === from) continue
      const mean =
        (size[into] * between[into][other] + size[from] * between[from][other]) / (size[into] + size[from])
      between[into][other] = mean
      between[other][into] = mean
    }
    size[into] += size[from]
    alive.splice(alive.indexOf(from), 1)
    for (const one of alive) {
      const known = nearest[one]
      if (one === into || known === into || known === from) nearest[one] = nearestAfter(between, alive, one)
      else if (into > one && isNearer(between[one], into, known)) nearest[one] = into
    }
    // Rounding may let the mean of equal distances fall below them.
    merges.push({ into, from, height: Math.max(height, merges.at(-1)?.height ?? 0) })
  }
  return merges
}

const NONE = -1

/** The nearest cluster after one, the first of equals; `NONE` after the last. */
function nearestAfter(between: Columns, alive: readonly number[], one: number): number {
  let found = NONE
  for (const other of alive)
    if (other > one && (found === NONE || between[one][other] < between[one][found])) found = other
  return found
}

/** Of two clusters after it, whether the first is nearer, or as near and comes first. */
const isNearer = (row: Float64Array, one: number, other: number): boolean =>
  other === NONE || row[one] < row[other] || (row[one] === row[other] && one < other)

/** The cluster that is least far from the nearest after it, the first of equals. */
function closest(between: Columns, alive: readonly number[], nearest: Int32Array): number {
  let [found, least] = [alive[0], Number.POSITIVE_INFINITY]
  for (const one of alive) {
    if (nearest[one] === NONE || !(between[one][nearest[one]] < least)) continue
    ;[found, least] = [one, between[one][nearest[one]]]
  }
  return found
}
