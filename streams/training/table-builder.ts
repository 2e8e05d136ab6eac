/** Builds a table column by column, so that a panel of millions of rows never stands in memory as objects. */
import type { Micros } from '../../schemas/kernel/time.ts'
import type { Rows } from '../../schemas/rows.ts'

export class TableBuilder {
  readonly #names: readonly string[]
  readonly #places = new Map<string, number>()
  readonly #entity: number[] = []
  readonly #eventTime: number[] = []
  readonly #knownAt: number[] = []
  readonly #columns: number[][]

  /** @param names of the columns, in order */
  constructor(names: readonly string[]) {
    this.#names = names
    this.#columns = names.map(() => [])
  }

  get length(): number {
    return this.#entity.length
  }

  /** @param values one for each column */
  add(entity: string, times: { eventTime: Micros; knownAt: Micros }, values: readonly number[]): void {
    const place = this.#places.get(entity) ?? this.#places.size
    this.#places.set(entity, place)
    this.#entity.push(place)
    this.#eventTime.push(times.eventTime)
    this.#knownAt.push(times.knownAt)
    for (const [c, column] of this.#columns.entries()) column.push(values[c])
  }

  /** The rows `from` to `to`, exclusive. */
  rows(from: number, to: number): Rows {
    const names = [...this.#places.keys()]
    const entities = [...new Set(this.#entity.slice(from, to))].map((place) => names[place]).sort()
    const sorted = new Map(entities.map((entity, place) => [entity, place]))
    const placeOf = names.map((entity) => sorted.get(entity) ?? 0)
    return {
      length: to - from,
      entities,
      entity: Uint32Array.from(this.#entity.slice(from, to), (place) => placeOf[place]),
      eventTime: Float64Array.from(this.#eventTime.slice(from, to)),
      knownAt: Float64Array.from(this.#knownAt.slice(from, to)),
      columns: this.#names.map((name, c) => ({
        name,
        values: Float64Array.from(this.#columns[c].slice(from, to)),
      })),
    }
  }
}
