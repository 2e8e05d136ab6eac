/** The usual case: rows that come after all others. A whole run of moments is appended at once, one history after the other. */
import type { Facts } from './facts.ts'
import type { Panel } from './panel.ts'
import type { Series } from './series.ts'

type Of = Readonly<{
  facts: Facts
  panel: Panel
  /** Whether entities depend on each other: a row must come after those of all others then. */
  crosses: boolean
}>

/** Facts that can be appended: how many, and how many of each series by its `id`. */
type Run = Readonly<{ length: number; counts: Uint32Array }>

/**
 * Appends the rows of the first moments that come after all others.
 * @param arrived facts in the order in which they became known
 * @returns how many facts those are, and the first row that each series got
 */
export function appendFirst(
  arrived: Uint32Array,
  of: Of,
): Readonly<{ length: number; rows: ReadonlyMap<Series, number> }> {
  const { facts, panel } = of
  const { length, counts } = firstRun(arrived, of)
  const next = new Uint32Array(counts.length + 1)
  for (let id = 0; id < counts.length; id++) next[id + 1] = next[id] + counts[id]
  const bySeries = new Uint32Array(length)
  for (let at = 0; at < length; at++) bySeries[next[facts.ownerOf(arrived[at])]++] = arrived[at]
  const rows = new Map<Series, number>()
  for (let at = 0; at < length; ) {
    const series = facts.seriesOf(bySeries[at])
    const end = at + counts[series.id]
    rows.set(series, series.length)
    facts.appendAll(series, bySeries.subarray(at, end))
    if (series.lastTime > panel.lastTime) panel.lastTime = series.lastTime
    at = end
  }
  return { length, rows }
}

/** The longest run of whole moments of which each row comes after all that was there. */
function firstRun(arrived: Uint32Array, { facts, panel, crosses }: Of): Run {
  const { time, knownAt, withdrawn } = facts
  const counts = new Uint32Array(panel.byId.length)
  const last = Float64Array.from(panel.byId, ({ lastTime }) => lastTime)
  let after = crosses ? panel.lastTime : Number.NEGATIVE_INFINITY
  let length = 0
  while (length < arrived.length) {
    let [at, latest] = [length, after]
    for (const moment = knownAt[arrived[length]]; knownAt[arrived[at]] === moment; at++) {
      const id = arrived[at]
      const own = facts.ownerOf(id)
      const { gone, source } = panel.byId[own]
      if (withdrawn[id] === 1 || time[id] <= after || time[id] <= last[own]) break
      if (source > 0 || gone.has(time[id])) break
      last[own] = time[id]
      counts[own]++
      if (time[id] > latest) latest = time[id]
    }
    const isWhole = at === arrived.length || knownAt[arrived[at]] !== knownAt[arrived[length]]
    if (!isWhole) {
      for (let taken = length; taken < at; taken++) counts[facts.ownerOf(arrived[taken])]--
      break
    }
    if (crosses) after = latest
    length = at
  }
  return { length, counts }
}
