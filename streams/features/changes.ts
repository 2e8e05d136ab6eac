/** Brings a panel from what was known before a moment to what is known at it, and says which rows that changed. */
import { type FactId, type Facts, NO_FACT } from './facts.ts'
import type { Panel } from './panel.ts'
import type { Program } from './program.ts'
import type { Series } from './series.ts'
import { NO_SPANS, rangesOf, type Spans, union } from './spans.ts'

export type Changes = Readonly<{
  /** The facts that count from now on, in log order; exact repetitions do not. */
  applied: readonly FactId[]
  inserted: Spans
  /** For each column, the rows where it was corrected. */
  corrected: readonly Spans[]
  /** Rows that show an old fact again where they showed a fresh one. */
  settled: Spans
}>

/** Applies the facts of one moment, in log order. Facts from `firstNew` on belong to the arrival in hand. */
export function applyFacts(
  ids: readonly FactId[],
  state: Readonly<{ facts: Facts; panel: Panel; firstNew: FactId }>,
): Changes {
  const { facts, panel, firstNew } = state
  const dropped = new Set<FactId>()
  const inserting = new Map<Series, FactId[]>()
  const corrected = facts.columns.map(() => new Map<Series, Set<number>>())
  const settled = new Map<Series, Set<number>>()

  for (const id of ids) {
    const series = facts.seriesOf(id)
    const row = series.rowAt(facts.time[id])
    if (row < 0) {
      entry(inserting, series, (): FactId[] => []).push(id)
      facts.superseded[id] = NO_FACT
      facts.fresh[id] = id >= firstNew ? 1 : 0
      continue
    }
    const before = series.fact[row]
    if (facts.knownAt[before] === facts.knownAt[id] && facts.same(before, id)) {
      dropped.add(id)
      continue
    }
    facts.superseded[id] = before
    if (id < firstNew) {
      if (facts.fresh[before] === 1) entry(settled, series, newSet).add(facts.time[id])
      facts.fresh[id] = 0
    } else facts.fresh[id] = facts.same(before, id) ? facts.fresh[before] : 1
    for (const [slot, column] of facts.columns.entries()) {
      if (!Object.is(column[before], column[id])) entry(corrected[slot], series, newSet).add(facts.time[id])
    }
    facts.show(id, row)
  }

  const inserted = new Map<Series, readonly number[]>()
  for (const [series, added] of inserting) inserted.set(series, insert(series, { added, facts, dropped }))
  for (const { source, lastTime } of inserting.keys())
    if (source === 0) panel.lastTime = Math.max(panel.lastTime, lastTime)
  return {
    applied: ids.filter((id) => !dropped.has(id)),
    inserted,
    corrected: corrected.map(rowsOfTimes),
    settled: rowsOfTimes(settled),
  }
}

/** The rows that these facts stand in. */
export const rowsOfFacts = (ids: Iterable<FactId>, facts: Facts): Spans => {
  const times = new Map<Series, Set<number>>()
  for (const id of ids) entry(times, facts.seriesOf(id), newSet).add(facts.time[id])
  return rowsOfTimes(times)
}

/** The rows of the program's outputs whose windows hold a change. */
export function dirtyRows(
  changes: Pick<Changes, 'inserted' | 'corrected'>,
  program: Program,
  panel: Panel,
): Spans {
  const inserted = bySource(changes.inserted, program.sources)
  const dirty: Spans[] = program.reads.map(({ source }, slot) =>
    union([inserted[source], changes.corrected[slot] ?? NO_SPANS]),
  )
  for (const node of program.nodes) {
    const { shape, inputs } = node
    const spread = inputs.map((slot) =>
      dirty[slot].size === 0 ? dirty[slot] : shape.spread(dirty[slot], node, panel),
    )
    dirty[node.slot] = union([shape.shifted(inserted[node.source], node), ...spread])
  }
  return union(program.outputs.map((slot) => dirty[slot]))
}

/** Rows of different data sets are told apart: each program part has a value at those of one. */
function bySource(rows: Spans, sources: number): readonly Spans[] {
  if (sources === 1) return [rows]
  return Array.from({ length: sources }, (_, source) => rowsOfSource(rows, source))
}

export const rowsOfSource = (rows: Spans, source: number): Spans =>
  new Map([...rows].filter(([series]) => series.source === source))

/** Inserts facts' rows into a series and gives the rows they got. Of facts for one event time the last one counts. */
function insert(
  series: Series,
  { added, facts, dropped }: Readonly<{ added: FactId[]; facts: Facts; dropped: Set<FactId> }>,
): readonly number[] {
  added.sort((a, b) => facts.time[a] - facts.time[b] || a - b)
  const kept = added.filter((id, i) => i + 1 === added.length || facts.time[id] !== facts.time[added[i + 1]])
  if (kept.length < added.length) {
    const last = new Set(kept)
    for (const id of added) if (!last.has(id)) dropped.add(id)
  }
  series.reserve(series.length + kept.length)
  const rows = new Array<number>(kept.length)
  let from = series.length - 1
  let to = series.length + kept.length - 1
  for (let next = kept.length - 1; next >= 0; to--) {
    if (from >= 0 && series.time[from] > facts.time[kept[next]]) series.moveRow(from--, to)
    else {
      series.time[to] = facts.time[kept[next]]
      facts.show(kept[next], to)
      rows[next--] = to
    }
  }
  series.length += kept.length
  series.rowsChanged(rows[0])
  return rangesOf(rows)
}

const newSet = (): Set<number> => new Set()

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key)
  if (found !== undefined) return found
  const made = make()
  map.set(key, made)
  return made
}

const rowsOfTimes = (times: ReadonlyMap<Series, ReadonlySet<number>>): Spans =>
  new Map(
    [...times].map(([series, set]): [Series, readonly number[]] => {
      const sorted = Float64Array.from(set).sort()
      const rows = Array.from(sorted, (time) => series.rowAt(time))
      return [series, rangesOf(rows)]
    }),
  )
