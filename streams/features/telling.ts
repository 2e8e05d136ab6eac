/** Collects computed values and lays them out as rows in the canonical order: knownAt, eventTime, entity. */
import { grown } from '../../schemas/kernel/grown.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import type { Rows } from '../../schemas/rows.ts'
import type { CompiledSet } from './definition.ts'
import type { Facts } from './facts.ts'
import { asTold, picked } from './order.ts'
import type { Panel } from './panel.ts'
import type { Series } from './series.ts'
import type { Spans } from './spans.ts'

export class Telling {
  readonly #set: CompiledSet
  readonly #facts: Facts
  readonly #panel: Panel
  #length = 0
  /** The `id` of each row's series. */
  #series = new Int32Array()
  #eventTime = new Float64Array()
  #knownAt = new Float64Array()
  /** 1 where there is no value any more. */
  #withdrawn = new Uint8Array()
  readonly #values: Float64Array[]

  constructor(set: CompiledSet, facts: Facts, panel: Panel) {
    this.#set = set
    this.#facts = facts
    this.#panel = panel
    this.#values = set.features.map(() => new Float64Array())
  }

  /** Adds rows as they are now. Without a moment, each was told when the fact that it shows became known. */
  add(rows: Iterable<readonly [Series, readonly number[]]>, moment: Micros | null): void {
    for (const [series, ranges] of rows)
      for (let i = 0; i < ranges.length; i += 2) this.#addRange(series, ranges[i], ranges[i + 1], moment)
  }

  /** Adds that there is no row of an event time any more. */
  withdraw(series: Series, time: Micros, moment: Micros): void {
    const at = this.#length++
    this.#grow(this.#length)
    this.#series[at] = series.id
    this.#eventTime[at] = time
    this.#knownAt[at] = moment + this.#set.lagMicros
    this.#withdrawn[at] = 1
    for (const column of this.#values) column[at] = Number.NaN
  }

  #addRange(series: Series, from: number, to: number, moment: Micros | null): void {
    const { program, lagMicros } = this.#set
    const at = this.#length
    for (let row = from; row < to; row++) {
      this.#knownAt[at + row - from] = (moment ?? this.#facts.knownAt[series.fact[row]]) + lagMicros
    }
    // Loops: most ranges are one row, for which views of columns cost more than what they copy.
    for (let row = from; row < to; row++) {
      this.#series[at + row - from] = series.id
      this.#eventTime[at + row - from] = series.time[row]
    }
    const { outputs } = program
    for (let place = 0; place < outputs.length; place++) {
      const column = this.#values[place]
      const source = series.values[outputs[place]]
      for (let row = from; row < to; row++) column[at + row - from] = source[row]
    }
    this.#length += to - from
  }

  /** Makes room for rows that will be added. */
  reserve(rows: Spans): void {
    let length = this.#length
    for (const ranges of rows.values())
      for (let i = 0; i < ranges.length; i += 2) length += ranges[i + 1] - ranges[i]
    this.#grow(length)
  }

  #grow(length: number): void {
    this.#series = grown(this.#series, length)
    this.#eventTime = grown(this.#eventTime, length)
    this.#knownAt = grown(this.#knownAt, length)
    this.#withdrawn = grown(this.#withdrawn, length)
    for (const [place, column] of this.#values.entries()) this.#values[place] = grown(column, length)
  }

  /** `entities` names those that have a row, so that equal values are equal chunks. */
  rows(): Rows {
    const length = this.#length
    const { byId, series } = this.#panel
    const order = this.#order()
    const place = new Int32Array(byId.length).fill(-1)
    for (let row = 0; row < length; row++) place[this.#series[row]] = 0
    const named = series.filter(({ id }) => place[id] === 0)
    for (const [at, { id }] of named.entries()) place[id] = at
    return {
      length,
      entities: named.map(({ name }) => name),
      entity: order.map((row) => place[this.#series[row]]),
      eventTime: picked(this.#eventTime, order),
      knownAt: picked(this.#knownAt, order),
      columns: this.#set.features.map(({ name }, index) => ({
        name,
        values: picked(this.#values[index], order),
      })),
      ...(this.#hasWithdrawn() && { withdrawn: Uint8Array.from(order, (row) => this.#withdrawn[row]) }),
    }
  }

  #hasWithdrawn(): boolean {
    return this.#withdrawn.subarray(0, this.#length).includes(1)
  }

  #order(): Uint32Array {
    const rank = Int32Array.from(this.#panel.byId, ({ index }) => index)
    const entity = this.#series.subarray(0, this.#length).map((id) => rank[id])
    const withdrawn = this.#withdrawn.subarray(0, this.#length)
    return asTold({ entity, eventTime: this.#eventTime, knownAt: this.#knownAt, withdrawn }, this.#length)
  }
}
