/** Every cut of a tree of merges, and how well the objects lie in their clusters at it: in one pass along the merges. */
import type { Columns } from '../../streams/statistics/linear.ts'
import { meanOf, squaresAbout } from '../../streams/statistics/moments.ts'
import type { Merge } from './agglomerate.ts'
import { Nearest } from './nearest.ts'

export type Cut = Readonly<{
  /** How many merges were made. */
  merges: number
  /** The mean of the silhouettes over their deviation. */
  quality: number
}>

/**
 * The best cut of two clusters or more that parts nothing at no distance; of cuts of one quality the one with more clusters.
 * Silhouettes: Rousseeuw (1987), (b − a)/max(a, b) with a the mean distance to the others of the own cluster, b that to the
 * nearest other cluster; 0 for an object alone. Memory and time grow with the square of the objects: after a merge few objects
 * need another nearest cluster, and they search a few blocks of clusters for it (`Nearest`).
 * @returns null where there is no such cut
 */
export function bestCutOf(distances: Columns, merges: readonly Merge[]): Cut | null {
  const state = new Cutting(distances)
  let best: Cut | null = null
  for (const [made, merge] of merges.entries()) {
    if (merge.height > 0) {
      const quality = qualityOf(state.silhouettes())
      if (best === null || quality > best.quality) best = { merges: made, quality }
    }
    state.merge(merge)
  }
  return best
}

function qualityOf(values: Float64Array): number {
  const mean = meanOf(values)
  return mean === 0 ? 0 : mean / Math.sqrt(squaresAbout(values, mean) / values.length)
}

class Cutting {
  readonly #clusterOf: Int32Array
  readonly #members: number[][]
  /** Of each object, the sum of its distances to the objects of each cluster. */
  readonly #sums: Columns
  readonly #nearest: Nearest

  constructor(distances: Columns) {
    this.#clusterOf = Int32Array.from(distances.keys())
    this.#members = distances.map((_, object) => [object])
    this.#sums = distances.map((row) => Float64Array.from(row))
    this.#nearest = new Nearest(distances.length, {
      meanTo: (object, cluster) => this.#meanTo(object, cluster),
      isOther: (object, cluster) => this.#members[cluster].length > 0 && cluster !== this.#clusterOf[object],
    })
  }

  silhouettes(): Float64Array {
    return Float64Array.from(this.#clusterOf, (own, object) => {
      const others = this.#members[own].length - 1
      if (others === 0) return 0
      const within = this.#sums[object][own] / others
      const without = this.#meanTo(object, this.#nearest.of(object))
      const most = Math.max(within, without)
      return most === 0 ? 0 : (without - within) / most
    })
  }

  merge({ into, from }: Merge): void {
    for (const sums of this.#sums) sums[into] += sums[from]
    for (const object of this.#members[from]) this.#clusterOf[object] = into
    this.#members[into].push(...this.#members[from])
    this.#members[from] = []
    this.#nearest.merge(into, from)
  }

  #meanTo(object: number, cluster: number): number {
    return this.#sums[object][cluster] / this.#members[cluster].length
  }
}
