/** Ridge regression beside scikit-learn, and the ONNX file beside the model. */
import { expect, test } from 'vitest'
import { sha256 } from '../../schemas/kernel/canonical.ts'
import { onnxOf } from '../../streams/inference/linear-file.ts'
import { loadPredictor } from '../../streams/inference/onnx.ts'
import { normals, xoshiro128 } from '../../streams/statistics/random.ts'
import { fitRidge, predictLinear } from '../../streams/training/ridge.ts'
import { nearRelative } from '../support/near.ts'

const [ROWS, COLUMNS] = [12, 3]
const DESIGN = {
  x: Float64Array.from({ length: ROWS * COLUMNS }, (_, i) => {
    const [r, c] = [Math.floor(i / COLUMNS), i % COLUMNS]
    return (((7 * r * r + 11 * c * r + 3 * c + 5) % 23) - 11) / 8
  }),
  y: Float64Array.from({ length: ROWS }, (_, r) => (((5 * r * r + 3) % 17) - 8) / 16),
  columns: COLUMNS,
}

// scikit-learn 1.9.1 on numpy 2.4.6: Ridge(alpha, solver='svd').fit(X, y), coef_ and intercept_.
const PUBLISHED: readonly [alpha: number, coefficients: readonly number[], intercept: number][] = [
  [0.001, [-0.06611705915184321, -0.13717017251198602, -0.17314936632958655], -0.0034772608983588346],
  [1, [-0.06930342156178397, -0.10130163089349244, -0.1513556036794189], 0.004335614956276861],
  [100, [-0.011080639867648054, -0.004462616399234936, -0.01327811644670653], 0.025041169297445542],
  [1e6, [-1.2558427880669117e-6, -4.720023821887387e-7, -1.4550640767838066e-6], 0.026041559808427876],
]

test.each(PUBLISHED)('alpha %d is as scikit-learn has it', (alpha, coefficients, intercept) => {
  const fitted = fitRidge(DESIGN, alpha)
  for (const [c, coefficient] of coefficients.entries())
    nearRelative(fitted.coefficients[c], coefficient, 1e-13)
  nearRelative(fitted.intercept, intercept, 1e-12)
})

test('a design without a single solution is refused, not solved', () => {
  const twice = { x: Float64Array.of(1, 1, 2, 2, 4, 4), y: Float64Array.of(1, 2, 3), columns: 2 }
  expect(() => fitRidge(twice, 0)).toThrow('has no single solution')
  for (const alpha of [-1, Number.NaN, Number.POSITIVE_INFINITY])
    expect(() => fitRidge(twice, alpha)).toThrow('has no single solution')
  // The penalised sum overflows, though neither the sums nor the penalty do.
  const large = { x: Float64Array.of(9e153, -9e153), y: Float64Array.of(1, -1), columns: 1 }
  expect(() => fitRidge(large, 1.7e308)).toThrow('has no single solution')
  expect(fitRidge(twice, 1e-6).coefficients[0]).toBeCloseTo(fitRidge(twice, 1e-6).coefficients[1], 6)
})

const MODEL = { coefficients: Float64Array.of(0.1, -2.5e-3, 1 / 3), intercept: 0.7 }

test('the same model and names make the same ONNX bytes, and other ones others', () => {
  const names = ['mom_5', 'vol_10', 'x']
  // Released bytes: an artifact is its hash, so these never change.
  expect(sha256(onnxOf(MODEL, names))).toBe(
    '69b65a6b1ab79f3e8bbb65418a5aeb78e2ac989bf418c8376c5559d7c63f04c4',
  )
  expect(sha256(onnxOf(MODEL, ['mom_5', 'vol_10', 'y']))).not.toBe(sha256(onnxOf(MODEL, names)))
  const other = { ...MODEL, intercept: 0.7 + 2 ** -53 }
  expect(sha256(onnxOf(other, names))).not.toBe(sha256(onnxOf(MODEL, names)))
})

test('the ONNX file scores as the model does, and the same bytes each time', async () => {
  const predictor = await loadPredictor(onnxOf(MODEL, ['a', 'b', 'c']))
  const rows = 200
  const x = normals(xoshiro128(5), rows * 3)
  const scores = await predictor.predict(x, 3)
  expect(scores).toHaveLength(rows)
  for (let r = 0; r < rows; r++) {
    const row = x.subarray(r * 3, r * 3 + 3)
    const terms = Math.abs(0.1 * row[0]) + Math.abs(0.0025 * row[1]) + Math.abs(row[2] / 3) + 0.7
    expect(Math.abs(scores[r] - predictLinear(MODEL, row))).toBeLessThanOrEqual(1e-15 * terms)
  }
  const again = await (await loadPredictor(onnxOf(MODEL, ['a', 'b', 'c']))).predict(x, 3)
  expect(again).toEqual(scores)
})

test('what is no ONNX file is refused by name', async () => {
  const broken = loadPredictor(Buffer.from('no model'))
  await expect(broken).rejects.toMatchObject({ fault: { code: 'model.unreadable' } })
})
