/**
 * Computes the newest rows of a program in which entities depend on each other, stage by stage: what a cross-section needs, one history
 * after the other; then the cross-section; and at the very end all else, again one history after the other.
 */
import { assert } from '../../schemas/kernel/assert.ts'
import { Lent } from './lent.ts'
import type { Panel } from './panel.ts'
import type { Program } from './program.ts'
import type { Series } from './series.ts'
import type { Alone, Node, Range, Work } from './shape.ts'
import type { Spans } from './spans.ts'
import { isHeldUpTo, rowsBefore, type WindowRead, windowReads } from './window-reads.ts'

type Stage = Readonly<{
  steps: readonly Readonly<{ node: Node; alone: Alone }>[]
  /** The slots of its steps that each history has for itself. */
  own: readonly number[]
  /** What comes after its steps. */
  crosses: readonly Node[]
}>

/** Values of a history that are wanted. */
export type Wanted = Readonly<{ series: Series; slot: number; range: Range }>

export class StagedProgram {
  readonly #stages: readonly Stage[]
  readonly #lent: Lent
  readonly #reads: readonly WindowRead[]
  #isLent = false

  constructor(program: Program) {
    const { nodes } = program
    const [stageOf, last] = stagesOf(program)
    this.#reads = windowReads(nodes)
    const own = ownSlots(program, { stageOf, last, reads: this.#reads })
    this.#lent = new Lent(nodes.flatMap(({ slot }) => (own.has(slot) ? [] : [slot])))
    this.#stages = Array.from({ length: last + 1 }, (_, stage) => {
      const within = nodes.filter(({ slot }) => stageOf.get(slot) === stage)
      const steps = within.flatMap((node) => {
        const { alone } = node.shape
        return alone === null ? [] : [{ node, alone }]
      })
      const slots = steps.map(({ node }) => node.slot).filter((slot) => own.has(slot))
      return { steps, own: slots, crosses: within.filter(({ shape }) => shape.crosses) }
    })
  }

  /** Whether a program can be computed so. */
  static fits({ crosses, nodes, sources }: Program): boolean {
    return crosses && sources === 1 && nodes.every(({ shape }) => shape.crosses || shape.alone !== null)
  }

  /** Whether these are the newest rows of their histories, and all that there are of their event times. */
  reaches(rows: Spans, panel: Panel): boolean {
    let first = Number.POSITIVE_INFINITY
    for (const [{ time, length }, ranges] of rows) {
      if (ranges.length !== 2 || ranges[1] !== length) return false
      first = Math.min(first, time[ranges[0]])
    }
    for (const series of panel.of(0)) {
      const before = rows.get(series)?.[0] ?? series.length
      if (before > 0 && series.time[before - 1] >= first) return false
    }
    return true
  }

  /** The values of earlier rows that windows read and that are not held: they must be before the rows are computed. */
  lacking(rows: Spans): readonly Wanted[] {
    const lacking: Wanted[] = []
    for (const [series, [from]] of rows) {
      if (isHeldUpTo(series, from, this.#reads)) continue
      for (const read of this.#reads)
        lacking.push({ series, slot: read.slot, range: rowsBefore(series, from, read) })
    }
    return lacking.filter(({ range }) => range.from < range.to)
  }

  /** Has the outputs of each history stand there while `read` looks at them. */
  compute(rows: Spans, panel: Panel, read: (series: Series, ranges: readonly number[]) => void): void {
    this.#isLent = true
    let room = 0
    for (const { length } of rows.keys()) room = Math.max(room, length)
    this.#lent.reserve(room, panel.of(0))
    for (const series of rows.keys()) this.#lent.to(series)
    const work = newestOf(rows, panel)
    const last = this.#stages.length - 1
    for (const [at, stage] of this.#stages.entries()) {
      for (const [series, ranges] of rows) {
        fillStage(stage, series, ranges[0], ranges[1])
        if (at === last) read(series, ranges)
      }
      for (const node of stage.crosses) node.shape.compute(node, work)
    }
  }

  /** Has each history hold for itself what others are to look for in it. */
  takeBack(panel: Panel): void {
    if (this.#isLent) for (const series of panel.of(0)) this.#lent.takeBack(series)
    this.#isLent = false
  }
}

function fillStage({ own, steps }: Stage, series: Series, from: number, to: number): void {
  for (let i = 0; i < own.length; i++) series.room(own[i])
  for (let row = from; row < to; ) {
    const run = series.runOf(row)
    const end = Math.min(to, run.to)
    for (let i = 0; i < steps.length; i++) steps[i].alone.fill(steps[i].node, series, row, end, run.from)
    row = end
  }
  for (let i = 0; i < own.length; i++) series.holdFrom(own[i], from, to)
}

/** All of these rows are to be computed of each node. */
function newestOf(rows: Spans, panel: Panel): Work {
  const ranges = new Map<Series, Range>()
  for (const [series, [from, to]] of rows) ranges.set(series, { from, to })
  const planned = (series: Series): Range | null => ranges.get(series) ?? null
  return { panel, planned, missing: planned, want: unasked, plan: unasked }
}

function unasked(): never {
  assert(false, 'all is wanted, and nothing is planned on the way')
}

/**
 * The stage of each node, by slot: as late as what reads it allows. A cross-section ends the stage in which its inputs can be had. And the
 * last stage, with all that no cross-section reads.
 */
function stagesOf({ nodes, outputs }: Program): readonly [ReadonlyMap<number, number>, last: number] {
  const depth = new Map<number, number>()
  for (const { slot, inputs, shape } of nodes) {
    const within = inputs.reduce((most, input) => Math.max(most, depth.get(input) ?? 0), 0)
    depth.set(slot, within + (shape.crosses ? 1 : 0))
  }
  const last = outputs.reduce((most, slot) => Math.max(most, depth.get(slot) ?? 0), 0)
  const stages = new Map<number, number>()
  for (const { slot, inputs, shape } of nodes.toReversed()) {
    const stage = shape.crosses ? (depth.get(slot) ?? 1) - 1 : (stages.get(slot) ?? last)
    stages.set(slot, stage)
    for (const input of inputs) stages.set(input, Math.min(stage, stages.get(input) ?? last))
  }
  return [stages, last]
}

/** The slots of which a history keeps rows of its own: what windows read, and what is read in another stage than it is computed in. */
function ownSlots(
  { nodes, outputs }: Program,
  of: Readonly<{ stageOf: ReadonlyMap<number, number>; last: number; reads: readonly WindowRead[] }>,
): ReadonlySet<number> {
  const { stageOf, last, reads } = of
  const own = new Set(reads.map(({ slot }) => slot))
  for (const { slot, inputs, shape } of nodes) {
    if (shape.crosses) own.add(slot)
    for (const input of inputs) if (shape.crosses || stageOf.get(input) !== stageOf.get(slot)) own.add(input)
  }
  for (const slot of outputs) if (stageOf.get(slot) !== last) own.add(slot)
  return own
}
