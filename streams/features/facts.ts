/** The facts that arrived, in log order. A fact is never changed; what changes is which one a row shows. */

import { refuse } from '../../schemas/kernel/fault.ts'
import { grown, slid } from '../../schemas/kernel/grown.ts'
import type { Memory } from '../../schemas/kernel/memory.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import { columnOf, type Rows } from '../../schemas/rows.ts'
import type { CompiledSet } from './definition.ts'
import type { Panel, SavedPanel } from './panel.ts'
import type { ReadColumn } from './program.ts'
import type { Series } from './series.ts'
import { canonical } from './value.ts'

/** The number of a fact: its place in log order among those that are kept, from 0. */
export type FactId = number

type Saved = Readonly<{
  series: Int32Array
  time: Float64Array
  knownAt: Float64Array
  columns: readonly Float64Array[]
  superseded: Int32Array
  /** Left out where no fact takes a row back. */
  withdrawn?: Uint8Array
}>

/** Stands for "none" where a fact is looked for. */
export const NO_FACT = -1

export class Facts {
  length = 0
  time = new Float64Array()
  knownAt = new Float64Array()
  /** The columns that the set reads. */
  readonly columns: Float64Array[]
  /** The fact that its row showed before it; NO_FACT where it made the row, or where nobody goes back that far. */
  superseded = new Int32Array()
  /** 1 while its effect on what was known later has still to be told; see retold.ts. */
  fresh = new Uint8Array()
  /** 1 where it takes its row back: there is none from when it is known. */
  withdrawn = new Uint8Array()
  /** The `id` of its series. */
  #owner = new Int32Array()
  readonly #set: CompiledSet
  readonly #panel: Panel

  constructor(set: CompiledSet, panel: Panel) {
    this.#set = set
    this.#panel = panel
    this.columns = set.program.reads.map(() => new Float64Array())
  }

  /** The `id` of the series whose fact it is. */
  ownerOf(fact: FactId): number {
    return this.#owner[fact]
  }

  /** Whose fact it is. */
  seriesOf(fact: FactId): Series {
    return this.#panel.byId[this.#owner[fact]]
  }

