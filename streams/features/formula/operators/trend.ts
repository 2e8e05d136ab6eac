/** The straight line through a window by least squares: values against their places, 0 for the oldest row. */
import type { Operator } from '../expression.ts'
import { rolling } from './rolling.ts'
import { centreOf, squares } from './sums.ts'
import { PLAIN } from './unit-rules.ts'

/** The sum of deviations from the centre, weighted by places about their middle. */
function moment(x: Float64Array, from: number, to: number, centre: number): number {
  const middle = (to - from - 1) / 2
  let total = 0
  for (let i = from; i < to; i++) total += (i - from - middle) * (x[i] - centre)
  return total
}

/** The sum of squared places about their middle: n (n^2 - 1) / 12. */
const placeSquares = (rows: number): number => (rows * (rows * rows - 1)) / 12

const ONE = 'missing where a row of the window is missing, or there is one alone'

export const TREND: readonly Operator[] = [
  ...rolling('ts_slope', {
    formula: "the line's rise from one row to the next",
    missing: ONE,
    window: (x, from, to) => moment(x, from, to, centreOf(x, from, to)) / placeSquares(to - from),
  }),
  ...rolling('ts_rsquare', {
    formula: "the share of x's variance that the line explains",
    missing: 'missing where a row of the window is missing, or all are equal',
    unit: PLAIN,
    window: (x, from, to) => {
      const centre = centreOf(x, from, to)
      const along = moment(x, from, to, centre)
      return (along * along) / (placeSquares(to - from) * squares(x, from, to, centre))
    },
  }),
  ...rolling('ts_resi', {
    formula: 'x minus the line, at its own row',
    missing: ONE,
    window: (x, from, to) => {
      const centre = centreOf(x, from, to)
      const slope = moment(x, from, to, centre) / placeSquares(to - from)
      return x[to - 1] - (centre + (slope * (to - from - 1)) / 2)
    },
  }),
]
