/**
 * What is told again when facts arrive after others that became known later. At each later moment every value that was
 * told then, or would have been, is told again if it depends on a fact that came late; all other values stand as told.
 */
import type { Memory } from '../../schemas/kernel/memory.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import { type Changes, dirtyRows } from './changes.ts'
import { dependencies } from './demand.ts'
import type { Facts } from './facts.ts'
import type { Panel } from './panel.ts'
import type { Program } from './program.ts'
import type { Series } from './series.ts'
import { intersection, NO_SPANS, rangesOf, type Spans, union } from './spans.ts'

type Told = Readonly<{ series: Series; from: Micros; to: Micros }>

type SavedTelling = Readonly<{
  moments: Float64Array
  /** How many ranges were told at each; they stand one after the other. */
  counts: Int32Array
  series: Int32Array
  from: Float64Array
  to: Float64Array
}>

/** What was told at each moment, as ranges of event time. Rows that were told as they were appended are left out. */
export class TellingLog {
  readonly #told = new Map<Micros, Told[]>()

  record(rows: Spans, moment: Micros): void {
    const told = this.#told.get(moment) ?? []
    for (const [series, ranges] of rows) {
      for (let i = 0; i < ranges.length; i += 2) {
        told.push({ series, from: series.time[ranges[i]], to: series.time[ranges[i + 1] - 1] })
      }
    }
    this.#told.set(moment, told)
  }

  /**
   * That there is no row of an event time is told too, and which is the newest instead: whatever is newest from there on is told
   * again with it, also where the row itself is back.
   */
  recordGone(series: Series, time: Micros, moment: Micros): void {
    const gone = { series, from: time, to: Number.POSITIVE_INFINITY }
    this.#told.set(moment, [...(this.#told.get(moment) ?? []), gone])
  }

  has(moment: Micros): boolean {
    return this.#told.has(moment)
  }

  /** What was told before a moment is not told again. */
  forgetBefore(moment: Micros): void {
    for (const told of this.#told.keys()) if (told < moment) this.#told.delete(told)
  }

  save(): Memory {
    const told = [...this.#told.values()].flat()
    return {
      moments: Float64Array.from(this.#told.keys()),
      counts: Int32Array.from(this.#told.values(), ({ length }) => length),
      series: Int32Array.from(told, ({ series }) => series.index),
      from: Float64Array.from(told, ({ from }) => from),
      to: Float64Array.from(told, ({ to }) => to),
    }
  }

  restore(memory: Memory, panel: Panel): void {
    const { moments, counts, series, from, to } = memory as unknown as SavedTelling
    let next = 0
    for (const [i, moment] of moments.entries()) {
      const told = Array.from({ length: counts[i] }, (_, place): Told => {
        const at = next + place
        return { series: panel.series[series[at]], from: from[at], to: to[at] }
      })
      next += counts[i]
      this.#told.set(moment, told)
    }
  }

  /** The rows that are there now in what was told at a moment. */
  at(moment: Micros): Spans {
    const told = this.#told.get(moment) ?? []
    return union(
      told.map(({ series, from, to }): Spans => {
        const range = [series.lowerBound(from), series.lowerBound(to + 1)]
        return range[0] < range[1] ? new Map([[series, range]]) : NO_SPANS
      }),
    )
  }
}

/** Of these rows, those whose values depend on a fresh fact, or did so until now. */
export function retoldRows(
  rows: Spans,
  settled: Changes['settled'],
  state: Readonly<{ facts: Facts; panel: Panel; program: Program }>,
): Spans {
  const { facts, panel, program } = state
  const fresh = new Map<Series, readonly number[]>()
  for (const [series, { from, to }] of dependencies(rows, panel, program)) {
    const ranges = rangesOf(freshRows(series, { from, to, facts }))
    if (ranges.length > 0) fresh.set(series, ranges)
  }
  const sources = union([fresh, settled])
  if (sources.size === 0) return NO_SPANS
  return intersection(rows, dirtyRows({ inserted: sources, corrected: [] }, program, panel))
}

function* freshRows(
  series: Series,
  { from, to, facts }: Readonly<{ from: number; to: number; facts: Facts }>,
): Iterable<number> {
  for (let row = from; row < to; row++) if (facts.fresh[series.fact[row]] === 1) yield row
}
