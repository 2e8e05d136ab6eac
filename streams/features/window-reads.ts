/** What windows read of the values that a program computes, and whether a history holds it. */
import { firstAbove } from '../../schemas/kernel/search.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import type { Series } from './series.ts'
import type { Node, Range } from './shape.ts'

/** How far back windows read a node's values: in rows, and in time. */
export type WindowRead = Readonly<{ slot: number; rows: number; micros: Micros }>

/** The nodes that a window reads. Of all others no row but a value's own is ever needed. */
export function windowReads(nodes: readonly Node[]): readonly WindowRead[] {
  const rows = new Map<number, number>()
  const micros = new Map<number, Micros>()
  for (const { shape, numbers, inputs, back } of nodes)
    for (const input of inputs) {
      rows.set(input, Math.max(back, rows.get(input) ?? 0))
      micros.set(input, Math.max(shape.span(numbers), micros.get(input) ?? 0))
    }
  return nodes
    .map(({ slot }) => ({ slot, rows: rows.get(slot) ?? 0, micros: micros.get(slot) ?? 0 }))
    .filter((read) => read.rows > 0 || read.micros > 0)
}

/** Whether all that windows read is held up to a row: then the rows from there on are all that is missing of anything. */
export function isHeldUpTo(series: Series, row: number, reads: readonly WindowRead[]): boolean {
  for (let i = 0; i < reads.length; i++) {
    const { slot, rows, micros } = reads[i]
    const from = series.heldFrom[slot]
    if (series.heldTo[slot] !== row || (from === row && row > 0)) return false
    if (from > 0 && (from > row - rows || (micros > 0 && series.time[from] > series.time[row] - micros)))
      return false
  }
  return true
}

/** The rows before one that windows read. */
export function rowsBefore(series: Series, row: number, { rows, micros }: WindowRead): Range {
  const since = micros > 0 ? firstAbove(series.time, series.time[row] - micros, series.length) - 1 : row
  return { from: Math.max(0, Math.min(row - rows, since)), to: row }
}
