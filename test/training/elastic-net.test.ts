/** The elastic net beside scikit-learn and beside its own conditions, and a run that is trained by it. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RunFinished } from '../../schemas/events/experiment.ts'
import { startRun } from '../../serving/actions.ts'
import { replay } from '../../serving/replaying/replay.ts'
import { wireAll } from '../../serving/wire.ts'
import { normals, xoshiro128 } from '../../streams/statistics/random.ts'
import { centredOf, type Design } from '../../streams/training/centred.ts'
import { solveElasticNet } from '../../streams/training/elastic-net.ts'
import { begun, specOf } from '../support/admitted-trainer.ts'
import { act } from '../support/small-platform.ts'

const [ROWS, COLUMNS] = [12, 3]
const DESIGN: Design = {
  x: Float64Array.from({ length: ROWS * COLUMNS }, (_, i) => {
    const [r, c] = [Math.floor(i / COLUMNS), i % COLUMNS]
    return (((7 * r * r + 11 * c * r + 3 * c + 5) % 23) - 11) / 8
  }),
  y: Float64Array.from({ length: ROWS }, (_, r) => (((5 * r * r + 3) % 17) - 8) / 16),
  columns: COLUMNS,
}

// scikit-learn 1.7.2 on numpy 2.3.5: ElasticNet(alpha, l1_ratio, tol=1e-15, max_iter=1000000).fit(X, y), coef_ and intercept_.
const PUBLISHED: readonly [
  alpha: number,
  l1Ratio: number,
  coefficients: readonly number[],
  intercept: number,
][] = [
  [0.001, 0.5, [-0.0660050987982249, -0.13499280307518866, -0.1722189786953845], -0.0029811753233110437],
  [0.01, 0.9, [-0.06358703578729362, -0.10193535635030555, -0.158477522611088], 0.004584981920982872],
  [0.05, 0.5, [-0.058939140680050184, -0.03647696084492405, -0.1280126424340002], 0.01946094172738122],
  [0.1, 1, [0, 0, -0.033029843196762776], 0.027073849266565503],
  [1, 0.5, [0, 0, 0], 0.026041666666666668],
  [0.02, 0.05, [-0.06701680730252367, -0.12328262177435399, -0.1659608647321854], -0.00040279300542871155],
]

test.each(PUBLISHED)(
  'alpha %d, l1_ratio %d is as scikit-learn has it',
  (alpha, l1Ratio, coefficients, intercept) => {
    const fitted = solveElasticNet(centredOf(DESIGN), { alpha, l1Ratio })
    for (const [c, coefficient] of coefficients.entries())
      expect(fitted.coefficients[c]).toBeCloseTo(coefficient, 11)
    expect(fitted.intercept).toBeCloseTo(intercept, 11)
    // What is left out is left out, and not nearly.
    expect([...fitted.coefficients].map((one) => one === 0)).toEqual(coefficients.map((one) => one === 0))
  },
)

test('its conditions hold at the answer: no column moves the objective, whatever the table', () =>
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 8 }),
      fc.record({
        alpha: fc.double({ min: 1e-3, max: 10, noNaN: true }),
        l1Ratio: fc.double({ min: 0.01, max: 1, noNaN: true }),
      }),
      fc.integer({ min: 1, max: 1e6 }),
      (rows, columns, penalty, seed) => {
        const x = normals(xoshiro128(seed), rows * columns)
        const y = normals(xoshiro128(seed + 1), rows)
        // One column twice, one constant.
        for (let r = 0; r < rows; r++) {
          if (columns > 2) x[r * columns + 2] = x[r * columns]
          if (columns > 3) x[r * columns + 3] = 7
        }
        const { coefficients, intercept } = solveElasticNet(centredOf({ x, y, columns }), penalty)
        const { alpha, l1Ratio } = penalty
        const off = Float64Array.from(y, (value, r) => {
          let sum = intercept
          for (let c = 0; c < columns; c++) sum += coefficients[c] * x[r * columns + c]
          return value - sum
        })
        expect(off.reduce((sum, value) => sum + value, 0) / rows).toBeCloseTo(0, 9)
        for (let c = 0; c < columns; c++) {
          let pull = 0
          for (let r = 0; r < rows; r++) pull += (off[r] * x[r * columns + c]) / rows
          const b = coefficients[c]
          // The subgradient of the objective holds 0 (Friedman, Hastie & Tibshirani 2010, equation 2).
          if (b === 0) expect(Math.abs(pull)).toBeLessThanOrEqual(alpha * l1Ratio + 1e-7)
          else expect(pull - alpha * (1 - l1Ratio) * b).toBeCloseTo(alpha * l1Ratio * Math.sign(b), 6)
        }
      },
    ),
  ))

test.each([
  [0, 0.5],
  [-1, 0.5],
  [Number.NaN, 0.5],
  [1, 0],
  [1, 1.5],
])('alpha %d with l1_ratio %d is refused', (alpha, l1Ratio) => {
  expect(() => solveElasticNet(centredOf(DESIGN), { alpha, l1Ratio })).toThrow('elastic-net with alpha')
})

test('a hole in a feature is refused, and not answered by NaN', () => {
  const holed = { ...DESIGN, x: Float64Array.from(DESIGN.x, (value, i) => (i === 5 ? Number.NaN : value)) }
  expect(() => solveElasticNet(centredOf(holed), { alpha: 1, l1Ratio: 0.5 })).toThrow('no single solution')
})

test('a run is trained by it as one is by ridge, and replays to the byte', async () => {
  const platform = await begun()
  const params = [
    { name: 'alpha', value: 1e-4 },
    { name: 'l1_ratio', value: 0.2 },
  ]
  const spec = { ...specOf(platform, 'ridge'), run: 'small-net', trainer: 'elastic-net', params }
  await startRun(platform, spec, act('net'))
  await platform.lanes.answered((await platform.log.head()).position, ['research'])
  const run = platform.folds.experiments.state().runs['small-net']
  expect(run).toMatchObject({ status: 'finished', failure: null })
  const { position: to } = await platform.log.head()
  const found = await replay(platform.log, wireAll(platform.chunks), { from: 1, to })
  expect(found).toMatchObject({ first: null, differences: 0 })
  expect(found.equal).toMatchObject({ [RunFinished.type]: 1 })
})
