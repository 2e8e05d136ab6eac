/** One entity's history, sorted by event time: its facts' columns, and what was computed from them so far. */

import { grown, slid } from '../../schemas/kernel/grown.ts'
import { firstAtLeast } from '../../schemas/kernel/search.ts'
import { type IsGap, Runs } from './runs.ts'

/** What a program asks of a history: room for its columns and nodes, and where a window ends. */
export type Layout = Readonly<{
  slots: number
  columns: number
  /** How many data sets are read: the set's own, and those that are joined. */
  sources: number
  /** Of the set's own data set. What is joined has no gaps: it has rows of quarters as well as of days. */
  isGap: IsGap | null
}>

type Identity = Readonly<{ name: string; id: number; source: number }>

const NOTHING = new Float64Array()

export class Series {
  readonly name: string
  /** Its place among all entities in the order in which they came. */
  readonly id: number
  /** Which data set its rows are of: 0 for the set's own. */
  readonly source: number
  /** Its place among all entities in the order of their names. */
  index = 0
  length = 0
  /** The event time of its last row that was let go; see tail.ts. */
  droppedTo = Number.NEGATIVE_INFINITY
  /** The first event time that anything was ever said about. */
  beganAt = Number.POSITIVE_INFINITY
  time: Float64Array = new Float64Array(16)
  /** For each row, the fact that it shows. */
  fact: Int32Array = new Int32Array(16)
  /** For each event time whose row was taken back, the fact that did so. */
  readonly gone = new Map<number, number>()
  /** The columns, then the nodes of the program, by slot. */
  readonly values: Float64Array[]
  readonly #columns: number
  readonly #runs: Runs
  /** For each slot the rows whose computed values hold: `from` inclusive, `to` exclusive. */
  readonly heldFrom: Int32Array
  readonly heldTo: Int32Array

  constructor({ name, id, source }: Identity, { slots, columns, isGap }: Layout) {
    this.name = name
    this.id = id
    this.source = source
    this.#columns = columns
    this.#runs = new Runs(source === 0 ? isGap : null)
    this.values = Array.from({ length: slots }, (_, slot) => new Float64Array(slot < columns ? 16 : 0))
    this.heldFrom = new Int32Array(slots)
    this.heldTo = new Int32Array(slots)
  }

  get lastTime(): number {
    return this.length === 0 ? Number.NEGATIVE_INFINITY : this.time[this.length - 1]
  }

  /** The first row at or after a time. */
  lowerBound(time: number): number {
    return firstAtLeast(this.time, time, this.length)
  }

  /** The row of an event time, or -1. */
  rowAt(time: number): number {
    const row = this.lowerBound(time)
    return row < this.length && this.time[row] === time ? row : -1
  }

  /** The rows `from` to `to` (exclusive) around a row that one window may hold. */
  runOf(row: number): { from: number; to: number } {
    return this.#runs.of(row, this.time, this.length)
  }

  /** Says that other rows stand from a row on. */
  rowsChanged(from: number): void {
    this.#runs.forgetFrom(from)
  }

  reserve(rows: number): void {
    if (rows <= this.time.length) return
    this.time = grown(this.time, rows)
    this.fact = grown(this.fact, rows)
    for (let slot = 0; slot < this.#columns; slot++) this.values[slot] = grown(this.values[slot], rows)
  }

  /** The values of a node, with room for every row. */
  room(slot: number): Float64Array {
    const values = this.values[slot]
    if (values.length >= this.length) return values
    const larger = new Float64Array(this.time.length)
    larger.set(values)
    this.values[slot] = larger
    return larger
  }

  /** Lets the values of a node go, with their room. */
  empty(slot: number): void {
    this.values[slot] = NOTHING
    this.heldFrom[slot] = 0
    this.heldTo[slot] = 0
  }

  /** Moves a row; computed values are not moved, they are forgotten. */
  moveRow(from: number, to: number): void {
    this.time[to] = this.time[from]
    this.fact[to] = this.fact[from]
    for (let slot = 0; slot < this.#columns; slot++) this.values[slot][to] = this.values[slot][from]
  }

  /** Makes room for the row of an event time that has none, and answers its place. */
  openRow(time: number): number {
    const at = this.lowerBound(time)
    this.reserve(this.length + 1)
    for (let row = this.length; row > at; row--) this.moveRow(row - 1, row)
    this.length++
    this.time[at] = time
    this.rowsChanged(at)
    return at
  }

  /** Takes a row out, so that those after it move up. */
  closeRow(at: number): void {
    for (let row = at + 1; row < this.length; row++) this.moveRow(row, row - 1)
    this.length--
    this.rowsChanged(at)
  }

  /** Says that computed values hold in a range, beside those that held and touch it. */
  hold(slot: number, { from, to }: Readonly<{ from: number; to: number }>): void {
    this.holdFrom(slot, from, to)
  }

  holdFrom(slot: number, from: number, to: number): void {
    const touches =
      this.heldFrom[slot] < this.heldTo[slot] && from <= this.heldTo[slot] && to >= this.heldFrom[slot]
    if (!touches || from < this.heldFrom[slot]) this.heldFrom[slot] = from
    if (!touches || to > this.heldTo[slot]) this.heldTo[slot] = to
  }

  /** Lets its first rows go. The values of those that are left hold as before. */
  dropFirst(rows: number): void {
    if (rows === 0) return
    this.droppedTo = this.time[rows - 1]
    this.time = slid(this.time, rows, this.length)
    this.fact = slid(this.fact, rows, this.length)
    for (let slot = 0; slot < this.values.length; slot++) {
      const isKept = slot < this.#columns || this.heldFrom[slot] < this.heldTo[slot]
      this.values[slot] = isKept ? slid(this.values[slot], rows, this.length) : NOTHING
      this.heldFrom[slot] = Math.max(0, this.heldFrom[slot] - rows)
      this.heldTo[slot] = Math.max(0, this.heldTo[slot] - rows)
    }
    this.length -= rows
    for (const time of this.gone.keys()) if (time <= this.droppedTo) this.gone.delete(time)
    this.rowsChanged(0)
  }

  /** Computed values from an event time on hold no longer: nothing before it can depend on it. */
  forgetFrom(time: number): void {
    const row = this.lowerBound(time)
    for (let slot = this.#columns; slot < this.values.length; slot++) {
      this.heldTo[slot] = Math.min(this.heldTo[slot], row)
      this.heldFrom[slot] = Math.min(this.heldFrom[slot], this.heldTo[slot])
    }
  }
}
