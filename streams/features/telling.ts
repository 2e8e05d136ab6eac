/** Collects computed values and lays them out as rows in the canonical order: knownAt, eventTime, entity. */
import type { Micros } from '../../schemas/kernel/time.ts'
import type { Rows } from '../../schemas/rows.ts'
import type { CompiledSet } from './definition.ts'
import type { Facts } from './facts.ts'
import { orderedBy, picked, rowNumbers } from './order.ts'
import type { Series } from './series.ts'
import type { Spans } from './spans.ts'

export class Telling {
  readonly #set: CompiledSet
  readonly #facts: Facts
  readonly #series: Series[] = []
  readonly #eventTime: number[] = []
  readonly #knownAt: number[] = []
  readonly #values: readonly number[][]

  constructor(set: CompiledSet, facts: Facts) {
    this.#set = set
    this.#facts = facts
    this.#values = set.features.map(() => [])
  }

  /** Adds rows as they are now. Without a moment, each was told when the fact that it shows became known. */
  add(rows: Spans, moment: Micros | null): void {
    const { program, lagMicros } = this.#set
    for (const [series, ranges] of rows) {
      for (let i = 0; i < ranges.length; i += 2) {
        for (let row = ranges[i]; row < ranges[i + 1]; row++) {
          this.#series.push(series)
          this.#eventTime.push(series.time[row])
          this.#knownAt.push((moment ?? this.#facts.knownAt[series.fact[row]]) + lagMicros)
        }
        for (const [place, slot] of program.outputs.entries()) {
          const column = this.#values[place]
          const source = series.values[slot]
          for (let row = ranges[i]; row < ranges[i + 1]; row++) column.push(source[row])
        }
      }
    }
  }

  /** `entities` names those that have a row, so that equal values are equal chunks. */
  rows(): Rows {
    const length = this.#series.length
    const order = this.#order()
    const named = [...new Set(this.#series)].sort((a, b) => a.index - b.index)
    const place = new Map(named.map((series, index) => [series, index]))
    return {
      length,
      entities: named.map(({ name }) => name),
      entity: order.map((row) => place.get(this.#series[row]) ?? 0),
      eventTime: picked(this.#eventTime, order),
      knownAt: picked(this.#knownAt, order),
      columns: this.#set.features.map(({ name }, index) => ({
        name,
        values: picked(this.#values[index], order),
      })),
    }
  }

  #order(): Uint32Array {
    const byEntity = orderedBy(
      this.#series.map(({ index }) => index),
      rowNumbers(0, this.#series.length),
    )
    return orderedBy(this.#knownAt, orderedBy(this.#eventTime, byEntity))
  }
}
