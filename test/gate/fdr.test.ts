/** False discovery rates. */
import { expect, test } from 'vitest'
import { adjustedPValues } from '../../streams/statistics/fdr.ts'
import { near } from '../support/near.ts'

const P = Float64Array.of(0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205, 0.212, 0.216)

test('Benjamini & Hochberg, and Yekutieli (R p.adjust)', () => {
  const published = [0.01, 0.04, 0.084, 0.084, 0.084, 0.1, 0.105714, 0.216, 0.216, 0.216]
  for (const [i, q] of adjustedPValues(P).entries()) near(q, published[i], 1e-6)
  const dependent = adjustedPValues(P, { dependent: true })
  near(dependent[0], 0.02929, 1e-5)
  near(dependent[1], 0.117159, 1e-6)
  near(dependent[2], 0.246033, 1e-6)
  expect(adjustedPValues(Float64Array.of(0.9, 0.8))).toEqual(Float64Array.of(0.9, 0.9))
})
