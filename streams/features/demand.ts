/** Computes wanted values, and nothing else: what they need is found backwards through the program, then computed. */
import { AloneProgram } from './alone.ts'
import { StagedProgram, type Wanted } from './in-stages.ts'
import type { Panel } from './panel.ts'
import type { Program } from './program.ts'
import type { Series } from './series.ts'
import type { Range, Work } from './shape.ts'
import { partsOf, type Spans } from './spans.ts'

/** Ranges per slot and series. Two ranges of a slot become one that covers both: more work, never another value.
 * So rows that are far apart are no part of one round. */
class RangeTable {
  readonly #from: Int32Array
  readonly #to: Int32Array
  readonly #width: number

  constructor(slots: number, width: number) {
    this.#from = new Int32Array(slots * width)
    this.#to = new Int32Array(slots * width)
    this.#width = width
  }

  add(series: Series, slot: number, { from, to }: Range): void {
    const at = slot * this.#width + series.index
    const empty = this.#from[at] === this.#to[at]
    this.#from[at] = empty ? from : Math.min(from, this.#from[at])
    this.#to[at] = empty ? to : Math.max(to, this.#to[at])
  }

  get(series: Series, slot: number): Range | null {
    const at = slot * this.#width + series.index
    return this.#from[at] < this.#to[at] ? { from: this.#from[at], to: this.#to[at] } : null
  }
}

/** One round of work. `held` says whether values that were computed earlier count. */
class Demand implements Work {
  readonly panel: Panel
  readonly #wanted: RangeTable
  readonly #planned: RangeTable
  readonly #held: boolean

  constructor(panel: Panel, slots: number, held: boolean) {
    this.panel = panel
    this.#wanted = new RangeTable(slots, panel.series.length)
    this.#planned = new RangeTable(slots, panel.series.length)
    this.#held = held
  }

  want(series: Series, slot: number, range: Range): void {
    this.#wanted.add(series, slot, range)
  }

  missing(series: Series, slot: number): Range | null {
    const wanted = this.#wanted.get(series, slot)
    if (wanted === null || !this.#held) return wanted
    const from = series.heldFrom[slot]
    const to = series.heldTo[slot]
    if (from === to || wanted.from < from || wanted.from > to) return wanted
    return wanted.to > to ? { from: to, to: wanted.to } : null
  }

  plan(series: Series, slot: number, range: Range): void {
    this.#planned.add(series, slot, range)
  }

  planned(series: Series, slot: number): Range | null {
    return this.#planned.get(series, slot)
  }

  wanted(series: Series, slot: number): Range | null {
    return this.#wanted.get(series, slot)
  }
}

function demandFor(
  wanted: Iterable<Wanted>,
  options: { panel: Panel; program: Program; held: boolean },
): Demand {
  const { panel, program, held } = options
  const demand = new Demand(panel, program.slots, held)
  for (const { series, slot, range } of wanted) demand.want(series, slot, range)
  for (const node of program.nodes.toReversed()) node.shape.need(node, demand)
  return demand
}

function* outputsAt(rows: Spans, { outputs }: Program): Generator<Wanted> {
  for (const [series, ranges] of rows) {
    const range = { from: ranges[0], to: ranges[ranges.length - 1] }
    for (const slot of outputs) yield { series, slot, range }
  }
}

/** The faster ways to compute a program, where it allows one. */
export type Ways = Readonly<{
  /** Where no entity depends on another: what computes one after the other. */
  alone: AloneProgram | null
  /** Where they do: what computes the newest rows of all. */
  staged: StagedProgram | null
}>

export const waysOf = (program: Program): Ways => ({
  alone: AloneProgram.fits(program) ? new AloneProgram(program) : null,
  staged: StagedProgram.fits(program) ? new StagedProgram(program) : null,
})

type Compute = Readonly<{
  panel: Panel
  program: Program
  ways: Ways
  each: (rows: Iterable<readonly [Series, readonly number[]]>) => void
}>

/** Computes the program's outputs at these rows; `each` reads some of them at a time, all in the end. */
export function computeRows(rows: Spans, { panel, program, ways: { alone, staged }, each }: Compute): void {
  for (const part of partsOf(rows, 2 * program.lookbackRows + ROWS_TOGETHER)) {
    if (alone !== null) {
      for (const [series, ranges] of part) {
        const range = { from: ranges[0], to: ranges[ranges.length - 1] }
        alone.compute(series, range, () => each([[series, ranges]]))
      }
      continue
    }
    const compute = (wanted: Iterable<Wanted>): void => {
      staged?.takeBack(panel)
      const demand = demandFor(wanted, { panel, program, held: true })
      for (const node of program.nodes) node.shape.compute(node, demand)
    }
    if (staged?.reaches(part, panel)) {
      const lacking = staged.lacking(part)
      if (lacking.length > 0) compute(lacking)
      staged.compute(part, panel, (series, ranges) => each([[series, ranges]]))
      continue
    }
    compute(outputsAt(part, program))
    each(part)
  }
}

/** Rows that are no further apart than this are computed together even where windows are short. */
const ROWS_TOGETHER = 16

/** For each series, a range with every row that the values at these rows can depend on. */
export function dependencies(rows: Spans, panel: Panel, program: Program): ReadonlyMap<Series, Range> {
  const demand = demandFor(outputsAt(rows, program), { panel, program, held: false })
  const out = new Map<Series, Range>()
  for (const series of panel.series) {
    for (let slot = 0; slot < program.slots; slot++) {
      const range = demand.wanted(series, slot)
      const before = out.get(series)
      if (range === null) continue
      out.set(series, {
        from: Math.min(range.from, before?.from ?? range.from),
        to: Math.max(range.to, before?.to ?? range.to),
      })
    }
  }
  return out
}
