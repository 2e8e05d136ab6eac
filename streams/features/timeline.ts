/** The facts that count, in the order in which they became known, and the way back to what was known earlier. */
import type { Memory } from '../../schemas/kernel/memory.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import { type FactId, type Facts, NO_FACT } from './facts.ts'
import type { Panel } from './panel.ts'
import type { Series } from './series.ts'

export class Timeline {
  readonly #facts: Facts
  readonly #panel: Panel
  /** By `knownAt`, then by log order. */
  readonly #applied: FactId[] = []

  constructor(facts: Facts, panel: Panel) {
    this.#facts = facts
    this.#panel = panel
  }

  /** The latest moment at which anything became known. */
  get lastKnown(): Micros {
    const last = this.#applied.at(-1)
    return last === undefined ? Number.NEGATIVE_INFINITY : this.#facts.knownAt[last]
  }

  push(ids: readonly FactId[]): void {
    for (const id of ids) this.#applied.push(id)
  }

  save(): Memory {
    return new Int32Array(this.#applied)
  }

  restore(memory: Memory): void {
    for (const id of memory as Int32Array) this.#applied.push(id)
  }

  /** Takes back every fact known after a moment, and returns them in their order. */
  rewind(moment: Micros): readonly FactId[] {
    const facts = this.#facts
    let from = this.#applied.length
    while (from > 0 && facts.knownAt[this.#applied[from - 1]] > moment) from--
    const undone = this.#applied.splice(from)
    const firstRow = new Map<Series, number>()
    let firstTime = Number.POSITIVE_INFINITY
    for (const id of undone.toReversed()) {
      const series = facts.series[id]
      const row = series.rowAt(facts.time[id])
      const before = facts.superseded[id]
      if (before === NO_FACT) series.fact[row] = NO_FACT
      else facts.show(before, row)
      firstRow.set(series, Math.min(row, firstRow.get(series) ?? row))
      firstTime = Math.min(firstTime, facts.time[id])
    }
    this.#panel.forgetFrom(firstTime, this.#panel.series)
    for (const [series, row] of firstRow) removeEmptied(series, row)
    if (undone.length > 0) this.#panel.findLastTime()
    return undone
  }
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
