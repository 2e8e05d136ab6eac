/**
 * Values of another data set at the rows of this one: of the rows that are known, the one with the greatest event time at or before the
 * row's own. A value that is missing there is missing here.
 */
import type { Micros } from '../../schemas/kernel/time.ts'
import type { Panel } from './panel.ts'
import type { Series } from './series.ts'
import type { Shape } from './shape.ts'
import { normalised, type Spans } from './spans.ts'

export type Join = Readonly<{
  /** Which data set it is, from 1. */
  source: number
  /** Whose rows are read; empty for those of the entity itself. */
  entity: string
  /** A row that is further back than this is too old; 0 for no limit. */
  stalenessMicros: Micros
}>

export function joinOf({ source, entity, stalenessMicros }: Join): Shape {
  const oldest = stalenessMicros === 0 ? Number.POSITIVE_INFINITY : stalenessMicros
  const readBy = (series: Series, panel: Panel): Series | undefined =>
    panel.find(entity === '' ? series.name : entity, source)
  const readersOf = (joined: Series, panel: Panel): readonly Series[] => {
    if (entity !== '') return joined.name === entity ? panel.of(0) : []
    const own = panel.find(joined.name)
    return own === undefined ? [] : [own]
  }
  return {
    crosses: false,
    lookback: () => 0,
    span: () => 0,
    constant: null,
    alone: null,
    spread(changed, _, panel) {
      const out = new Map<Series, number[]>()
      for (const [joined, ranges] of changed)
        for (const reader of readersOf(joined, panel)) {
          const rows = out.get(reader) ?? []
          out.set(reader, rows)
          for (let i = 0; i < ranges.length; i += 2)
            rows.push(...rowsReading(reader, joined, ranges[i], ranges[i + 1]))
        }
      return withRows(out)
    },
    shifted: (inserted) => inserted,
    need(node, work) {
      for (const series of work.panel.of(0)) {
        const range = work.missing(series, node.slot)
        if (range === null) continue
        work.plan(series, node.slot, range)
        const joined = readBy(series, work.panel)
        if (joined === undefined) continue
        const from = Math.max(0, lastAtOrBefore(joined, series.time[range.from]))
        const to = lastAtOrBefore(joined, series.time[range.to - 1]) + 1
        if (from < to) for (const input of node.inputs) work.want(joined, input, { from, to })
      }
    },
    compute(node, work) {
      for (const series of work.panel.of(0)) {
        const range = work.planned(series, node.slot)
        if (range === null) continue
        const out = series.room(node.slot)
        const joined = readBy(series, work.panel)
        out.fill(Number.NaN, range.from, range.to)
        if (joined !== undefined) {
          const values = joined.values[node.inputs[0]]
          let at = lastAtOrBefore(joined, series.time[range.from])
          for (let row = range.from; row < range.to; row++) {
            const time = series.time[row]
            while (at + 1 < joined.length && joined.time[at + 1] <= time) at++
            if (at >= 0 && time - joined.time[at] <= oldest) out[row] = values[at]
          }
        }
        series.hold(node.slot, range)
      }
    },
  }

  /** The reader's rows for which the rows `from` to `to` are the newest, and not too old. */
  function rowsReading(reader: Series, joined: Series, from: number, to: number): readonly number[] {
    const next = to < joined.length ? reader.lowerBound(joined.time[to]) : reader.length
    const old =
      oldest === Number.POSITIVE_INFINITY
        ? reader.length
        : reader.lowerBound(joined.time[to - 1] + oldest + 1)
    return [reader.lowerBound(joined.time[from]), Math.min(next, old)]
  }
}

/** The row with the greatest event time at or before a moment, or -1. */
const lastAtOrBefore = (series: Series, time: Micros): number => series.lowerBound(time + 1) - 1

function withRows(sets: ReadonlyMap<Series, readonly number[]>): Spans {
  const out = new Map<Series, readonly number[]>()
  for (const [series, ranges] of sets) {
    const kept = normalised(ranges)
    if (kept.length > 0) out.set(series, kept)
  }
  return out
}
