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
  /** Of each cluster the nearest of those that come after it, and how near: no more than that where `isStale`. */
  const nearest = new Int32Array(distances.length)
  const height = new Float64Array(distances.length)
  const isStale = new Uint8Array(distances.length)
  const look = (one: number): void => {
    nearest[one] = nearestAfter(between, alive, one)
    height[one] = nearest[one] === NONE ? Number.POSITIVE_INFINITY : between[one][nearest[one]]
    isStale[one] = 0
  }
  for (const one of alive) look(one)
  const merges: Merge[] = []
  while (alive.length > 1) {
    let into = closest(alive, nearest, height)
    // Most clusters whose nearest was merged are themselves merged before they would be the closest: none is looked at sooner.
    while (isStale[into]) {
      look(into)
      into = closest(alive, nearest, height)
    }
    const from = nearest[into]
    const least = height[into]
    for (const other of alive) {
      if (other === into || other === from) continue
      const mean =
        (size[into] * between[into][other] + size[from] * between[from][other]) / (size[into] + size[from])
      between[into][other] = mean
      between[other][into] = mean
    }
    size[into] += size[from]
    alive.splice(alive.indexOf(from), 1)
    look(into)
    for (const one of alive) {
      if (one === into) continue
      const known = nearest[one]
      if (known === into || known === from) isStale[one] = 1
      if (into > one && (isStale[one] || isNearer(between[one], into, known))) {
        if (!isStale[one]) nearest[one] = into
        height[one] = Math.min(height[one], between[one][into])
      }
    }
    // Rounding may let the mean of equal distances fall below them.
    merges.push({ into, from, height: Math.max(least, merges.at(-1)?.height ?? 0) })
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
function closest(alive: readonly number[], nearest: Int32Array, height: Float64Array): number {
  let [found, least] = [alive[0], Number.POSITIVE_INFINITY]
  for (const one of alive)
    if (nearest[one] !== NONE && height[one] < least) [found, least] = [one, height[one]]
  return found
}
