/** Who gets past the gate: strategies whose skill is known because they are made. */
import { describe, expect, test } from 'vitest'
import { momentsOf } from '../../streams/statistics/moments.ts'
import { correlation } from '../../streams/statistics/ranks.ts'
import { autocorrelations } from '../../streams/statistics/sharpe.ts'
import { madeStrategies, skillRows } from '../support/skill.ts'

describe('the law that strategies are made by', () => {
  const made = madeStrategies(10, 1)
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const annual = (of: number) =>
    mean(
      made
        .filter(({ trueSharpe }) => trueSharpe === of)
        .map(({ net }) => (momentsOf(net).mean / momentsOf(net).sd) * Math.sqrt(252)),
    )

  test('220 of them, with the ratios that they are said to have', () => {
    expect(made).toHaveLength(220)
    // The error of a mean of 200 over 20 families is about .06; of ten in ten families about .10.
    expect(Math.abs(annual(0))).toBeLessThan(0.2)
    expect(Math.abs(annual(1) - 1)).toBeLessThan(0.3)
    expect(Math.abs(annual(1.5) - 1.5)).toBeLessThan(0.3)
  })

  test('fat tails, a little memory, and half in common within a family', () => {
    expect(mean(made.map(({ net }) => momentsOf(net).kurtosis))).toBeGreaterThan(4)
    expect(Math.abs(mean(made.map(({ net }) => autocorrelations(net, 1)[0])) - 0.05)).toBeLessThan(0.02)
    expect(mean(made.map(({ net }) => momentsOf(net).sd * Math.sqrt(252)))).toBeCloseTo(0.1, 2)
    expect(correlation(made[0].net, made[1].net)).toBeCloseTo(0.5, 1)
    expect(correlation(made[0].net, made[11].net)).toBeCloseTo(0, 1)
  })
})

test('what has no skill passes the gate less often than plain ratios; more skill passes more often, more trials less', () => {
  const [none, some, more] = skillRows(5, 1)
  expect([none.strategies, some.strategies, more.strategies]).toEqual([200, 10, 10])
  for (const gate of [none.gateOf11, none.gateOf220]) {
    expect(gate).toBeLessThan(none.sharpeAbove1)
    expect(gate).toBeLessThan(none.psrAlone)
  }
  // One in twenty of worthless strategies passes a PSR of .95 by its very meaning.
  expect(none.psrAlone).toBeGreaterThan(2)
  expect(more.gateOf11).toBeGreaterThan(0)
  expect(more.gateOf11).toBeGreaterThanOrEqual(some.gateOf11)
  expect(some.gateOf220 + more.gateOf220).toBeLessThan(some.gateOf11 + more.gateOf11)
})
