/** The style model: standard exposures, planted factors, nothing from the next day. */
import { expect, test } from 'vitest'
import { descriptors, STYLE_DAYS, standardise } from '../../commands/gate/style-descriptors.ts'
import { bookExposures, crossSection, exposuresAt, styleReturns } from '../../commands/gate/style-model.ts'
import { meanOf, sdOf } from '../../streams/statistics/moments.ts'
import { normals, xoshiro128 } from '../../streams/statistics/random.ts'
import { correlation } from '../../streams/statistics/ranks.ts'
import { known } from '../support/known.ts'
import { near } from '../support/near.ts'
import { readUs20, returnsOf } from '../support/us20.ts'

const [names, days] = [40, STYLE_DAYS + 60]
const market = normals(xoshiro128(1), days).map((z) => 0.01 * z)
const betas = Float64Array.from({ length: names }, (_, k) => 0.5 + k / names)
const returns = Array.from({ length: names }, (_, k) => {
  const own = normals(xoshiro128(100 + k), days)
  return market.map((value, t) => betas[k] * value + 0.005 * (1 + (k % 5)) * own[t])
})
const sizeProxy = returns.map((column, k) => column.map(() => 1e6 * (k + 1)))
const panel = { returns, market, sizeProxy }

test('exposures have mean 0 by weight and deviation 1; outliers are drawn in', () => {
  const raw = normals(xoshiro128(7), 200)
  raw[3] = 50
  const mass = raw.map((_, k) => k + 1)
  const exposure = standardise(raw, mass)
  const weighted = exposure.reduce((sum, x, k) => sum + mass[k] * x, 0)
  near(weighted, 0, 1e-9)
  near(sdOf(exposure), 1, 1e-12)
  expect(exposure[3]).toBeLessThan(10)
  expect(standardise(raw.fill(1), mass).every(Number.isNaN)).toBe(true)
})

test('descriptors find beta and volatility, and are missing where the history is short or holed', () => {
  const found = returns.map((column) => descriptors(column, market, 1))
  expect(
    correlation(
      Float64Array.from(found, ({ beta }) => beta),
      betas,
    ),
  ).toBeGreaterThan(0.8)
  near(found[4].volatility, Math.hypot(0.025, betas[4] * 0.01), 0.006)
  const short = descriptors(returns[0].subarray(0, 100), market.subarray(0, 100), 0)
  expect(short).toMatchObject({
    beta: Number.NaN,
    momentum: Number.NaN,
    volatility: Number.NaN,
    size: Number.NaN,
  })
  expect(Number.isFinite(short.reversal)).toBe(true)
  const holed = returns[0].slice().fill(Number.NaN, 500, 501)
  expect(descriptors(holed, market, 1).momentum).toBeNaN()
})

test('a cross-section gives back the factor returns that made it', () => {
  const exposures = exposuresAt(panel, days - 1, { weighting: 'size' })
  expect(exposures.styles).toEqual(['beta', 'momentum', 'volatility', 'reversal', 'size'])
  const planted = [0.01, 0.004, -0.003, 0.002, 0, 0.005]
  const made = Float64Array.from({ length: names }, (_, k) =>
    exposures.byStyle.reduce((sum, x, s) => sum + planted[s + 1] * x[k], planted[0]),
  )
  const found = known(crossSection(made, exposures))
  for (const [k, value] of planted.entries()) near(found.factors[k], value, 1e-12)
  near(found.rSquared, 1, 1e-12)
  const gap = made.slice().fill(Number.NaN, 0, 5)
  expect(known(crossSection(gap, exposures)).names).toBe(35)
  expect(crossSection(made.fill(Number.NaN, 0, 30), exposures).kind).toBe('insufficient')
})

test('nothing of a day is in the exposures that explain it', () => {
  const before = exposuresAt(panel, 540)
  const later = returns.map((column) => column.map((value, t) => (t > 540 ? 9 : value)))
  expect(exposuresAt({ ...panel, returns: later }, 540)).toEqual(before)
})

test('the market factor of a run of days is the average stock; without a size there is no size style', () => {
  const found = known(styleReturns({ returns, market }))
  expect(found.factors).toEqual(['market', 'beta', 'momentum', 'volatility', 'reversal'])
  expect(found.days).toHaveLength(60)
  const average = Float64Array.from(found.days, (day) => meanOf(Float64Array.from(returns, (c) => c[day])))
  expect(correlation(found.returns[0], average)).toBeGreaterThan(0.999)
  expect(styleReturns({ returns: returns.slice(0, 8), market }).kind).toBe('insufficient')
})

test('a book long the high betas and short the low ones is exposed to beta and not to the market', () => {
  const weights = betas.map((_, k) => (k < names / 2 ? -1 : 1) / names)
  const book = bookExposures(weights, exposuresAt(panel, days - 1))
  near(book.get('market') ?? 9, 0, 1e-12)
  expect(book.get('beta')).toBeGreaterThan(0.3)
})

test('twenty stocks in 2022: the market explains most', () => {
  const closes = [...readUs20('sp500_dataset').columns.values()].map((prices) =>
    returnsOf(prices.subarray(-850)),
  )
  const index = returnsOf((readUs20('sp500_index').columns.get('SP500') ?? new Float64Array()).subarray(-850))
  const found = known(styleReturns({ returns: closes, market: index }))
  expect(found.meanRSquared).toBeGreaterThan(0.5)
  const over = Float64Array.from(found.days, (day) => index[day])
  expect(correlation(found.returns[0], over)).toBeGreaterThan(0.9)
})
