/** Looks up what the projection keeps: an event by its position, a series, and its part before a position. */
import type { Position } from '../../schemas/envelope.ts'
import { firstAtLeast } from '../../schemas/kernel/search.ts'
import type { Facts } from './kind.ts'
import { type LineageState, type Series, seriesKey } from './lineage.ts'

/** One event: the series that it stands in, and its place there. */
export type Place = Readonly<{ key: string; index: number }>

const NONE: Series = Object.freeze({ position: [], cause: [] }) as unknown as Series

export class Places {
  readonly #state: LineageState
  /** Texts that are made once: they are looked up for each event. */
  readonly #interned = new Interned()
  /** Series by type. */
  readonly #byType = new Map<string, string[]>()
  /** The greatest value of a column so far, by series and column. */
  readonly #greatest = new Map<string, Map<string, Float64Array>>()

  readonly #series: ReadonlyMap<string, Series>
  readonly #keys: readonly string[]
  /** For each position, the place of its series in `#keys`, from 1, and its own place there. */
  readonly #owner: Int32Array
  readonly #index: Int32Array

  constructor(state: LineageState) {
    this.#state = state
    this.#series = new Map(Object.entries(state.series))
    this.#keys = Object.keys(state.series)
    const last = this.#keys.reduce((most, key) => Math.max(most, state.series[key].position.at(-1) ?? 0), 0)
    this.#owner = new Int32Array(last + 1)
    this.#index = new Int32Array(last + 1)
    for (const [place, key] of this.#keys.entries()) {
      for (const [index, position] of state.series[key].position.entries()) {
        this.#owner[position] = place + 1
        this.#index[position] = index
      }
      const type = typeOf(key)
      const keys = this.#byType.get(type)
      if (keys === undefined) this.#byType.set(type, [key])
      else keys.push(key)
    }
  }

  series(key: string): Series {
    return this.#series.get(key) ?? NONE
  }

  key(type: string, name: string): string {
    return this.#interned.key(type, name)
  }

  typeOf(key: string): string {
    return this.#interned.parts(key)[0]
  }

  nameOf(key: string): string {
    return this.#interned.parts(key)[1]
  }

  keys(): readonly string[] {
    return this.#keys
  }

  keysOf(type: string): readonly string[] {
    return this.#byType.get(type) ?? []
  }

  facts(position: Position): Facts {
    return this.#state.facts[position] ?? {}
  }

  positionOf({ key, index }: Place): Position {
    return this.series(key).position[index]
  }

  /** How many events of a series stand before a position. */
  countBefore(key: string, position: Position): number {
    const { position: positions } = this.series(key)
    return firstAtLeast(positions, position, positions.length)
  }

  /** The first event of a series from which on, or at which, a column reaches a bound: none before it does. */
  firstReaching(key: string, column: string, bound: number): number {
    const most = this.#mostSoFar(key, column)
    return firstAtLeast(most, bound, most.length)
  }

  /** Whether a column is below a bound in each of the first so many events of a series. */
  areBelow(
    key: string,
    column: string,
    { count, bound }: Readonly<{ count: number; bound: number }>,
  ): boolean {
    return count === 0 || this.#mostSoFar(key, column)[count - 1] < bound
  }

  #mostSoFar(key: string, column: string): Float64Array {
    const columns = this.#greatest.get(key) ?? new Map<string, Float64Array>()
    this.#greatest.set(key, columns)
    const known = columns.get(column) ?? runningMost(this.series(key)[column] ?? [])
    columns.set(column, known)
    return known
  }

  /** The event at a position; null for one that the views pass over, and for none. */
  at(position: Position): Place | null {
    const owner = this.#owner[position] ?? 0
    return owner === 0 ? null : { key: this.#keys[owner - 1], index: this.#index[position] }
  }

  /** Every event from a position on, in the log's order. */
  *from(first: Position): Iterable<Place> {
    for (let position = Math.max(first, 1); position < this.#owner.length; position++) {
      const place = this.at(position)
      if (place !== null) yield place
    }
  }
}

export const typeOf = (key: string): string => key.slice(0, key.indexOf(' '))
export const nameOf = (key: string): string => key.slice(key.indexOf(' ') + 1)

class Interned {
  readonly #keys = new Map<string, Map<string, string>>()
  readonly #parts = new Map<string, readonly [type: string, name: string]>()

  key(type: string, name: string): string {
    const names = this.#keys.get(type) ?? new Map<string, string>()
    this.#keys.set(type, names)
    const known = names.get(name) ?? seriesKey(type, name)
    names.set(name, known)
    return known
  }

  parts(key: string): readonly [type: string, name: string] {
    const known = this.#parts.get(key) ?? ([typeOf(key), nameOf(key)] as const)
    this.#parts.set(key, known)
    return known
  }
}

function runningMost(values: readonly number[]): Float64Array {
  let most = Number.NEGATIVE_INFINITY
  return Float64Array.from(values, (value) => {
    most = Math.max(most, value)
    return most
  })
}
