/** The facts that count, in the order in which they became known, and the way back to what was known earlier. */
import { grown, slid } from '../../schemas/kernel/grown.ts'
import type { Memory } from '../../schemas/kernel/memory.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import { type FactId, type Facts, NO_FACT } from './facts.ts'
import type { Panel } from './panel.ts'
import type { Series } from './series.ts'

export class Timeline {
  readonly #facts: Facts
  readonly #panel: Panel
  /** By `knownAt`, then by log order: those that became known after the moment to which it can go back. */
  #applied = new Int32Array()
  #length = 0
  /** It can go back to this moment and no further. */
  floor: Micros = Number.NEGATIVE_INFINITY

  constructor(facts: Facts, panel: Panel) {
    this.#facts = facts
    this.#panel = panel
  }

  /** The latest moment at which anything became known. */
  get lastKnown(): Micros {
    return this.#length === 0 ? this.floor : this.#facts.knownAt[this.#applied[this.#length - 1]]
  }

  push(ids: ArrayLike<FactId>): void {
    this.#applied = grown(this.#applied, this.#length + ids.length)
    this.#applied.set(ids, this.#length)
    this.#length += ids.length
  }

  save(): Memory {
    return { applied: this.#applied.slice(0, this.#length), floor: this.floor }
  }

  restore(memory: Memory): void {
    const { applied, floor } = memory as unknown as { applied: Int32Array; floor: Micros }
    this.#applied = applied.slice()
    this.#length = applied.length
    this.floor = floor
  }

  /** Gives up the way back to before a moment. */
  forgetBefore(moment: Micros): void {
    const from = this.#after(moment)
    this.#applied = slid(this.#applied, from, this.#length)
    this.#length -= from
    this.floor = moment
  }

  /** Facts have these numbers now. */
  renumber(place: Int32Array): void {
    for (let i = 0; i < this.#length; i++) this.#applied[i] = place[this.#applied[i]]
  }

  /** Takes back every fact known after a moment, and returns them in their order. */
  rewind(moment: Micros): readonly FactId[] {
    const facts = this.#facts
    const from = this.#after(moment)
    const undone = Array.from(this.#applied.subarray(from, this.#length))
    this.#length = from
    const firstRow = new Map<Series, number>()
    let firstTime = Number.POSITIVE_INFINITY
    for (const id of undone.toReversed()) {
      const series = facts.seriesOf(id)
      const row = undo(id, series, facts)
      firstRow.set(series, Math.min(row, firstRow.get(series) ?? row))
      firstTime = Math.min(firstTime, facts.time[id])
    }
    if (undone.length === 0) return undone
    this.#panel.forgetFrom(firstTime, this.#panel.series)
    for (const [series, row] of firstRow) removeEmptied(series, row)
    this.#panel.findLastTime()
    return undone
  }

  /** The place of the first fact known after a moment: the newest are looked at first. */
  #after(moment: Micros): number {
    let from = this.#length
    while (from > 0 && this.#facts.knownAt[this.#applied[from - 1]] > moment) from--
    return from
  }
}

/** Has an event time show what it showed before a fact, and answers the place where its row is or would be. */
function undo(id: FactId, series: Series, facts: Facts): number {
  const time = facts.time[id]
  const before = facts.superseded[id]
  const row = series.rowAt(time)
  if (facts.withdrawn[id] === 1) series.gone.delete(time)
  if (before === NO_FACT || facts.withdrawn[before] === 1) {
    if (before !== NO_FACT) series.gone.set(time, before)
    if (row >= 0) series.fact[row] = NO_FACT
    return row < 0 ? series.lowerBound(time) : row
  }
  const own = row < 0 ? series.openRow(time) : row
  facts.show(before, own)
  return own
}

/** Closes up over the rows that show no fact. */
function removeEmptied(series: Series, firstRow: number): void {
  let to = firstRow
  for (let from = firstRow; from < series.length; from++) {
    if (series.fact[from] === NO_FACT) continue
    if (from !== to) series.moveRow(from, to)
    to++
  }
  series.length = to
  series.rowsChanged(firstRow)
}
