/** What a thing rests on, and what rests on it, however far: both from the one rule of what an event rests on. */
import type { Position } from '../../schemas/envelope.ts'
import type { Place, Places } from './places.ts'
import type { Edge, Reference } from './reference.ts'
import { restsOn } from './rests-on.ts'

/** How an event was reached: over which edge, from which event nearer to the thing. */
export type Step = Readonly<{ steps: number; edge: Edge | null; exact: boolean; from: Place | null }>

/** The events that were reached, each by a shortest way. */
export class Reached {
  readonly #found = new Map<string, Map<number, Step>>()
  /** The fewest steps to any event of a series. */
  readonly #least = new Map<string, number>()

  add({ key, index }: Place, step: Step): void {
    const series = this.#found.get(key) ?? new Map<number, Step>()
    this.#found.set(key, series.set(index, step))
    this.#least.set(key, Math.min(step.steps, this.#least.get(key) ?? Number.POSITIVE_INFINITY))
  }

  stepTo({ key, index }: Place): Step | undefined {
    return this.#found.get(key)?.get(index)
  }

  /** The nearest event of a part of a series, and its steps; undefined where none of it is reached. */
  nearestIn({ key, from, to }: Reference): Readonly<{ index: number; steps: number }> | undefined {
    const series = this.#found.get(key)
    const least = this.#least.get(key)
    if (series === undefined || least === undefined) return undefined
    if (to - from === 1) {
      const step = series.get(from)
      return step === undefined ? undefined : { index: from, steps: step.steps }
    }
    let found: { index: number; steps: number } | undefined
    for (const [index, { steps }] of series) {
      if (index < from || index >= to || steps >= (found?.steps ?? Number.POSITIVE_INFINITY)) continue
      found = { index, steps }
      if (steps === least) break
    }
    return found
  }

  /** Each event with how it was reached, series by series. */
  *steps(): Iterable<Readonly<{ place: Place; step: Step }>> {
    for (const [key, series] of this.#found)
      for (const [index, step] of series) yield { place: { key, index }, step }
  }

  /** How many events of each series were reached. */
  counts(): readonly Readonly<{ key: string; count: number }>[] {
    return [...this.#found].map(([key, { size }]) => ({ key, count: size }))
  }

  /** The events by series, each ascending. */
  series(): readonly Readonly<{ key: string; indices: readonly number[] }>[] {
    return [...this.#found].map(([key, indices]) => ({
      key,
      indices: [...indices.keys()].sort((a, b) => a - b),
    }))
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
export function upFrom(
  places: Places,
  seeds: readonly Place[],
  { depth = Infinity, exact = false }: Limits = {},
): Reached {
  const reached = new Reached()
  /** For each series, the next place at or after one that is not reached: parts are taken in once. */
  const open = new Map<string, Int32Array>()
  let level = seeds
  for (let steps = 1; steps <= depth && level.length > 0; steps++) {
    const next: Place[] = []
    for (const place of level)
      for (const reference of surestFirst(restsOn(places, place).references)) {
        if (exact && !reference.exact) continue
        const { key, from, to } = reference
        const after =
          open.get(key) ?? Int32Array.from({ length: places.series(key).position.length + 1 }, (_, i) => i)
        open.set(key, after)
        for (let index = find(after, from); index < to; index = find(after, index)) {
          after[index] = index + 1
          const { edge, exact: isExact } = reference
          reached.add({ key, index }, { steps, edge, exact: isExact, from: place })
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

type Below = Readonly<{
  depth?: number
  /** Types of events that are passed over, and what rests on them alone with them. */
  without?: ReadonlySet<string>
  /** Only over edges that are no upper bounds. */
  exact?: boolean
}>

/** All that rests on some events, themselves left out. Whatever rests on an event stands after it, so one way along the log finds it. */
export function downFrom(places: Places, seeds: readonly Place[], below: Below = {}): Reached {
  const { depth = Infinity, without = new Set(), exact = false } = below
  const [reached, all] = [new Reached(), new Reached()]
  for (const seed of seeds) all.add(seed, { steps: 0, edge: null, exact: true, from: null })
  const first = seeds.reduce((least, seed) => Math.min(least, places.positionOf(seed)), Infinity)
  for (const place of places.from(first + 1)) {
    if (without.has(places.typeOf(place.key)) || all.stepTo(place) !== undefined) continue
    const step = nearestStep(all, restsOn(places, place).references, exact)
    if (step === null || step.steps > depth) continue
    all.add(place, step)
    reached.add(place, step)
  }
  return reached
}

function nearestStep(all: Reached, references: readonly Reference[], onlyExact: boolean): Step | null {
  let best: Step | null = null
  for (const reference of references) {
    if (onlyExact && !reference.exact) continue
    const found = all.nearestIn(reference)
    if (found === undefined) continue
    const steps = found.steps + 1
    const isBetter =
      best === null || steps < best.steps || (steps === best.steps && reference.exact && !best.exact)
    const { key, edge, exact: isExact } = reference
    if (isBetter) best = { steps, edge, exact: isExact, from: { key, index: found.index } }
  }
  return best
}

/** A part that is sure is told before one that holds it and more. */
const surestFirst = (references: readonly Reference[]): readonly Reference[] =>
  references.filter(({ exact }) => exact).concat(references.filter(({ exact }) => !exact))
