/** The definitions of clustering, word for word and slow: what the fast forms are compared with. */
import type { Merge } from '../../commands/gate/agglomerate.ts'
import type { Columns } from '../../streams/statistics/linear.ts'

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

/** Average linkage by its definition: the mean over all pairs of objects, each time. */
export function mergesByDefinition(distances: Columns): Merge[] {
  let clusters = distances.map((_, object) => [object])
  const merges: Merge[] = []
  while (clusters.length > 1) {
    let best = { a: 0, b: 1, height: Number.POSITIVE_INFINITY }
    for (let a = 0; a < clusters.length; a++)
      for (let b = a + 1; b < clusters.length; b++) {
        const pairs = clusters[a].flatMap((x) => clusters[b].map((y) => distances[x][y]))
        const height = pairs.reduce((sum, value) => sum + value, 0) / pairs.length
        if (height < best.height - 1e-12) best = { a, b, height }
      }
    const { a, b, height } = best
    merges.push({ into: clusters[a][0], from: clusters[b][0], height })
    const joined = [...clusters[a], ...clusters[b]].sort((x, y) => x - y)
    clusters = clusters
      .flatMap((cluster, place) => (place === a ? [joined] : place === b ? [] : [cluster]))
      .sort((x, y) => x[0] - y[0])
  }
  return merges
}
