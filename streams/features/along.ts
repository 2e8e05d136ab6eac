/** Operators along one entity's history, counted in rows. */
import type { Series } from './series.ts'
import type { Node, Range, Shape, Work } from './shape.ts'
import { type Reach, reached } from './spans.ts'
import { isPresent } from './value.ts'

/**
 * Fills the rows of a range, each from its window alone, so that its path cannot matter. Every row of the range has its whole window
 * before it. What is not finite becomes missing afterwards.
 */
export type Fill = (
  inputs: readonly Float64Array[],
  out: Float64Array,
  range: Range,
  numbers: readonly number[],
) => void

/**
 * An operator along an entity's history. `holds` says which later rows hold a row; with fewer rows before it than
 * that, in its history or since a gap in it, a value is missing.
 */
export function alongEntity(operator: {
  holds: (numbers: readonly number[]) => readonly Reach[]
  fill: Fill
  constant?: (values: readonly number[]) => number
}): Shape {
  const lookback = (numbers: readonly number[]): number =>
    operator.holds(numbers).reduce((most, [, last]) => Math.max(most, last), 0)
  return {
    crosses: false,
    lookback,
    span: () => 0,
    constant: operator.constant ?? null,
    spread: (changed, { numbers }) => reached(changed, operator.holds(numbers)),
    shifted: (inserted, node) => reached(inserted, [[0, lookback(node.numbers)]]),
    need: (node, work) => {
      const back = lookback(node.numbers)
      needRows(node, work, (_, from) => Math.max(0, from - back))
    },
    compute: (node, work) => {
      const back = lookback(node.numbers)
      computeRuns(node, work, (inputs, out, { range, run }) => {
        const full = Math.min(Math.max(run.from + back, range.from), range.to)
        out.fill(Number.NaN, range.from, full)
        if (full < range.to) operator.fill(inputs, out, { from: full, to: range.to }, node.numbers)
      })
    },
  }
}

/** Plans the wanted rows of each history, and wants what they read. `first` names the first row that one reads. */
export function needRows(node: Node, work: Work, first: (series: Series, from: number) => number): void {
  for (const series of work.panel.of(node.source)) {
    const range = work.missing(series, node.slot)
    if (range === null) continue
    work.plan(series, node.slot, range)
    if (node.inputs.length === 0) continue
    const wanted = { from: first(series, range.from), to: range.to }
    for (const input of node.inputs) work.want(series, input, wanted)
  }
}

type Part = Readonly<{ range: Range; run: Range; series: Series }>

/** Computes what was planned, for each history and each part of it without a gap. */
export function computeRuns(
  node: Node,
  work: Work,
  compute: (inputs: readonly Float64Array[], out: Float64Array, part: Part) => void,
): void {
  for (const series of work.panel.of(node.source)) {
    const range = work.planned(series, node.slot)
    if (range === null) continue
    const out = series.room(node.slot)
    const inputs = node.inputs.map((slot) => series.values[slot])
    for (let from = range.from; from < range.to; ) {
      const run = series.runOf(from)
      const to = Math.min(range.to, run.to)
      compute(inputs, out, { range: { from, to }, run, series })
      from = to
    }
    canonicalize(out, range)
    series.hold(node.slot, range)
  }
}

function canonicalize(out: Float64Array, { from, to }: Range): void {
  for (let row = from; row < to; row++) out[row] = isPresent(out[row]) ? out[row] + 0 : Number.NaN
}

const ITSELF: readonly Reach[] = [[0, 0]]

type Cells = (a: Float64Array, b: Float64Array, c: Float64Array, out: Float64Array, range: Range) => void

/** An operator on one cell at a time, of up to three inputs. */
export const cellwise = (fill: Cells): Shape => {
  const of = ([a, b = a, c = a]: readonly Float64Array[], out: Float64Array, range: Range) =>
    fill(a, b, c, out, range)
  return alongEntity({
    holds: () => ITSELF,
    fill: of,
    constant: (values) => {
      const out = new Float64Array(1)
      const inputs = values.map((value) => Float64Array.of(value))
      of(inputs, out, { from: 0, to: 1 })
      return out[0]
    },
  })
}

/** A number, the same in every row. */
export const CONSTANT: Shape = alongEntity({
  holds: () => ITSELF,
  fill: (_, out, { from, to }, [value]) => out.fill(value, from, to),
})
