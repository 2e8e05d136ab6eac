/** What a thing rests on, and what rests on it, however far: both from the one rule of what an event rests on. */
import type { Position } from '../../schemas/envelope.ts'
import { Front } from './front.ts'
import type { Place, Places } from './places.ts'
import type { Edge, Reference } from './reference.ts'
import { restsOn } from './rests-on.ts'

/** How an event was reached: over which edge, from which event nearer to the thing. */
export type Step = Readonly<{ steps: number; edge: Edge | null; exact: boolean; from: Place | null }>

/** The events that were reached, each by a shortest way. */
export class Reached {
  readonly #found = new Map<string, Map<number, Step>>()

  add({ key, index }: Place, step: Step): void {
    const series = this.#found.get(key) ?? new Map<number, Step>()
    this.#found.set(key, series.set(index, step))
  }

  stepTo({ key, index }: Place): Step | undefined {
    return this.#found.get(key)?.get(index)
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

/** All that rests on some events, themselves left out. */
export const downFrom = (places: Places, seeds: readonly Place[], below: Below = {}): Reached =>
  downFromEach(places, [{ seeds, ...below }])[0]

/**
 * For each of several questions, all that rests on its events. Whatever rests on an event stands after it, so one way along the log finds
 * it; what each event on the way rests on is worked out once for all of them.
 */
export function downFromEach(
  places: Places,
  asked: readonly (Below & Readonly<{ seeds: readonly Place[] }>)[],
): readonly Reached[] {
  const walks = asked.map((one) => new Walk(places, one))
  const first = Math.min(...walks.map(({ first }) => first))
  if (!Number.isFinite(first)) return walks.map(({ reached }) => reached)
  for (const place of places.from(first)) {
    let references: readonly Reference[] | null = null
    for (const walk of walks) {
      if (!walk.isAsked(place)) continue
      references ??= restsOn(places, place).references
      walk.pass(place, references)
    }
  }
  return walks.map(({ reached }) => reached)
}

/** One way along the log from some events. */
class Walk {
  readonly reached = new Reached()
  readonly first: Position
  readonly #front: Front
  readonly #after: Place[]
  readonly #below: Below
  readonly #places: Places

  constructor(places: Places, { seeds, ...below }: Below & Readonly<{ seeds: readonly Place[] }>) {
    this.#places = places
    this.#front = new Front(places)
    this.#below = below
    this.#after = seeds.toSorted((a, b) => places.positionOf(a) - places.positionOf(b))
    const [nearest] = this.#after
    this.first = nearest === undefined ? Number.POSITIVE_INFINITY : places.positionOf(nearest)
  }

  /** Whether it matters what an event rests on: not of what stands before the first, and of those themselves. */
  isAsked(place: Place): boolean {
    if (isSame(place, this.#after[0])) {
      this.#front.add(place, 0)
      this.#after.shift()
      return false
    }
    const { without } = this.#below
    return (
      this.#places.positionOf(place) > this.first && without?.has(this.#places.typeOf(place.key)) !== true
    )
  }

  pass(place: Place, references: readonly Reference[]): void {
    const { depth = Number.POSITIVE_INFINITY, exact = false } = this.#below
    const step = nearestStep(this.#front, references, exact)
    if (step === null || step.steps > depth) return
    this.#front.add(place, step.steps)
    this.reached.add(place, step)
  }
}

const isSame = (a: Place, b: Place | undefined): boolean => a.index === b?.index && a.key === b.key

function nearestStep(front: Front, references: readonly Reference[], onlyExact: boolean): Step | null {
  let best: Step | null = null
  for (const reference of references) {
    if (onlyExact && !reference.exact) continue
    const found = front.nearestIn(reference)
    if (found === null) continue
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
