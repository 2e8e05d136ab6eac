/** Of each object the nearest cluster that is not its own, while clusters are merged. */

type Clusters = Readonly<{
  /** The mean distance of an object to the members of a cluster. */
  meanTo: (object: number, cluster: number) => number
  /** Whether a cluster is still there, and is another than the object's own. */
  isOther: (object: number, cluster: number) => boolean
}>

/**
 * The mean distance to two clusters together is no less than to the nearer of them, so that a merge changes the nearest of those
 * objects alone whose nearest was one of the two. These search blocks of clusters, the least bound first: of each block a distance
 * that none of its clusters is below. A search is some √n steps instead of n.
 */
export class Nearest {
  readonly #clusters: Clusters
  readonly #size: number
  /** How many clusters are in a block. */
  readonly #width: number
  readonly #nearest: Int32Array
  /** Of each object, the bound of each block: at first that of nothing, which every cluster keeps. */
  readonly #bounds: readonly Float64Array[]

  constructor(size: number, clusters: Clusters) {
    this.#clusters = clusters
    this.#size = size
    this.#width = Math.max(1, Math.round(Math.sqrt(size)))
    const blocks = Math.ceil(size / this.#width)
    this.#bounds = Array.from({ length: size }, () => new Float64Array(blocks).fill(Number.NEGATIVE_INFINITY))
    this.#nearest = Int32Array.from({ length: size }, (_, object) => this.#search(object))
  }

  /** The first of equals; the object's own where there is no other. */
  of(object: number): number {
    return this.#nearest[object]
  }

  /** To be called after `from` went into `into`. */
  merge(into: number, from: number): void {
    const block = this.#blockOf(into)
    for (let object = 0; object < this.#size; object++) {
      const bounds = this.#bounds[object]
      if (this.#clusters.isOther(object, into)) {
        const mean = this.#clusters.meanTo(object, into)
        if (mean < bounds[block]) bounds[block] = mean
      }
      const nearest = this.#nearest[object]
      if (nearest === into || nearest === from) this.#nearest[object] = this.#search(object)
    }
  }

  #search(object: number): number {
    const bounds = this.#bounds[object]
    let [found, least] = [object, Number.POSITIVE_INFINITY]
    for (;;) {
      const block = this.#leastBlock(bounds)
      const isSettled = bounds[block] > least || (bounds[block] === least && block >= this.#blockOf(found))
      if (isSettled || bounds[block] === Number.POSITIVE_INFINITY) return found
      ;[found, least] = this.#searchBlock(object, block, [found, least])
    }
  }

  /** Makes the bound of a block exact. @returns the nearer of the nearest in it and of the one that was found before */
  #searchBlock(object: number, block: number, [found, least]: [number, number]): [number, number] {
    let [first, nearest] = [NONE, Number.POSITIVE_INFINITY]
    const to = Math.min(this.#size, (block + 1) * this.#width)
    for (let cluster = block * this.#width; cluster < to; cluster++) {
      if (!this.#clusters.isOther(object, cluster)) continue
      const mean = this.#clusters.meanTo(object, cluster)
      if (mean < nearest) [first, nearest] = [cluster, mean]
    }
    this.#bounds[object][block] = nearest
    const isNearer = nearest < least || (nearest === least && first < found)
    return isNearer && first !== NONE ? [first, nearest] : [found, least]
  }

  #blockOf(cluster: number): number {
    return Math.floor(cluster / this.#width)
  }

  /** The first of equals. */
  #leastBlock(bounds: Float64Array): number {
    let least = 0
    for (let block = 1; block < bounds.length; block++) if (bounds[block] < bounds[least]) least = block
    return least
  }
}

const NONE = -1
