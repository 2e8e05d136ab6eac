/** Operators along one entity's history, counted in rows. */
import type { Shape } from './shape.ts'
import { type Reach, reached } from './spans.ts'
import { canonical } from './value.ts'

type Cell = (inputs: readonly Float64Array[], row: number, numbers: readonly number[]) => number

/**
 * An operator along an entity's history. `holds` says which later rows hold a row; with fewer rows before it than
 * that, in its history or since a gap in it, a value is missing. `cell` computes one value from its window alone, so that its path cannot matter; what
 * it gives is made canonical.
 */
export function alongEntity(operator: {
  holds: (numbers: readonly number[]) => readonly Reach[]
  cell: Cell
}): Shape {
  const lookback = (numbers: readonly number[]): number =>
    operator.holds(numbers).reduce((most, [, last]) => Math.max(most, last), 0)
  return {
    crosses: false,
    lookback,
    spread: (changed, { numbers }) => reached(changed, operator.holds(numbers)),
    shifted: (inserted, node) => reached(inserted, [[0, lookback(node.numbers)]]),
    need: (node, work) => {
      const back = lookback(node.numbers)
      for (const series of work.panel.series) {
        const range = work.missing(series, node.slot)
        if (range === null) continue
        work.plan(series, node.slot, range)
        const wanted = { from: Math.max(0, range.from - back), to: range.to }
        for (const input of node.inputs) work.want(series, input, wanted)
      }
    },
    compute: (node, work) => {
      const back = lookback(node.numbers)
      for (const series of work.panel.series) {
        const range = work.planned(series, node.slot)
        if (range === null) continue
        const out = series.room(node.slot)
        const inputs = node.inputs.map((slot) => series.values[slot])
        for (let from = range.from; from < range.to; ) {
          const run = series.runOf(from)
          const to = Math.min(range.to, run.to)
          const full = Math.min(Math.max(run.from + back, from), to)
          out.fill(Number.NaN, from, full)
          for (let row = full; row < to; row++) {
            const value = operator.cell(inputs, row, node.numbers)
            out[row] = canonical(value)
          }
          from = to
        }
        series.hold(node.slot, range)
      }
    },
  }
}

const ITSELF: readonly Reach[] = [[0, 0]]

/** An operator on one cell at a time, of up to three inputs. */
export const cellwise = (cell: (a: number, b: number, c: number) => number): Shape =>
  alongEntity({
    holds: () => ITSELF,
    cell: ([a, b, c], row) => cell(a[row], b === undefined ? 0 : b[row], c === undefined ? 0 : c[row]),
  })

/** A number, the same in every row. */
export const CONSTANT: Shape = alongEntity({ holds: () => ITSELF, cell: (_, __, [value]) => value })
