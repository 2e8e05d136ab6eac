/** What changes around rows that were taken back. */
import type { Micros } from '../../schemas/kernel/time.ts'
import type { Panel } from './panel.ts'
import type { Series } from './series.ts'
import { type Spans, union } from './spans.ts'

/** A row that was taken back. */
export type Removed = Readonly<{ series: Series; time: Micros }>

const oneRow = (series: Series, row: number): Spans => new Map([[series, [row, row + 1]]])

/**
 * Rows that are dirty as if they had been inserted where others are gone: the row behind, whose window was shifted, and of another
 * entity one at the same event time, so that its cross-section is made again.
 */
export function besideRemoved(removed: readonly Removed[], panel: Panel, crosses: boolean): Spans {
  const beside: Spans[] = []
  for (const { series, time } of removed) {
    const row = series.lowerBound(time)
    if (row < series.length) beside.push(oneRow(series, row))
    const other = crosses ? panel.series.find((one) => one.rowAt(time) >= 0) : undefined
    if (other !== undefined) beside.push(oneRow(other, other.rowAt(time)))
  }
  return union(beside)
}

/** The newest row of each history that lost one: what is newest there may be another now, and is told with the loss. */
export const lastRowsOf = (removed: readonly Removed[]): Spans =>
  union(removed.flatMap(({ series }) => (series.length === 0 ? [] : [oneRow(series, series.length - 1)])))
