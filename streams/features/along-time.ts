/** Operators along one entity's history, over windows of time: the rows after `t - d`, up to the row at `t` itself. */
import type { Micros } from '../../schemas/kernel/time.ts'
import { oneByOne } from './along.ts'
import type { Series } from './series.ts'
import type { Node, Shape } from './shape.ts'
import { normalised, type Spans } from './spans.ts'

/** The rows of a window, `from` to `to` exclusive; `from - 1` is the newest row at or before its start. */
export type TimeCell = (
  inputs: readonly Float64Array[],
  from: number,
  to: number,
  numbers: readonly number[],
) => number

/** Which rows a value reads: every row of the window, or the newest row at or before its start, beside its own. */
export type Reads = 'window' | 'start' | 'start and own'

/**
 * An operator over a window of time. A value is missing where the history does not reach back to the start of the window: where it, or what
 * is left of it since a gap, has no row at or before `t - d`.
 */
export const alongTime = (reads: Reads, cell: TimeCell): Shape => ({
  crosses: false,
  lookback: () => 0,
  span: ([micros]) => micros,
  constant: null,
  spread: (changed, node) =>
    mapped(changed, (series, from, to) => rowsReading(series, { reads, from, to, micros: node.numbers[0] })),
  shifted: (inserted, node) => mapped(inserted, (series, from, to) => shiftedRows(series, from, to, node)),
  ...oneByOne({
    back: (node, series, from) => Math.max(0, series.lowerBound(series.time[from] - node.numbers[0] + 1) - 1),
    fill(node, series, from, to, runFrom) {
      const { time, values } = series
      const out = values[node.slot]
      const inputs = node.inputs.map((slot) => values[slot])
      const [micros] = node.numbers
      let first = Math.max(runFrom, series.lowerBound(time[from] - micros + 1))
      for (let row = from; row < to; row++) {
        const start = time[row] - micros
        while (time[first] <= start) first++
        out[row] = first > runFrom ? cell(inputs, first, row + 1, node.numbers) : Number.NaN
      }
    },
  }),
})

type Rows = readonly number[]

/** Each run of rows by itself: none reaches out of its run. */
function mapped(set: Spans, rowsOf: (series: Series, from: number, to: number) => Rows): Spans {
  const out = new Map<Series, Rows>()
  for (const [series, ranges] of set) {
    const moved: number[] = []
    for (let i = 0; i < ranges.length; i += 2)
      for (let from = ranges[i]; from < ranges[i + 1]; ) {
        const to = Math.min(ranges[i + 1], series.runOf(from).to)
        moved.push(...rowsOf(series, from, to))
        from = to
      }
    const kept = normalised(moved)
    if (kept.length > 0) out.set(series, kept)
  }
  return out
}

type Changed = Readonly<{ reads: Reads; from: number; to: number; micros: Micros }>

/** The rows whose windows read one of the rows `from` to `to`, which lie in one run. */
function rowsReading(series: Series, { reads, from, to, micros }: Changed): Rows {
  const { time } = series
  const end = series.runOf(from).to
  if (reads === 'window') return [from, Math.min(end, series.lowerBound(time[to - 1] + micros))]
  const starts = [
    series.lowerBound(time[from] + micros),
    to < end ? Math.min(end, series.lowerBound(time[to] + micros)) : end,
  ]
  return reads === 'start' ? starts : [from, to, ...starts]
}

/** The rows after inserted ones whose windows may hold other rows than before, or reach back to their start only now. */
function shiftedRows(series: Series, from: number, to: number, { numbers: [micros] }: Node): Rows {
  const end = series.runOf(from).to
  return [from, to < end ? Math.min(end, series.lowerBound(series.time[to] + micros)) : end]
}
