/** Betas through time. */
import { expect, test } from 'vitest'
import { type Factor, factorExposure } from '../../commands/gate/factor-exposure.ts'
import { correlationMatrix } from '../../streams/statistics/correlations.ts'
import { conditionNumber, inverseGram } from '../../streams/statistics/linear.ts'
import { normals, xoshiro128 } from '../../streams/statistics/random.ts'
import { known } from '../support/known.ts'
import { near, nearRelative } from '../support/near.ts'
import { readUs20, returnsOf } from '../support/us20.ts'

test('twenty stocks on five factor funds, 2014-2022 (statsmodels, HAC 7)', () => {
  const stocks = readUs20('sp500_dataset')
  const prices = readUs20('factors_dataset')
  const from = stocks.dates.findIndex((date) => date >= '2014-01-02')
  const panel = [...stocks.columns.values()].map((series) => returnsOf(series.subarray(from)))
  const returns = panel[0].map((_, t) => panel.reduce((sum, column) => sum + column[t], 0) / panel.length)
  const factors = [...prices.columns].map(([name, series]): Factor => ({ name, returns: returnsOf(series) }))
  const found = known(factorExposure(returns, factors, 7))
  expect(found.n).toBe(2263)
  expect(found.loadings.map(({ factor }) => factor)).toEqual(['MTUM', 'QUAL', 'SIZE', 'USMV', 'VLUE'])
  nearRelative(found.alpha.beta, 0.00026535171222053796, 1e-11)
  near(found.alpha.t, 3.47497241, 6e-9)
  const published = [
    [0.018020198727577874, 0.84401846, 1.276],
    [0.288542500466586, 6.47701805, 10.338],
    [-0.06786726845464232, -2.1036759, -3.387],
    [0.31380494681803023, 10.31541304, 12.941],
    [0.43087889561456466, 17.90567356, 24.287],
  ]
  const funds = factors.map((factor) => factor.returns)
  const gram = inverseGram([new Float64Array(found.n).fill(1), ...funds])
  const variance = found.residuals.reduce((sum, u) => sum + u * u, 0) / (found.n - 6)
  for (const [k, [beta, t, plain]] of published.entries()) {
    // Ordinary errors, blind to serial dependence, make each t a quarter to three fifths greater.
    near(found.loadings[k].beta / Math.sqrt(variance * gram[k + 1][k + 1]), plain, 6e-4)
    nearRelative(found.loadings[k].beta, beta, 1e-11)
    near(found.loadings[k].t, t, 6e-9)
  }
  nearRelative(found.rSquared, 0.8890288901655147, 1e-11)
  // numpy.linalg.cond of the standardised columns; of the raw ones, whose scales count, it is 10.20.
  nearRelative(found.conditionNumber, 9.81354238322258, 1e-11)
  nearRelative(conditionNumber(funds), 10.202152952511467, 1e-11)
  const apart = correlationMatrix(funds).flatMap((row, i) => [...row].filter((_, j) => j !== i))
  near(apart.reduce((sum, rho) => sum + rho, 0) / apart.length, 0.876, 5e-4)
  const index = {
    name: 'market',
    returns: returnsOf((readUs20('sp500_index').columns.get('SP500') ?? new Float64Array()).subarray(from)),
  }
  const market = known(factorExposure(returns, [index]))
  nearRelative(market.loadings[0].beta, 0.9299374254286581, 1e-11)
  nearRelative(market.rSquared, 0.8794678514407986, 1e-11)
})

const noise = (seed: number): Float64Array => normals(xoshiro128(seed), 400)
const a = { name: 'a', returns: noise(1) }
const b = { name: 'b', returns: noise(2) }

test('a factor that is made of the others, a copy and a constant are refused by name', () => {
  const mixture = { name: 'c', returns: a.returns.map((x, t) => 0.3 * x - 2 * b.returns[t] + 5) }
  expect(() => factorExposure(noise(3), [a, b, mixture])).toThrow(/Factor c is a combination/)
  expect(() => factorExposure(noise(3), [a, { ...a, name: 'again' }])).toThrow(/Factor again/)
  expect(() =>
    factorExposure(noise(3), [a, { name: 'still', returns: new Float64Array(400).fill(1) }]),
  ).toThrow(/Factor still/)
  const close = { name: 'close', returns: a.returns.map((x, t) => x + 1e-3 * b.returns[t]) }
  expect(known(factorExposure(noise(3), [a, close])).conditionNumber).toBeGreaterThan(1000)
})

test('what was planted is found; residuals are orthogonal to the factors', () => {
  const y = a.returns.map((x, t) => 0.01 + 0.5 * x - b.returns[t] + 0.1 * noiseless[t])
  const found = known(factorExposure(y, [a, b]))
  near(found.loadings[0].beta, 0.5, 0.02)
  near(found.loadings[1].beta, -1, 0.02)
  near(
    found.residuals.reduce((sum, u, t) => sum + u * a.returns[t], 0),
    0,
    1e-9,
  )
})

const noiseless = noise(9)

test('missing, short and unequal series cannot be judged', () => {
  expect(factorExposure(noise(3).fill(Number.NaN, 3, 4), [a]).kind).toBe('insufficient')
  expect(factorExposure(noise(3).subarray(0, 20), [a]).kind).toBe('insufficient')
  expect(factorExposure(noise(3).subarray(0, 50), [a]).kind).toBe('insufficient')
  expect(factorExposure(noise(3), []).kind).toBe('insufficient')
})
