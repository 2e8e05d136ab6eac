/** What was reached so far on the way along the log: for each series which events, in ascending order, and how far away each is. */
import { firstAtLeast } from '../../schemas/kernel/search.ts'
import type { Place, Places } from './places.ts'
import type { Reference } from './reference.ts'

type Part = { readonly steps: Int32Array; readonly members: number[]; least: number }

export type Near = Readonly<{ index: number; steps: number }>

export class Front {
  readonly #places: Places
  readonly #parts = new Map<string, Part>()

  constructor(places: Places) {
    this.#places = places
  }

  /** In the log's order. */
  add({ key, index }: Place, steps: number): void {
    let part = this.#parts.get(key)
    if (part === undefined) {
      const { length } = this.#places.series(key).position
      part = { steps: new Int32Array(length).fill(NOT_REACHED), members: [], least: steps }
      this.#parts.set(key, part)
    }
    part.steps[index] = steps
    part.members.push(index)
    if (steps < part.least) part.least = steps
  }

  /** The nearest event of a part of a series; null where none of it is reached. */
  nearestIn({ key, from, to }: Reference): Near | null {
    const part = this.#parts.get(key)
    if (part === undefined) return null
    const { steps, members, least } = part
    if (to - from === 1) return steps[from] === NOT_REACHED ? null : { index: from, steps: steps[from] }
    let found: Near | null = null
    for (let m = firstOf(members, from); m < members.length && members[m] < to; m++) {
      const index = members[m]
      if (found === null || steps[index] < found.steps) found = { index, steps: steps[index] }
      if (found.steps === least) break
    }
    return found
  }
}

const NOT_REACHED = -1

const firstOf = (members: readonly number[], from: number): number =>
  members.length > 0 && members[0] >= from ? 0 : firstAtLeast(members, from, members.length)