  /**
   * Appends an arrival's rows as facts.
   * @param source which data set they are of: 0 for the set's own, then those that are joined
   * @throws Refusal `feature.column-missing`
   */
  add(rows: Rows, source = 0): void {
    const sources = this.#set.program.reads.map((read) =>
      read.source === source ? this.#sourceOf(rows, read) : null,
    )
    const ids = this.#panel.seriesOf(rows.entities, source).map(({ id }) => id)
    const from = this.length
    this.#reserve(from + rows.length)
    this.time.set(rows.eventTime, from)
    this.knownAt.set(rows.knownAt, from)
    for (let row = 0; row < rows.length; row++) {
      const id = ids[rows.entity[row]]
      const series = this.#panel.byId[id]
      series.beganAt = Math.min(series.beganAt, rows.eventTime[row])
      this.#owner[from + row] = id
      this.superseded[from + row] = NO_FACT
      this.fresh[from + row] = 0
      this.withdrawn[from + row] = rows.withdrawn?.[row] ?? 0
    }
    for (const [slot, values] of sources.entries()) {
      const column = this.columns[slot]
      if (values === null) column.fill(Number.NaN, from, from + rows.length)
      else for (let row = 0; row < rows.length; row++) column[from + row] = canonical(values[row])
    }
    this.length += rows.length
  }

  /**
   * Keeps these facts alone, in their order, under new numbers.
   * @returns the new number of each fact; NO_FACT for those that are gone
   */
  keep(isKept: Uint8Array): Int32Array {
    const place = new Int32Array(this.length).fill(NO_FACT)
    let to = 0
    for (let id = 0; id < this.length; id++) if (isKept[id] === 1) place[id] = to++
    const moved = <T extends Float64Array | Int32Array | Uint8Array>(column: T): T => {
      for (let id = 0; id < place.length; id++) if (place[id] !== NO_FACT) column[place[id]] = column[id]
      return slid(column, 0, to)
    }
    this.time = moved(this.time)
    this.knownAt = moved(this.knownAt)
    this.#owner = moved(this.#owner)
    this.fresh = moved(this.fresh)
    this.withdrawn = moved(this.withdrawn)
    for (const [slot, column] of this.columns.entries()) this.columns[slot] = moved(column)
    this.superseded = moved(this.superseded)
    for (let id = 0; id < to; id++)
      if (this.superseded[id] !== NO_FACT) this.superseded[id] = place[this.superseded[id]]
    this.length = to
    return place
  }

  /** Between two arrivals, when none of them is fresh. */
  save(): Memory {
    const { length } = this
    return {
      series: Int32Array.from({ length }, (_, id) => this.seriesOf(id).index),
      time: this.time.slice(0, length),
      knownAt: this.knownAt.slice(0, length),
      columns: this.columns.map((column) => column.slice(0, length)),
      superseded: this.superseded.slice(0, length),
      ...(this.withdrawn.subarray(0, length).includes(1) && { withdrawn: this.withdrawn.slice(0, length) }),
    }
  }

  restore(memory: Memory): void {
    const { series, time, knownAt, columns, superseded, withdrawn } = memory as unknown as Saved
    this.length = time.length
    this.#owner = series.map((index) => this.#panel.series[index].id)
    this.time = time.slice()
    this.knownAt = knownAt.slice()
    this.superseded = superseded.slice()
    this.fresh = new Uint8Array(time.length)
    this.withdrawn = withdrawn?.slice() ?? new Uint8Array(time.length)
    for (const [slot, column] of columns.entries()) this.columns[slot] = column.slice()
  }

  /** Has each row of the panel show its fact again. */
  restoreRows(memory: Memory): void {
    const { facts, gone = [] } = memory as unknown as SavedPanel
    for (const [place, ids] of gone.entries())
      for (const id of ids) this.#panel.series[place].gone.set(this.time[id], id)
    for (const [place, shown] of facts.entries()) {
      const series = this.#panel.series[place]
      series.reserve(shown.length)
      series.length = shown.length
      for (const [row, fact] of shown.entries()) {
        series.time[row] = this.time[fact]
        this.show(fact, row)
      }
    }
    this.#panel.findLastTime()
  }

  #reserve(length: number): void {
    this.time = grown(this.time, length)
    this.knownAt = grown(this.knownAt, length)
    this.#owner = grown(this.#owner, length)
    this.superseded = grown(this.superseded, length)
    this.fresh = grown(this.fresh, length)
    this.withdrawn = grown(this.withdrawn, length)
    for (const [slot, column] of this.columns.entries()) this.columns[slot] = grown(column, length)
  }

  #sourceOf(rows: Rows, { source, name }: ReadColumn): Float64Array {
    const values = columnOf(rows, name)
    if (values !== undefined) return values
    const { set, version, joins } = this.#set
    const { dataset } = source === 0 ? this.#set : joins[source - 1]
    const available = rows.columns.map((column) => column.name).join(', ')
    throw refuse('feature.column-missing', { set, version, dataset, column: name, available })
  }

  /** Whether two facts say the same, bit for bit. */
  same(a: FactId, b: FactId): boolean {
    if (this.withdrawn[a] !== this.withdrawn[b]) return false
    return this.withdrawn[a] === 1 || this.columns.every((column) => Object.is(column[a], column[b]))
  }

  /** The fact that counts at an event time: the one that a row shows, or that took it back. */
  shownAt(series: Series, time: Micros): FactId {
    const row = series.rowAt(time)
    return row < 0 ? (series.gone.get(time) ?? NO_FACT) : series.fact[row]
  }

  /** Makes a row show a fact. */
  show(fact: FactId, row: number): void {
    const series = this.seriesOf(fact)
    series.fact[row] = fact
    for (let slot = 0; slot < this.columns.length; slot++) series.values[slot][row] = this.columns[slot][fact]
  }

  /** Adds the rows of a series' facts at its end, in this order. */
  appendAll(series: Series, added: Uint32Array): void {
    const from = series.length
    series.reserve(from + added.length)
    series.length += added.length
    for (let at = 0; at < added.length; at++) {
      series.time[from + at] = this.time[added[at]]
      series.fact[from + at] = added[at]
      this.superseded[added[at]] = NO_FACT
    }
    for (let slot = 0; slot < this.columns.length; slot++) {
      const [column, values] = [this.columns[slot], series.values[slot]]
      for (let at = 0; at < added.length; at++) values[from + at] = column[added[at]]
    }
  }

  /** Whether this very fact is there already: the same bits, known at the same moment. It can never matter again. */
  isRepeated(fact: FactId): boolean {
    let shown = this.shownAt(this.seriesOf(fact), this.time[fact])
    while (shown !== NO_FACT && this.knownAt[shown] > this.knownAt[fact]) shown = this.superseded[shown]
    return shown !== NO_FACT && this.knownAt[shown] === this.knownAt[fact] && this.same(shown, fact)
  }
}
