/**
 * Moments over a window. Deviations are taken from a mean that is itself taken from the window's first value, so that a window without
 * variation has a variance of exactly zero.
 */
import type { Fill } from '../../along.ts'
import type { Operator, UnitRule } from '../expression.ts'
import { scalar } from '../parameter.ts'
import { rolling } from './rolling.ts'
import { centreOf, fillCentres, fillSquares, fillSums, squares, sum } from './sums.ts'
import { PLAIN, TIMES } from './unit-rules.ts'

/** `of(squares, rows)` of each window's squared deviations. */
const fillDeviations =
  (of: (squared: number, rows: number) => number): Fill =>
  ([x], out, range, [rows]) => {
    fillCentres(x, out, range, rows)
    fillSquares(x, out, range, rows)
    for (let row = range.from; row < range.to; row++) out[row] = of(out[row], rows)
  }

const deviations = (x: Float64Array, from: number, to: number): number =>
  squares(x, from, to, centreOf(x, from, to))

const std = (squared: number, rows: number): number => Math.sqrt(squared / (rows - 1))
const variance = (squared: number, rows: number): number => squared / (rows - 1)

/** The sums of squares and of products of two windows' deviations. */
function products(
  x: Float64Array,
  y: Float64Array,
  from: number,
  to: number,
): readonly [xx: number, yy: number, xy: number] {
  const xCentre = centreOf(x, from, to)
  const yCentre = centreOf(y, from, to)
  let xx = 0
  let yy = 0
  let xy = 0
  for (let i = from; i < to; i++) {
    const dx = x[i] - xCentre
    const dy = y[i] - yCentre
    xx += dx * dx
    yy += dy * dy
    xy += dx * dy
  }
  return [xx, yy, xy]
}

/** The sums of deviations' second to fourth powers. */
function powers(x: Float64Array, from: number, to: number): readonly [number, number, number] {
  const centre = centreOf(x, from, to)
  let [two, three, four] = [0, 0, 0]
  for (let i = from; i < to; i++) {
    const deviation = x[i] - centre
    const squared = deviation * deviation
    two += squared
    three += squared * deviation
    four += squared * squared
  }
  return [two, three, four]
}

const CONSTANT = 'missing where a row of the window is missing, or all are equal'
const SQUARED: UnitRule = (units, [x]) => units.times(x, x)

const FACTOR = scalar('factor', {
  wants: 'a number above 0, up to 1',
  isIn: (value) => value > 0 && value <= 1,
})

export const MOMENTS: readonly Operator[] = [
  ...rolling('ts_sum', {
    formula: 'the sum of x, from the oldest row to the newest',
    window: (x, from, to) => sum(x, from, to),
    fill: fillSums((total) => total),
  }),
  ...rolling('ts_mean', {
    formula: 'ts_sum(x) / n',
    window: (x, from, to) => sum(x, from, to) / (to - from),
    fill: fillSums((total, rows) => total / rows),
  }),
  ...rolling('ts_std', {
    formula: 'the square root of ts_var',
    missing: 'missing where a row of the window is missing, or there is one alone; 0 where all are equal',
    window: (x, from, to) => std(deviations(x, from, to), to - from),
    fill: fillDeviations(std),
  }),
  ...rolling('ts_var', {
    formula: 'the sum of (x - mean) ^ 2, divided by n - 1',
    missing: 'missing where a row of the window is missing, or there is one alone; 0 where all are equal',
    unit: SQUARED,
    window: (x, from, to) => variance(deviations(x, from, to), to - from),
    fill: fillDeviations(variance),
  }),
  ...rolling('ts_zscore', {
    formula: '(x - ts_mean(x)) / ts_std(x)',
    missing: CONSTANT,
    unit: PLAIN,
    window: (x, from, to) => {
      const centre = centreOf(x, from, to)
      return (x[to - 1] - centre) / std(squares(x, from, to, centre), to - from)
    },
  }),
  ...rolling('ts_skew', {
    formula: 'sqrt(n (n - 1)) / (n - 2) * m3 / m2 ^ 1.5, mk being the mean of (x - mean) ^ k, as in pandas',
    missing: CONSTANT,
    unit: PLAIN,
    window: (x, from, to) => {
      const n = to - from
      const [two, three] = powers(x, from, to)
      return (Math.sqrt(n * (n - 1)) / (n - 2)) * (three / n / (two / n) ** 1.5)
    },
  }),
  ...rolling('ts_kurt', {
    formula:
      '(n - 1) / ((n - 2) (n - 3)) * ((n + 1) m4 / m2 ^ 2 - 3 (n - 1)): 0 for a normal law, as in pandas',
    missing: CONSTANT,
    unit: PLAIN,
    window: (x, from, to) => {
      const n = to - from
      const [two, , four] = powers(x, from, to)
      return ((n - 1) / ((n - 2) * (n - 3))) * (((n + 1) * (four / n)) / (two / n) ** 2 - 3 * (n - 1))
    },
  }),
  ...rolling('product', {
    formula: 'the product of x, from the oldest row to the newest',
    unit: (units, [x]) => (x === units.plain || x === 'any' ? units.plain : null),
    window: (x, from, to) => {
      let result = 1
      for (let i = from; i < to; i++) result *= x[i]
      return result
    },
  }),
  ...rolling('decay_linear', {
    formula: 'the mean of x with weights 1 for the oldest row to n for the newest',
    window: (x, from, to) => {
      let total = 0
      for (let i = from; i < to; i++) total += x[i] * (i - from + 1)
      const rows = to - from
      return total / ((rows * (rows + 1)) / 2)
    },
  }),
  ...rolling('decay_exp', {
    more: [FACTOR],
    formula: 'the mean of x with weights 1 for the newest row, factor for the one before, factor ^ 2, ...',
    window: (x, from, to, _, [, factor]) => {
      let [total, weights] = [0, 0]
      for (let i = from; i < to; i++) {
        total = total * factor + x[i]
        weights = weights * factor + 1
      }
      return total / weights
    },
  }),
  ...rolling('correlation', {
    inputs: 2,
    formula:
      'the sum of dx dy over sqrt(sum of dx ^ 2) sqrt(sum of dy ^ 2), dx and dy being deviations from the means (Pearson)',
    missing: 'missing where a row of the window is missing, or all of x or all of y are equal',
    unit: PLAIN,
    window: (x, from, to, y) => {
      const [xx, yy, xy] = products(x, y, from, to)
      return xy / (Math.sqrt(xx) * Math.sqrt(yy))
    },
  }),
  ...rolling('covariance', {
    inputs: 2,
    formula: 'the sum of dx dy, divided by n - 1',
    missing: 'missing where a row of the window is missing, or there is one alone',
    unit: TIMES,
    window: (x, from, to, y) => products(x, y, from, to)[2] / (to - from - 1),
  }),
]
