/** Costs and capacity. */
import { expect, test } from 'vitest'
import {
  capacity,
  capacityAt,
  capitalAtSharpe,
  daysToLiquidate,
  type Strategy,
} from '../../commands/gate/capacity.ts'
import { almgrenImpactBps, squareRootImpactBps } from '../../commands/gate/impact.ts'
import { known } from '../support/known.ts'
import { near, nearRelative } from '../support/near.ts'

// The table of Almgren et al. (2005), an order of 10 % of daily volume, rounded there to 20; 22, 15, 8; 32, 25, 18 and so on.
const IBM = { shares: 656_100, dailyVolume: 6_561_000, dailyVolatility: 0.0157 }
const DRI = { shares: 192_900, dailyVolume: 1_929_000, dailyVolatility: 0.0226 }

test.each([
  ['IBM', 0.1, IBM, 1728e6, 19.859701911852525, 32.22385095592626, 32],
  ['IBM', 0.2, IBM, 1728e6, 19.859701911852525, 24.638405637311713, 25],
  ['IBM', 0.5, IBM, 1728e6, 19.859701911852525, 18.41786313787262, 18],
  ['DRI', 0.1, DRI, 168e6, 21.67865583837209, 42.931327919186046, 43],
  ['DRI', 0.2, DRI, 168e6, 21.67865583837209, 32.012151855447904, 32],
  ['DRI', 0.5, DRI, 168e6, 21.67865583837209, 23.05774035944004, 23],
])('%s over %d days, the paper’s example', (_, days, order, sharesOutstanding, permanent, total, printed) => {
  const impact = almgrenImpactBps(order, { sharesOutstanding, days })
  nearRelative(impact.permanentBps, permanent)
  nearRelative(impact.totalBps, total)
  nearRelative(impact.temporaryBps, total - permanent / 2)
  expect(Math.round(impact.totalBps)).toBe(printed)
})

test.each([
  [0.1, 22.294, 22],
  [0.2, 14.708554681385447, 15],
  [0.5, 8.488012181946356, 8],
])('what passes of the price of IBM over %d days', (days, expected, printed) => {
  const { permanentBps, temporaryBps } = almgrenImpactBps(IBM, { sharesOutstanding: 1728e6, days })
  near(temporaryBps, expected, days === 0.1 ? 5e-4 : 1e-12)
  expect([permanentBps, temporaryBps].map(Math.round)).toEqual([20, printed])
})

test.each([
  [0.001, 6.3246],
  [0.01, 20],
  [0.05, 44.7214],
  [0.1, 63.2456],
])('square-root law at %d of daily volume', (share, bps) => {
  const order = { shares: -share * 1e6, dailyVolume: 1e6, dailyVolatility: 0.02 }
  near(squareRootImpactBps(order), bps, 5e-5)
})

const strategy: Strategy = {
  annualReturn: 0.2,
  annualVolatility: 0.1,
  dailyTurnover: 0.2,
  names: 500,
  dailyVolume: 50e6,
  dailyVolatility: 0.02,
  halfSpreadBps: 2,
}

test.each([
  [1e6, 1.8706894545825585],
  [1e7, 1.8090417391472084],
  [1e8, 1.614094545825584],
  [5e8, 1.2616848237100546],
  [1e9, 0.9976173914720846],
  [2e9, 0.6241696474201094],
])('ratio at a capital of %d', (capital, sharpe) =>
  nearRelative(capacityAt(strategy, capital).sharpe, sharpe),
)

test('capital at half the ratio and at none; participation there', () => {
  const found = known(capacity(strategy, { threshold: 1.5 }))
  near(found.atZero ?? 0, 4437418115.39, 0.01)
  near(found.atHalfSharpe ?? 0, 994721592.34, 0.01)
  nearRelative(capacityAt(strategy, found.atThreshold ?? 0).sharpe, 1.5)
  nearRelative(capacityAt(strategy, 1e9).participation, 0.008)
  near(capacityAt(strategy, 5e9).sharpe, -0.1168, 5e-5)
  const sharpes = found.curve.map(({ sharpe }) => sharpe)
  expect(sharpes).toEqual([...sharpes].sort((a, b) => b - a))
})

test('spreads alone can be too much; figures that are missing or idle have no capacity', () => {
  expect(capitalAtSharpe({ ...strategy, halfSpreadBps: 50 }, 1)).toBeNull()
  expect(capacity({ ...strategy, dailyVolume: Number.NaN }, { threshold: 1 }).kind).toBe('insufficient')
  expect(capacity({ ...strategy, dailyTurnover: 0 }, { threshold: 1 }).kind).toBe('insufficient')
  expect(capacity({ ...strategy, annualReturn: -0.1 }, { threshold: 1 }).kind).toBe('insufficient')
})

test('days to liquidate; a name without volume has no end', () => {
  const days = daysToLiquidate(Float64Array.of(1e6, -3e6, 1), Float64Array.of(1e7, 1e7, 0), 0.2)
  expect([...days]).toEqual([0.5, 1.5, Number.NaN])
})

test('positions of 50 and 75 % of a million, at a day’s volume of 3 and 2 million (pyfolio tests/test_capacity.py)', () => {
  const days = daysToLiquidate(Float64Array.of(0, 0.5e6, 0.75e6), Float64Array.of(2e6, 3e6, 2e6), 1)
  expect([...days]).toEqual([0, 0.5 / 3, 0.75 / 2])
})
