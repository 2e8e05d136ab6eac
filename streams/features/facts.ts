/** Every fact that ever arrived, in log order. A fact is never changed; what changes is which one a row shows. */
import { refuse } from '../../schemas/kernel/fault.ts'
import type { Memory } from '../../schemas/kernel/memory.ts'
import { columnOf, type Rows } from '../../schemas/rows.ts'
import type { CompiledSet } from './definition.ts'
import type { Panel, SavedPanel } from './panel.ts'
import type { Series } from './series.ts'
import { canonical } from './value.ts'

/** The number of a fact: its place in log order, from 0. */
export type FactId = number

type Saved = Readonly<{
  series: Int32Array
  time: Float64Array
  knownAt: Float64Array
  columns: readonly Float64Array[]
  superseded: Int32Array
}>

/** Stands for "none" where a fact is looked for. */
export const NO_FACT = -1

export class Facts {
  readonly series: Series[] = []
  readonly time: number[] = []
  readonly knownAt: number[] = []
  /** The columns that the set reads. */
  readonly columns: readonly number[][]
  /** The fact that its row showed before it; NO_FACT where it made the row. */
  readonly superseded: FactId[] = []
  /** 1 while its effect on what was known later has still to be told; see retold.ts. */
  readonly fresh: (0 | 1)[] = []
  readonly #set: CompiledSet

  constructor(set: CompiledSet) {
    this.#set = set
    this.columns = set.program.columns.map(() => [])
  }

  get length(): number {
    return this.time.length
  }

  /**
   * Appends an arrival's rows as facts.
   * @throws Refusal `feature.column-missing`
   */
  add(rows: Rows, panel: Panel): void {
    const sources = this.#set.program.columns.map((name) => this.#sourceOf(rows, name))
    const series = panel.seriesOf(rows.entities)
    for (let row = 0; row < rows.length; row++) {
      this.series.push(series[rows.entity[row]])
      this.time.push(rows.eventTime[row])
      this.knownAt.push(rows.knownAt[row])
      this.superseded.push(NO_FACT)
      this.fresh.push(0)
    }
    for (const [slot, source] of sources.entries()) {
      const column = this.columns[slot]
      for (let row = 0; row < rows.length; row++) {
        column.push(canonical(source[row]))
      }
    }
  }

  /** Between two arrivals, when none of them is fresh. */
  save(): Memory {
    return {
      series: Int32Array.from(this.series, ({ index }) => index),
      time: new Float64Array(this.time),
      knownAt: new Float64Array(this.knownAt),
      columns: this.columns.map((column) => new Float64Array(column)),
      superseded: new Int32Array(this.superseded),
    }
  }

  restore(memory: Memory, panel: Panel): void {
    const { series, time, knownAt, columns, superseded } = memory as unknown as Saved
    for (let id = 0; id < time.length; id++) {
      this.series.push(panel.series[series[id]])
      this.time.push(time[id])
      this.knownAt.push(knownAt[id])
      this.superseded.push(superseded[id])
      this.fresh.push(0)
    }
    for (const [slot, column] of columns.entries()) for (const value of column) this.columns[slot].push(value)
  }

  /** Has each row of a panel show its fact again. */
  restoreRows(memory: Memory, panel: Panel): void {
    for (const [place, shown] of (memory as unknown as SavedPanel).facts.entries()) {
      const series = panel.series[place]
      series.reserve(shown.length)
      series.length = shown.length
      for (const [row, fact] of shown.entries()) {
        series.time[row] = this.time[fact]
        this.show(fact, row)
      }
    }
    panel.findLastTime()
  }

  #sourceOf(rows: Rows, name: string): Float64Array {
    const source = columnOf(rows, name)
    if (source !== undefined) return source
    const { set, version, dataset } = this.#set
    const available = rows.columns.map((column) => column.name).join(', ')
    throw refuse('feature.column-missing', { set, version, dataset, column: name, available })
  }

  /** Whether two facts say the same, bit for bit. */
  same(a: FactId, b: FactId): boolean {
    return this.columns.every((column) => Object.is(column[a], column[b]))
  }

  /** Makes a row show a fact. */
  show(fact: FactId, row: number): void {
    const series = this.series[fact]
    series.fact[row] = fact
    for (let slot = 0; slot < this.columns.length; slot++) series.values[slot][row] = this.columns[slot][fact]
  }

  /** Adds a fact's row at the end of its series. */
  append(fact: FactId): void {
    const series = this.series[fact]
    series.reserve(series.length + 1)
    const row = series.length++
    series.time[row] = this.time[fact]
    this.superseded[fact] = NO_FACT
    this.show(fact, row)
  }

  /** Whether this very fact is there already: the same bits, known at the same moment. It can never matter again. */
  isRepeated(fact: FactId): boolean {
    const series = this.series[fact]
    const row = series.rowAt(this.time[fact])
    let shown = row < 0 ? NO_FACT : series.fact[row]
    while (shown !== NO_FACT && this.knownAt[shown] > this.knownAt[fact]) shown = this.superseded[shown]
    return shown !== NO_FACT && this.knownAt[shown] === this.knownAt[fact] && this.same(shown, fact)
  }
}
