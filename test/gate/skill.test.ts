/** Who gets past the gate: strategies whose skill is known because they are made, and the attack by many trials. */
import { describe, expect, test } from 'vitest'
import { momentsOf } from '../../streams/statistics/moments.ts'
import { xoshiro128 } from '../../streams/statistics/random.ts'
import { correlation } from '../../streams/statistics/ranks.ts'
import { autocorrelations } from '../../streams/statistics/sharpe.ts'
import { madeFamily, SKILLED, WORTHLESS } from '../support/skill.ts'
import { BY_FAMILY, BY_OVERLAP, passes, shopping } from '../support/skill-gate.ts'

const named = (name: string) => {
  const found = [...WORTHLESS, ...SKILLED].find((one) => one.name === name)
  if (found === undefined) throw new Error(name)
  return found
}

describe('the law that strategies are made by', () => {
  const uniform = xoshiro128(1)
  const scenario = named('Sharpe 1.5: a cluster of 6 in 5, ρ .9')
  const made = Array.from({ length: 10 }).flatMap(() => madeFamily(scenario, 10, uniform))
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const annual = (of: number) =>
    mean(
      made
        .filter(({ trueSharpe }) => trueSharpe === of)
        .map(({ net }) => (momentsOf(net).mean / momentsOf(net).sd) * Math.sqrt(252)),
    )

  test('the ratios that they are said to have', () => {
    expect(made).toHaveLength(300)
    // The error of a mean over ten clusters that are nearly one trial each is about .1, over forty about .05.
    expect(Math.abs(annual(0))).toBeLessThan(0.15)
    expect(Math.abs(annual(1.5) - 1.5)).toBeLessThan(0.3)
  })

  test('fat tails, a little memory, and .9 in common within a cluster', () => {
    expect(mean(made.map(({ net }) => momentsOf(net).kurtosis))).toBeGreaterThan(4)
    expect(Math.abs(mean(made.map(({ net }) => autocorrelations(net, 1)[0])) - 0.05)).toBeLessThan(0.02)
    expect(mean(made.map(({ net }) => momentsOf(net).sd * Math.sqrt(252)))).toBeCloseTo(0.1, 2)
    expect(correlation(made[0].net, made[1].net)).toBeCloseTo(0.9, 1)
    expect(correlation(made[0].net, made[6].net)).toBeCloseTo(0, 1)
  })
})

/** So few families keep the tests cheap; `npm run skill` draws many more. */
const few = { years: 5, seed: 3, count: 8 }
const SLOW = { timeout: 120_000 }

test(
  'of the best of worthless families the default gate lets pass what it states: one in twenty',
  SLOW,
  () => {
    const found = passes(named('5 clusters of 6, ρ .9'), few)
    expect(found['default gate']).toBeLessThanOrEqual(2)
    expect(found.PSR).toBeGreaterThan(found['default gate'])
  },
)

test(
  'a worthless one beside skill: the test of the whole family passes it, the step-down test does not',
  SLOW,
  () => {
    const found = passes(named('beside a cluster of Sharpe 2'), few)
    expect(found.SPA).toBeGreaterThan(5)
    expect(found['step-down']).toBeLessThanOrEqual(2)
    expect(found['default gate']).toBeLessThanOrEqual(2)
  },
)

test(
  'with skill in a cluster the default gate passes nearly all, and what it was before nearly none',
  SLOW,
  () => {
    const found = passes(named('Sharpe 2: a cluster of 6 in 5, ρ .9'), few)
    expect(found['default gate']).toBeGreaterThanOrEqual(6)
    expect(found['strict policy']).toBeLessThanOrEqual(2)
  },
)

test(
  'the best of 200 worthless in a new family of two passes among the two, not among all that were run',
  SLOW,
  () => {
    const attacks = { years: 5, seed: 101, count: 2 }
    expect(shopping(BY_FAMILY, attacks)['default gate']).toBe(2)
    expect(shopping(BY_OVERLAP, attacks)['default gate']).toBe(0)
  },
)
