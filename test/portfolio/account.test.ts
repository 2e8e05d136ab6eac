/** A portfolio's days by hand: what was held earns, what is traded pays, and nothing is earned on the day it is decided. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { PortfolioSpec } from '../../schemas/events/experiment.ts'
import { accountDay } from '../../streams/portfolio/account.ts'
import { backtest } from '../../streams/portfolio/backtest.ts'
import { PRICED, UNPRICED } from '../../streams/portfolio/marks.ts'
import { heldWeights, targetOf } from '../../streams/portfolio/weights.ts'
import { xoshiro128 } from '../../streams/statistics/random.ts'
import { near } from '../support/near.ts'
import { panelWith } from '../support/sessions.ts'

const SPEC: PortfolioSpec = {
  construction: 'long-short',
  maxWeight: null,
  neutralise: null,
  holdingDays: 1,
  spreadBps: 0,
  commissionBps: 10,
  borrowBps: 0,
  impact: null,
}
const panel = (...days: number[][]) => days.map((day) => Float64Array.from(day))

test('four days of two names, by hand', () => {
  // Decided after day 0: +.5, -.5. Traded at the close of day 1, held through days 2 and 3.
  const scores = panel([2, 1], [2, 1], [2, 1], [1, 2])
  const returns = panel([0.5, 0.5], [0.5, 0.5], [0.1, -0.1], [0.02, 0.04])
  const [zero, one, two, three] = backtest(panelWith({ scores, returns }), SPEC)
  expect(zero).toEqual({ gross: 0, cost: 0, net: 0, turnover: 0 })
  // Day 1: nothing held; .5 and .5 are bought and sold at the close, at 10 basis points.
  expect(one).toEqual({ gross: 0, cost: 0.001, net: -0.001, turnover: 1 })
  // Day 2: .5 of .1 and -.5 of -.1 make .1. The book has drifted to .55/1.1 = .5 and -.45/1.1, and goes back to -.5.
  near(two.gross, 0.1, 1e-16)
  near(two.turnover, 0.5 - 0.45 / 1.1, 1e-16)
  near(two.cost, (0.5 - 0.45 / 1.1) * 0.001, 1e-18)
  // Day 3: .5 of .02 less .5 of .04. What day 3's own scores want is traded on day 4.
  near(three.gross, -0.01, 1e-16)
  near(three.turnover, Math.abs(0.5 - 0.51 / 0.99) + Math.abs(-0.5 + 0.52 / 0.99), 1e-15)
})

test('a name without a price today earns nothing today and is not traded', () => {
  const held = Float64Array.of(0.5, 0.5)
  const states = Uint8Array.of(PRICED, UNPRICED)
  const day = {
    held,
    returns: Float64Array.of(0.1, Number.NaN),
    states,
    next: Float64Array.of(0, 0),
    days: 1,
  }
  const without = accountDay(day, SPEC)
  near(without.result.gross, 0.05, 1e-17)
  // It cannot be traded either: it keeps its position, a little less of a book that has grown.
  expect([...without.held]).toEqual([0, 0.5 / (1 + without.result.gross)])
  near(without.result.turnover, 0.55 / 1.05, 1e-15)
})

test('knowing the day does not help on the day: a score that is its own return earns nothing but costs', () => {
  const uniform = xoshiro128(3)
  const draw = () => Float64Array.from({ length: 8 }, () => 0.02 * (uniform() - 0.5))
  const returns = Array.from({ length: 400 }, draw)
  const total = (scores: readonly Float64Array[]) =>
    backtest(panelWith({ scores, returns }), { ...SPEC, commissionBps: 0 }).reduce(
      (sum, { net }) => sum + net,
      0,
    )
  const shifted = (days: number) => returns.map((_, day) => returns[day + days] ?? new Float64Array(8))
  // Returns are independent: the day itself and the day of the trade say nothing of the days that are earned.
  const perDay = 400 * 0.004
  expect(Math.abs(total(shifted(0)))).toBeLessThan(0.1 * perDay)
  expect(Math.abs(total(shifted(1)))).toBeLessThan(0.1 * perDay)
  // The first day that is earned is the second after the decision: knowing that one would be worth the most there is.
  expect(total(shifted(2))).toBeGreaterThan(perDay)
})

const weights = fc.array(fc.double({ min: -0.5, max: 0.5, noNaN: true }), { minLength: 4, maxLength: 4 })
const dayReturns = fc.array(
  fc.oneof(fc.double({ min: -0.5, max: 0.5, noNaN: true }), fc.constant(Number.NaN)),
  { minLength: 4, maxLength: 4 },
)

test('law: net is gross less cost, a book that is held as it drifts pays nothing but borrowing', () => {
  fc.assert(
    fc.property(weights, dayReturns, (w, r) => {
      const [held, returns] = [Float64Array.from(w), Float64Array.from(r)]
      const costs = { ...SPEC, borrowBps: 100 }
      const gross = held.reduce(
        (sum, weight, i) => sum + weight * (Number.isNaN(returns[i]) ? 0 : returns[i]),
        0,
      )
      const drifted = held.map(
        (weight, i) => (weight * (1 + (Number.isNaN(returns[i]) ? 0 : returns[i]))) / (1 + gross),
      )
      const states = new Uint8Array(4).fill(PRICED)
      const whole = { held, returns, states, next: drifted, days: 2 }
      const day = accountDay(whole, costs).result
      expect(day.net).toBe(day.gross - day.cost)
      expect(day.turnover).toBe(0)
      const short = held.reduce((sum, weight) => sum + Math.max(0, -weight), 0)
      near(day.cost, (short * 0.01 * 2) / 365, 1e-15)
      const traded = accountDay({ ...whole, next: new Float64Array(4) }, costs).result
      near(
        traded.turnover,
        drifted.reduce((sum, weight) => sum + Math.abs(weight), 0),
        1e-12,
      )
    }),
  )
})

test('law: overlapping books are the mean of what was wanted, the days before the first as flat', () => {
  fc.assert(
    fc.property(
      fc.array(weights, { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 1, max: 5 }),
      (days, hold) => {
        const targets = days.map((day) => Float64Array.from(day))
        const held = heldWeights(targets, hold)
        const mean = (i: number) => targets.slice(-hold).reduce((sum, target) => sum + target[i] / hold, 0)
        for (const i of held.keys()) near(held[i], mean(i), 1e-15)
      },
    ),
  )
})

test('missing scores have no weight, and one score or equal scores have no preference', () => {
  const target = targetOf(Float64Array.of(Number.NaN, 1, 3, Number.NaN, 2), SPEC)
  expect([...target]).toEqual([0, -0.5, 0.5, 0, 0])
  for (const scores of [[], [1], [Number.NaN, 1], [2, 2, 2]])
    expect([...targetOf(Float64Array.from(scores), SPEC)]).toEqual(scores.map(() => 0))
})

test('a book that has lost everything or more holds nothing, trades nothing, and pays no NaN', () => {
  for (const worst of [-1, -1.5]) {
    const day = {
      held: Float64Array.of(1),
      returns: Float64Array.of(worst),
      states: Uint8Array.of(PRICED),
      next: Float64Array.of(1),
      days: 1,
    }
    const { result, held } = accountDay(day, SPEC)
    expect(result).toEqual({ gross: worst, cost: 0, net: worst, turnover: 0 })
    expect([...held]).toEqual([0])
  }
})

test('a target that is zero up to rounding is no position', () => {
  const spec = { ...SPEC, construction: 'long-only' as const, maxWeight: 0.2, neutralise: 'beta' }
  const beta = Float64Array.of(0.1, 0.2, 0.30000000000000004, 0.4)
  for (const weight of targetOf(Float64Array.of(1, 2, 3, 4), spec, beta)) expect(weight).toBe(0)
})
