/** The portfolio that gate and live path share: caps that hold, books that are neutral, costs that add up. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { almgrenImpactBps, squareRootImpactBps } from '../../commands/gate/impact.ts'
import type { ImpactSpec, PortfolioSpec } from '../../schemas/events/experiment.ts'
import { accountDay } from '../../streams/portfolio/account.ts'
import { backtest, traced } from '../../streams/portfolio/backtest.ts'
import { impactOf, impactTerms } from '../../streams/portfolio/impact.ts'
import { PRICED } from '../../streams/portfolio/marks.ts'
import { heldWeights, type TargetSpec, targetOf } from '../../streams/portfolio/weights.ts'
import { normals, xoshiro128 } from '../../streams/statistics/random.ts'
import { near } from '../support/near.ts'
import { panelWith } from '../support/sessions.ts'

const plain: TargetSpec = { construction: 'long-short', maxWeight: null, neutralise: null }
const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0)
const gross = (values: Float64Array) => values.reduce((total, value) => total + Math.abs(value), 0)
const scores = fc
  .uniqueArray(fc.integer({ min: -1000, max: 1000 }), { minLength: 2, maxLength: 40 })
  .map((values) => Float64Array.from(values))

describe('targets', () => {
  test('a long-short book is half long and half short, a long-only one is all long', () => {
    const four = Float64Array.of(4, 1, 3, 2)
    expect([...targetOf(four, plain)]).toEqual([0.375, -0.375, 0.125, -0.125])
    expect([...targetOf(four, { ...plain, construction: 'long-only' })]).toEqual([0.75, 0, 0.25, 0])
  })

  test('a cap holds after what it cut off was given to the others', () => {
    const target = targetOf(Float64Array.of(1, 2, 3, 4, 5, 6), { ...plain, maxWeight: 0.2 })
    // Sides of 5:3:1 in ninths of a half: 5/18 is cut to .2, and .3 is shared 3:1 into .225 and .075, so 3 is cut too.
    for (const [i, expected] of [-0.2, -0.2, -0.1, 0.1, 0.2, 0.2].entries()) near(target[i], expected, 1e-15)
  })

  test('law: no weight is beyond the cap, sides stay equal, and the book is as large as the cap lets it be', () => {
    fc.assert(
      fc.property(scores, fc.double({ min: 0.01, max: 1, noNaN: true }), (values, cap) => {
        const target = targetOf(values, { ...plain, maxWeight: cap })
        expect(Math.max(...target.map(Math.abs))).toBeLessThanOrEqual(cap)
        near(sum(target), 0, 1e-12)
        const side = (sign: number) => target.filter((weight) => sign * weight > 0).length
        near(gross(target), 2 * Math.min(0.5, cap * side(1), cap * side(-1)), 1e-9)
      }),
    )
  })

  test('a neutral book has no net weight and nothing of the column, and leaves out who has no value of it', () => {
    const uniform = xoshiro128(7)
    const beta = normals(uniform, 20)
    beta[3] = Number.NaN
    const target = targetOf(normals(uniform, 20), { ...plain, neutralise: 'beta' }, beta)
    expect(target[3]).toBe(0)
    near(sum(target), 0, 1e-15)
    near(gross(target), 1, 1e-15)
    near(
      target.reduce((total, weight, i) => (i === 3 ? total : total + weight * beta[i]), 0),
      0,
      1e-15,
    )
  })

  test('a column that explains the ranks wholly leaves nothing to hold, and one that does not vary changes nothing', () => {
    const values = Float64Array.of(1, 2, 3, 4, 5)
    const spec = { ...plain, neutralise: 'beta' }
    expect([...targetOf(values, spec, values)]).toEqual([0, 0, 0, 0, 0])
    const flat = targetOf(values, spec, new Float64Array(5).fill(0.1))
    for (const [i, weight] of targetOf(values, plain).entries()) near(flat[i], weight, 1e-15)
  })
})

const spec: PortfolioSpec = {
  ...plain,
  holdingDays: 3,
  spreadBps: 6,
  commissionBps: 2,
  borrowBps: 365,
  impact: null,
}
const squareRoot: ImpactSpec = {
  model: 'square-root',
  temporary: 1,
  permanent: 0,
  outstandingDays: 1,
  capitalUsd: 1e7,
  advUsd: 1e8,
  dailyVolatility: 0.02,
}

describe('costs', () => {
  const day = {
    held: Float64Array.of(0.5, -0.5),
    returns: Float64Array.of(0, 0),
    next: Float64Array.of(0.1, -0.5),
    states: Uint8Array.of(PRICED, PRICED),
    days: 3,
  }

  test('half the spread and the commission on what is traded, the fee of three days on what is short', () => {
    const { gross, cost, turnover } = accountDay(day, spec).result
    near(turnover, 0.4, 1e-15)
    near(cost, 0.4 * 0.0005 + 0.5 * 0.0003, 1e-18)
    expect(gross).toBe(0)
  })

  test('impact is paid name by name, on top', () => {
    const { cost } = accountDay(day, { ...spec, impact: squareRoot }).result
    // .4 of 10 million is 4 % of the day's 100 million: 2 % times the root of .04 is 40 basis points.
    near(cost, 0.4 * 0.0005 + 0.5 * 0.0003 + 0.4 * 0.004, 1e-15)
  })

  test('the laws of impact are those of the published vectors', () => {
    const order = { shares: 3e6, dailyVolume: 1e8, dailyVolatility: 0.02 }
    const bps = (impact: ImpactSpec) => impactOf(0.3, impactTerms(impact)) * 10_000
    near(bps(squareRoot), squareRootImpactBps(order), 1e-10)
    const almgren = {
      ...squareRoot,
      model: 'almgren' as const,
      temporary: 0.142,
      permanent: 0.314,
      outstandingDays: 250,
    }
    const published = almgrenImpactBps(order, { sharesOutstanding: 250e8, days: 1 })
    near(bps(almgren), published.totalBps, 1e-10)
  })

  test('a day without trades pays no impact', () => {
    const nothing = Float64Array.of(0)
    const still = { ...day, held: nothing, returns: nothing, next: nothing }
    expect(accountDay(still, { ...spec, impact: squareRoot }).result.cost).toBe(0)
  })
})

test('a backtest settles and decides session by session: what the live book does', () => {
  const uniform = xoshiro128(11)
  const scores = Array.from({ length: 60 }, () => normals(uniform, 12))
  const returns = scores.map(() => normals(uniform, 12).map((value) => value / 100))
  const neutral = scores.map(() => normals(uniform, 12))
  const live = { ...spec, maxWeight: 0.1, neutralise: 'beta', impact: squareRoot }
  const panel = panelWith({ scores, returns, neutral })
  const whole = traced(panel, live)
  // By hand where all names have a score and a price: the latest two decisions, and the mean of the latest targets.
  let targets: Float64Array[] = []
  let [before, latest]: Float64Array[] = [new Float64Array(12), new Float64Array(12)]
  for (const [day, score] of scores.entries()) {
    const settled = { held: before, returns: returns[day], states: panel.states[day], next: latest, days: 1 }
    expect(accountDay(settled, live).result).toEqual(whole.days[day])
    targets = [...targets, targetOf(score, live, neutral[day])].slice(-live.holdingDays)
    before = latest
    latest = heldWeights(targets, live.holdingDays)
    expect(latest).toEqual(whole.decided[day])
  }
  expect(backtest(panel, live)).toEqual(whole.days)
})
