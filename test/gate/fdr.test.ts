/** False discovery rates. */
import { expect, test } from 'vitest'
import { adjustedPValues, beginWealth, eBenjaminiHochberg, judgeNext } from '../../commands/gate/fdr.ts'
import { near, nearRelative } from '../support/near.ts'

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

test('e-BH', () => {
  const eValues = Float64Array.of(12, 100, 30, 8, 5, 3, 1.5, 0.9, 0.2, 0.1)
  expect(eBenjaminiHochberg(eValues, 0.1)).toBe(1)
  expect(eBenjaminiHochberg(eValues.fill(10), 0.1)).toBe(10)
})

test('LORD++ along a stream (onlineFDR)', () => {
  const published = [0.0002675838545630043, 0.0024664457199817477, 0.000573281754204682, 0.003163119021675612]
  let wealth = beginWealth(0.05)
  const verdicts = [1e-7, 0.1, 0.00025, 0.07].map((p, i) => {
    const next = judgeNext(wealth, p)
    wealth = next.wealth
    nearRelative(next.level, published[i], 1e-12)
    return next.discovery
  })
  expect(verdicts).toEqual([true, false, true, false])
})
