/** Agglomerative clustering of a matrix of distances, and how well each object lies in its cluster. No random numbers. */
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
  const merges: Merge[] = []
  while (alive.length > 1) {
    const { into, from, height } = nearest(between, alive)
    for (const other of alive) {
      if (other === into || other === from) continue
      const mean =
        (size[into] * between[into][other] + size[from] * between[from][other]) / (size[into] + size[from])
      between[into][other] = mean
      between[other][into] = mean
    }
    size[into] += size[from]
    alive.splice(alive.indexOf(from), 1)
    // Rounding may let the mean of equal distances fall below them.
    merges.push({ into, from, height: Math.max(height, merges.at(-1)?.height ?? 0) })
  }
  return merges
}

function nearest(between: Columns, alive: readonly number[]): Merge {
  let found: Merge = { into: alive[0], from: alive[1], height: Number.POSITIVE_INFINITY }
  for (let a = 0; a < alive.length; a++) {
    const row = between[alive[a]]
    for (let b = a + 1; b < alive.length; b++)
      if (row[alive[b]] < found.height) found = { into: alive[a], from: alive[b], height: row[alive[b]] }
  }
  return found
}

/**
 * Rousseeuw (1987): (b − a)/max(a, b) with a the mean distance to the others of the own cluster, b that to the nearest
 * other cluster; 0 for an object alone.
 * @param labels the cluster of each object, from 0, at least two clusters
 */
export function silhouettes(distances: Columns, labels: Uint32Array): Float64Array {
  const counts = new Float64Array(Math.max(...labels) + 1)
  for (const label of labels) counts[label]++
  return Float64Array.from(distances, (row, object) => {
    const own = labels[object]
    if (counts[own] === 1) return 0
    const sums = new Float64Array(counts.length)
    for (let other = 0; other < row.length; other++) sums[labels[other]] += row[other]
    const within = sums[own] / (counts[own] - 1)
    let without = Number.POSITIVE_INFINITY
    for (let label = 0; label < counts.length; label++)
      if (label !== own) without = Math.min(without, sums[label] / counts[label])
    const most = Math.max(within, without)
    return most === 0 ? 0 : (without - within) / most
  })
}
