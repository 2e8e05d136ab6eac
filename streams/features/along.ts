/** Operators along one entity's history, counted in rows. */
import type { Series } from './series.ts'
import type { FillRows, Node, Range, Shape } from './shape.ts'
import { type Reach, reached } from './spans.ts'
import { isPresent } from './value.ts'
import { plan, widen } from './wants.ts'

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
    ...oneByOne({
      back: (node, _, from) => Math.max(0, from - node.back),
      fill(node, series, from, to, runFrom) {
        const out = series.values[node.slot]
        const full = Math.min(Math.max(runFrom + node.back, from), to)
        if (full > from) out.fill(Number.NaN, from, full)
        if (full === to) return
        const inputs = node.inputs.map((slot) => series.values[slot])
        operator.fill(inputs, out, { from: full, to }, node.numbers)
      },
    }),
  }
}

type OneByOne = Readonly<{
  /** The first row that one reads. */
  back: (node: Node, series: Series, from: number) => number
  /** Fills rows of one run, which begins at `runFrom`. */
  fill: FillRows
}>

/** What is needed and computed of each history by itself. */
export function oneByOne({ back, fill }: OneByOne): Pick<Shape, 'need' | 'compute' | 'alone'> {
  const fillRun: FillRows = (node, series, from, to, runFrom) => {
    fill(node, series, from, to, runFrom)
    canonicalize(series.values[node.slot], from, to)
  }
  const compute = (node: Node, series: Series, from: number, to: number): void => {
    series.room(node.slot)
    for (let row = from; row < to; ) {
      const run = series.runOf(row)
      const end = Math.min(to, run.to)
      fillRun(node, series, row, end, run.from)
      row = end
    }
  }
  return {
    need(node, work) {
      for (const series of work.panel.of(node.source)) {
        const range = work.missing(series, node.slot)
        if (range === null) continue
        work.plan(series, node.slot, range)
        if (node.inputs.length === 0) continue
        const wanted = { from: back(node, series, range.from), to: range.to }
        for (const input of node.inputs) work.want(series, input, wanted)
      }
    },
    compute(node, work) {
      for (const series of work.panel.of(node.source)) {
        const range = work.planned(series, node.slot)
        if (range === null) continue
        compute(node, series, range.from, range.to)
        series.hold(node.slot, range)
      }
    },
    alone: {
      fill: fillRun,
      need(node, series, wants) {
        if (!plan(node.slot, series, wants)) return
        const first = back(node, series, wants.planFrom[node.slot])
        const end = wants.to[node.slot]
        for (const input of node.inputs) widen(wants, input, first, end)
      },
      compute(node, series, { planFrom, planTo }) {
        const { slot } = node
        if (planFrom[slot] === planTo[slot]) return
        compute(node, series, planFrom[slot], planTo[slot])
        series.holdFrom(slot, planFrom[slot], planTo[slot])
      },
    },
  }
}

function canonicalize(out: Float64Array, from: number, to: number): void {
  for (let row = from; row < to; row++) out[row] = isPresent(out[row]) ? out[row] + 0 : Number.NaN
}

const ITSELF: readonly Reach[] = [[0, 0]]

type Cells = (
  a: Float64Array,
  b: Float64Array,
  c: Float64Array,
  out: Float64Array,
  from: number,
  to: number,
) => void

/** An operator on one cell at a time, of up to three inputs. */
export const cellwise = (cells: Cells): Shape => ({
  crosses: false,
  lookback: () => 0,
  span: () => 0,
  constant(values) {
    const out = new Float64Array(1)
    const [a, b = a, c = a] = values.map((value) => Float64Array.of(value))
    cells(a, b, c, out, 0, 1)
    return out[0]
  },
  spread: (changed) => changed,
  shifted: (inserted) => inserted,
  ...oneByOne({
    back: (_, __, from) => from,
    fill({ inputs, slot }, { values }, from, to) {
      const a = values[inputs[0]]
      const b = inputs.length > 1 ? values[inputs[1]] : a
      const c = inputs.length > 2 ? values[inputs[2]] : a
      cells(a, b, c, values[slot], from, to)
    },
  }),
})

/** A number, the same in every row. */
export const CONSTANT: Shape = alongEntity({
  holds: () => ITSELF,
  fill: (_, out, { from, to }, [value]) => out.fill(value, from, to),
})
