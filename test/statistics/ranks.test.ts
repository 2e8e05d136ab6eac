/** Quantiles, ranks and rank correlation. */
import { expect, test } from 'vitest'
import { medianOf, quantileOf } from '../../streams/statistics/quantile.ts'
import { averageRanks, correlation, spearman } from '../../streams/statistics/ranks.ts'
import { nearRelative } from '../support/near.ts'

const of = Float64Array.of.bind(Float64Array)

test('equal values share the average of their ranks', () => {
  expect([...averageRanks(of(3, 1, 2, 2))]).toEqual([4, 1, 2.5, 2.5])
})

test('rank correlation with ties (scipy.stats.spearmanr)', () => {
  const rho = spearman(of(1, 2, 3, 4, 5, 6, 7, 8), of(0.01, -0.02, 0.03, 0.02, 0.05, 0.04, 0.01, 0.06))
  nearRelative(rho, 0.6227656561948945, 1e-14)
  expect(correlation(of(1, 2, 3), of(5, 5, 5))).toBeNaN()
})

test('quantiles as numpy interpolates them', () => {
  expect(quantileOf(of(4, 1, 3, 2), 0.25)).toBe(1.75)
  expect(medianOf(of(4, 1, 3, 2))).toBe(2.5)
  expect(quantileOf(of(1, 2), 1)).toBe(2)
  expect(quantileOf(of(), 0.5)).toBeNaN()
})
