/** Builds a table column by column and gives it away in slices, so that no more than a slice of it stands in memory. */
import { grown } from '../../schemas/kernel/grown.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import type { Rows } from '../../schemas/rows.ts'

export class TableBuilder {
  readonly #names: readonly string[]
  #places = new Map<string, number>()
  #entity = new Uint32Array()
  #eventTime = new Float64Array()
  #knownAt = new Float64Array()
  readonly #columns: Float64Array[]
  #length = 0

  /** @param names of the columns, in order */
  constructor(names: readonly string[]) {
    this.#names = names
    this.#columns = names.map(() => new Float64Array())
  }

  get length(): number {
    return this.#length
  }

  /** How many values there are, times among them. */
  get values(): number {
    return this.#length * (this.#names.length + 2)
  }

  /** @param values one for each column */
  add(entity: string, times: { eventTime: Micros; knownAt: Micros }, values: readonly number[]): void {
    const place = this.#places.get(entity) ?? this.#places.size
    this.#places.set(entity, place)
    const row = this.#length++
    this.#entity = grown(this.#entity, this.#length)
    this.#eventTime = grown(this.#eventTime, this.#length)
    this.#knownAt = grown(this.#knownAt, this.#length)
    this.#entity[row] = place
    this.#eventTime[row] = times.eventTime
    this.#knownAt[row] = times.knownAt
    for (let c = 0; c < this.#columns.length; c++) {
      this.#columns[c] = grown(this.#columns[c], this.#length)
      this.#columns[c][row] = values[c]
    }
  }

  /** The rows that were added since the last time; their arrays are the caller's while none is added. */
  take(): Rows {
    const length = this.#length
    const names = [...this.#places.keys()]
    const entities = names.toSorted()
    const sorted = new Map(entities.map((entity, place) => [entity, place]))
    const placeOf = names.map((entity) => sorted.get(entity) ?? 0)
    this.#length = 0
    this.#places = new Map()
    return {
      length,
      entities,
      entity: this.#entity.slice(0, length).map((place) => placeOf[place]),
      eventTime: this.#eventTime.subarray(0, length),
      knownAt: this.#knownAt.subarray(0, length),
      columns: this.#names.map((name, c) => ({ name, values: this.#columns[c].subarray(0, length) })),
    }
  }
}
