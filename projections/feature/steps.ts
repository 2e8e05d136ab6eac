/** The moments at which the newest known row of one entity changes. */
import { grown, slid } from '../../schemas/kernel/grown.ts'
import { firstAbove } from '../../schemas/kernel/search.ts'
import type { Micros } from '../../schemas/kernel/time.ts'

type Told = Readonly<{ eventTime: Micros; knownAt: Micros; row: number }>

/**
 * Steps ascend in `knownAt`, strictly, and never go back in `eventTime`: a row that was told after one with a later event
 * time is no news. Rows may be added in any order of `knownAt`; of equal ones the one added last counts.
 *
 * Where the newest row is taken back, a step begins anew: the row that is newest instead is told behind it, as known at the same moment.
 */
export class Steps {
  #length = 0
  #knownAt: Float64Array = new Float64Array()
  #eventTime: Float64Array = new Float64Array()
  #row: Int32Array = new Int32Array()
  /** 1 where a step begins anew, whatever was newest before it. */
  #anew: Uint8Array = new Uint8Array()
  #cursor = 0

  get length(): number {
    return this.#length
  }

  /** @returns whether it is news at some moment */
  add({ eventTime, knownAt, row }: Told): boolean {
    const at = this.#after(knownAt)
    if (at > 0 && this.#eventTime[at - 1] > eventTime) return false
    const from = at > 0 && this.#knownAt[at - 1] === knownAt ? at - 1 : at
    let to = at
    while (to < this.#length && this.#eventTime[to] < eventTime && this.#anew[to] === 0) to++
    const anew = from < at ? this.#anew[from] : 0
    this.#replace(from, to)
    this.#set(from, { eventTime, knownAt, row }, anew)
    return true
  }

  /**
   * Takes the row of an event time back.
   * @param told.row says that nothing is newest, until a row is added that was known at the same moment
   * @returns whether it was the newest at that moment
   */
  withdraw({ eventTime, knownAt, row }: Told): boolean {
    const at = this.#after(knownAt)
    if (at === 0 || this.#eventTime[at - 1] !== eventTime) return false
    const from = this.#knownAt[at - 1] === knownAt ? at - 1 : at
    this.#replace(from, at)
    this.#set(from, { eventTime: Number.NEGATIVE_INFINITY, knownAt, row }, 1)
    return true
  }

  #set(step: number, { eventTime, knownAt, row }: Told, anew: number): void {
    this.#knownAt[step] = knownAt
    this.#eventTime[step] = eventTime
    this.#row[step] = row
    this.#anew[step] = anew
  }

  /** Lets go the steps that no moment from this one on asks for. */
  keepFrom(moment: Micros): void {
    const from = Math.max(0, this.#search(moment) - 1)
    if (from === 0) return
    this.#knownAt = slid(this.#knownAt, from, this.#length)
    this.#eventTime = slid(this.#eventTime, from, this.#length)
    this.#row = slid(this.#row, from, this.#length)
    this.#anew = slid(this.#anew, from, this.#length)
    this.#length -= from
    this.#cursor = 0
  }

  /** The rows of the steps that a moment from this one on asks for, in their order. */
  rowsFrom(moment: Micros): Int32Array {
    return this.#row.slice(Math.max(0, this.#search(moment) - 1), this.#length)
  }

  /** Of before a moment it keeps the steps that some moments ask for, and those that begin anew. @param marks ascending */
  thin(moment: Micros, marks: Float64Array): void {
    const last = Math.max(0, this.#search(moment) - 1)
    const asked = new Set(Array.from(marks, (mark) => this.#search(mark) - 1))
    const kept: number[] = []
    for (let step = 0; step < this.#length; step++)
      if (step >= last || asked.has(step) || this.#anew[step] === 1) kept.push(step)
    this.#knownAt = Float64Array.from(kept, (step) => this.#knownAt[step])
    this.#eventTime = Float64Array.from(kept, (step) => this.#eventTime[step])
    this.#row = Int32Array.from(kept, (step) => this.#row[step])
    this.#anew = Uint8Array.from(kept, (step) => this.#anew[step])
    this.#length = kept.length
    this.#cursor = 0
  }

  /** Rows have these numbers now. */
  renumber(place: Int32Array): void {
    for (let step = 0; step < this.#length; step++) this.#row[step] = place[this.#row[step]]
  }

  /** The rows of all steps, in their order: their times are those of the rows. */
  rows(): Int32Array {
    return this.#row.slice(0, this.#length)
  }

  /** Which steps begin anew; null where none does. */
  anew(): Uint8Array | null {
    const own = this.#anew.slice(0, this.#length)
    return own.includes(1) ? own : null
  }

  /**
   * It goes on with these columns.
   * @param times of the rows: a row that says that nothing is newest has an event time of -Infinity
   */
  static of(
    rows: Int32Array,
    times: Readonly<{ eventTime: Float64Array; knownAt: Float64Array }>,
    anew: Uint8Array | undefined,
  ): Steps {
    const steps = new Steps()
    steps.#length = rows.length
    steps.#row = rows
    steps.#anew = anew ?? new Uint8Array(rows.length)
    steps.#knownAt = Float64Array.from(rows, (row) => times.knownAt[row])
    steps.#eventTime = Float64Array.from(rows, (row) => times.eventTime[row])
    return steps
  }

  /** The row that was newest at a moment, inclusive, or -1. */
  rowAt(moment: Micros): number {
    const step = this.#after(moment) - 1
    return step < 0 ? -1 : this.#row[step]
  }

  /** The number of steps at or before a moment. The last answer is tried first, and the step after it. */
  #after(moment: Micros): number {
    const near = this.#cursor
    if (this.#isAfter(near, moment)) return near
    if (this.#isAfter(near + 1, moment)) this.#cursor = near + 1
    else this.#cursor = this.#search(moment)
    return this.#cursor
  }

  #isAfter(step: number, moment: Micros): boolean {
    if (step > this.#length || (step > 0 && this.#knownAt[step - 1] > moment)) return false
    return step === this.#length || this.#knownAt[step] > moment
  }

  #search(moment: Micros): number {
    return firstAbove(this.#knownAt, moment, this.#length)
  }

  /** Makes the steps `from` to `to`, exclusive, one step. */
  #replace(from: number, to: number): void {
    const length = this.#length + from + 1 - to
    this.#knownAt = grown(this.#knownAt, length)
    this.#eventTime = grown(this.#eventTime, length)
    this.#row = grown(this.#row, length)
    this.#anew = grown(this.#anew, length)
    // Mostly nothing stands behind: calls that move nothing would take longest.
    if (to < this.#length) {
      this.#knownAt.copyWithin(from + 1, to, this.#length)
      this.#eventTime.copyWithin(from + 1, to, this.#length)
      this.#row.copyWithin(from + 1, to, this.#length)
      this.#anew.copyWithin(from + 1, to, this.#length)
    }
    this.#length = length
  }
}
