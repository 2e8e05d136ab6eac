/** What changes around rows that were taken back. */
import type { Micros } from '../../schemas/kernel/time.ts'
import type { Panel } from './panel.ts'
import type { Series } from './series.ts'
import { type Spans, union } from './spans.ts'

/** A row that was taken back. */
export type Removed = Readonly<{ series: Series; time: Micros }>

const oneRow = (series: Series, row: number): Spans => new Map([[series, [row, row + 1]]])

/** What says which rows read a joined one: those of its own entity, or of every entity. */
type Read = Readonly<{
  joins: readonly Readonly<{ entity: string }>[]
  program: Readonly<{ crosses: boolean }>
}>

/**
 * Rows that are dirty as if they had been inserted where others are gone: the row behind, whose window was shifted; of another
 * entity one at the same event time, so that its cross-section is made again; and where what is gone was joined, the rows that read it.
 */
export function besideRemoved(removed: readonly Removed[], panel: Panel, { joins, program }: Read): Spans {
  const beside: Spans[] = []
  for (const { series, time } of removed) {
    const row = series.lowerBound(time)
    if (row < series.length) beside.push(oneRow(series, row))
    const others = panel.of(series.source)
    const other = program.crosses ? others.find((one) => one.rowAt(time) >= 0) : undefined
    if (other !== undefined) beside.push(oneRow(other, other.rowAt(time)))
    if (series.source === 0) continue
    const isShared = joins[series.source - 1]?.entity !== ''
    const until = row < series.length ? series.time[row] : Number.POSITIVE_INFINITY
    for (const reader of panel.of(0)) {
      if (!isShared && reader.name !== series.name) continue
      const [from, to] = [reader.lowerBound(time), reader.lowerBound(until)]
      if (from < to) beside.push(new Map([[reader, [from, to]]]))
    }
  }
  return union(beside)
}

/** The newest row of each history that lost one: what is newest there may be another now, and is told with the loss. */
export const lastRowsOf = (removed: readonly Removed[]): Spans =>
  union(
    removed.flatMap(({ series }) =>
      series.source > 0 || series.length === 0 ? [] : [oneRow(series, series.length - 1)],
    ),
  )
