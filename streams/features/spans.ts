/** Sets of rows, as ranges per entity. A whole history is one range, so large sets cost no more than small ones. */
import type { Series } from './series.ts'

/** For each series its ranges `from, to, from, to, ...`: ascending, apart from each other, `to` exclusive. */
export type Spans = ReadonlyMap<Series, readonly number[]>

export const NO_SPANS: Spans = new Map()

/** How far a row's value reaches: it is held by the values of the rows `first` to `last` after it, both inclusive. */
export type Reach = readonly [first: number, last: number]

/** Ranges in any order, overlapping or not, as ascending ones that are apart. */
export function normalised(ranges: readonly number[]): readonly number[] {
  const starts = Array.from({ length: ranges.length / 2 }, (_, i) => 2 * i).sort(
    (a, b) => ranges[a] - ranges[b],
  )
  const out: number[] = []
  for (const start of starts) {
    const last = out.length - 1
    if (ranges[start] >= ranges[start + 1]) continue
    if (last > 0 && ranges[start] <= out[last]) out[last] = Math.max(out[last], ranges[start + 1])
    else out.push(ranges[start], ranges[start + 1])
  }
  return out
}

/** Ascending rows as ranges. */
export function rangesOf(rows: Iterable<number>): readonly number[] {
  const out: number[] = []
  for (const row of rows) {
    if (out.length > 0 && out[out.length - 1] === row) out[out.length - 1] = row + 1
    else out.push(row, row + 1)
  }
  return out
}

export function union(sets: readonly Spans[]): Spans {
  const filled = sets.filter((set) => set.size > 0)
  if (filled.length <= 1) return filled[0] ?? NO_SPANS
  const gathered = new Map<Series, number[]>()
  for (const set of new Set(filled)) {
    for (const [series, ranges] of set) {
      const before = gathered.get(series)
      if (before === undefined) gathered.set(series, [...ranges])
      else for (const bound of ranges) before.push(bound)
    }
  }
  return new Map([...gathered].map(([series, ranges]) => [series, normalised(ranges)]))
}

export function intersection(a: Spans, b: Spans): Spans {
  const out = new Map<Series, readonly number[]>()
  for (const [series, ranges] of a) {
    const common = commonRanges(ranges, b.get(series) ?? [])
    if (common.length > 0) out.set(series, common)
  }
  return out
}

function commonRanges(a: readonly number[], b: readonly number[]): readonly number[] {
  const out: number[] = []
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const from = Math.max(a[i], b[j])
    const to = Math.min(a[i + 1], b[j + 1])
    if (from < to) out.push(from, to)
    if (a[i + 1] < b[j + 1]) i += 2
    else j += 2
  }
  return out
}

/** The rows whose values hold one of these rows: none beyond a gap. */
export function reached(set: Spans, reaches: readonly Reach[]): Spans {
  if (reaches.length === 1 && reaches[0][0] === 0 && reaches[0][1] === 0) return set
  const out = new Map<Series, readonly number[]>()
  for (const [series, ranges] of set) {
    const moved: number[] = []
    for (const [first, last] of reaches) {
      for (let i = 0; i < ranges.length; i += 2) {
        for (let from = ranges[i]; from < ranges[i + 1]; ) {
          const run = series.runOf(from)
          const to = Math.min(ranges[i + 1], run.to)
          moved.push(from + first, Math.min(to + last, run.to))
          from = to
        }
      }
    }
    const kept = normalised(moved)
    if (kept.length > 0) out.set(series, kept)
  }
  return out
}

type Piece = Readonly<{ series: Series; from: number; to: number }>

/**
 * Rows as sets that follow each other in time, with more than so many rows of an entity between one and the next. What is a day's news and
 * what is a correction of years ago is so told apart.
 */
export function partsOf(rows: Spans, rowsApart: number): readonly Spans[] {
  const pieces: Piece[] = []
  for (const [series, ranges] of rows)
    for (let i = 0; i < ranges.length; i += 2) pieces.push({ series, from: ranges[i], to: ranges[i + 1] })
  pieces.sort((a, b) => a.series.time[a.from] - b.series.time[b.from])
  const parts: Map<Series, number[]>[] = []
  let end = Number.NEGATIVE_INFINITY
  for (const { series, from, to } of pieces) {
    const isApart = series.time[from] > end && from - series.lowerBound(end) > rowsApart
    if (parts.length === 0 || isApart) parts.push(new Map())
    const part = parts[parts.length - 1]
    const own = part.get(series)
    if (own === undefined) part.set(series, [from, to])
    else own.push(from, to)
    end = Math.max(end, series.time[to - 1])
  }
  return parts
}
