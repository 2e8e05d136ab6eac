/** What a thing rests on, and what rests on it, however far: both from the one rule of what an event rests on. */
import type { Position } from '../../schemas/envelope.ts'
import type { Place, Places } from './places.ts'
import type { Reference } from './reference.ts'
import { restsOn } from './rests-on.ts'

/** How many steps each event is away; of those that are not reached, none. */
export class Reached {
  readonly #steps = new Map<string, Map<number, number>>()
  /** The fewest steps to any event of a series. */
  readonly #least = new Map<string, number>()

  add({ key, index }: Place, steps: number): boolean {
    const series = this.#steps.get(key) ?? new Map<number, number>()
    if ((series.get(index) ?? Number.POSITIVE_INFINITY) <= steps) return false
    this.#steps.set(key, series.set(index, steps))
    this.#least.set(key, Math.min(steps, this.#least.get(key) ?? Number.POSITIVE_INFINITY))
    return true
  }

  stepsTo({ key, index }: Place): number | undefined {
    return this.#steps.get(key)?.get(index)
  }

  /** The fewest steps to an event of a part of a series; undefined where none of it is reached. */
  stepsToAny({ key, from, to }: Reference): number | undefined {
    const series = this.#steps.get(key)
    const least = this.#least.get(key)
    if (series === undefined || least === undefined) return undefined
    if (to - from === 1) return series.get(from)
    let found: number | undefined
    for (const [index, steps] of series) {
      if (index < from || index >= to || steps >= (found ?? Number.POSITIVE_INFINITY)) continue
      found = steps
      if (found === least) break
    }
    return found
  }

  /** The events by series, each ascending. */
  series(): readonly Readonly<{ key: string; indices: readonly number[] }>[] {
    return [...this.#steps].map(([key, indices]) => ({ key, indices: [...indices.keys()].sort((a, b) => a - b) }))
  }

  positions(places: Places): readonly Position[] {
    return this.series()
      .flatMap(({ key, indices }) => indices.map((index) => places.positionOf({ key, index })))
      .sort((a, b) => a - b)
  }
}

type Limits = Readonly<{
  depth?: number
  /** Only what is sure. */
  exact?: boolean
}>

/** All that some events rest on, themselves left out. */
export function upFrom(places: Places, seeds: readonly Place[], { depth = Infinity, exact = false }: Limits = {}): Reached {
  const reached = new Reached()
  /** For each series, the next place at or after one that is not reached: parts are taken in once. */
  const open = new Map<string, Int32Array>()
  let level = seeds
  for (let steps = 1; steps <= depth && level.length > 0; steps++) {
    const next: Place[] = []
    for (const place of level)
      for (const reference of restsOn(places, place).references) {
        if (exact && !reference.exact) continue
        const { key, from, to } = reference
        const after = open.get(key) ?? Int32Array.from({ length: places.series(key).position.length + 1 }, (_, i) => i)
        open.set(key, after)
        for (let index = find(after, from); index < to; index = find(after, index)) {
          after[index] = index + 1
          reached.add({ key, index }, steps)
          next.push({ key, index })
        }
      }
    level = next
  }
  return reached
}

function find(after: Int32Array, from: number): number {
  let index = from
  while (after[index] !== index) {
    after[index] = after[after[index]]
    index = after[index]
  }
  return index
}

/** All that rests on some events, themselves left out. Whatever rests on an event stands after it, so one way along the log finds it. */
export function downFrom(places: Places, seeds: readonly Place[], { depth = Infinity, exact = false }: Limits = {}): Reached {
  const reached = new Reached()
  const all = new Reached()
  for (const seed of seeds) all.add(seed, 0)
  const first = Math.min(...seeds.map((seed) => places.positionOf(seed)))
  for (const place of places.from(first + 1)) {
    let steps = Number.POSITIVE_INFINITY
    for (const reference of restsOn(places, place).references) {
      if (exact && !reference.exact) continue
      const found = all.stepsToAny(reference)
      if (found !== undefined) steps = Math.min(steps, found + 1)
    }
    if (steps > depth) continue
    all.add(place, steps)
    reached.add(place, steps)
  }
  return reached
}
