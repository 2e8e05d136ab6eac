/** The probabilistic Sharpe ratio against papers and other implementations. */
import { expect, test } from 'vitest'
import { type PsrOptions, probabilisticSharpe, sharpePower, trackRecord } from '../../commands/gate/psr.ts'
import { momentsOf } from '../../streams/statistics/moments.ts'
import { normalCdf } from '../../streams/statistics/normal.ts'
import { FIFTY } from '../support/fifty-returns.ts'
import { known } from '../support/known.ts'
import { near, nearRelative } from '../support/near.ts'
import { R10 } from '../support/returns.ts'

const psr = (sharpe: number, n: number, shape: readonly [number, number], options: PsrOptions = {}) =>
  known(probabilisticSharpe({ sharpe, n, skew: shape[0], kurtosis: shape[1] }, options))

const NORMAL = [0, 3] as const
const FUND = [-2.448, 10.164] as const

test.each<[string, number, number, readonly [number, number], number, number]>([
  // Bailey & López de Prado (2012): .982 and .913; digits from rubenbriones tests/test_sharpe_ratio_stats.py
  ['normal returns', 0.458, 24, NORMAL, 0, 0.9816749190910771],
  ['the same ratio, skewed', 0.458, 24, FUND, 0, 0.913361083860933],
  // pypbo tests/test_pbo.py
  ['annual 1.585', 1.585 / Math.sqrt(12), 24, FUND, 0, 0.9132343068848602],
  // openquant crates/openquant/tests/backtest_statistics.rs
  ['against 1', 1.14, 250, NORMAL, 1, 0.9572778803273129],
  // The example of PerformanceAnalytics R/ProbSharpeRatio.R, and what it gives by default, without the kurtosis
  ['against 1 a year', 2 / Math.sqrt(12), 59, [-0.72, 5.78], 1 / Math.sqrt(12), 0.9486925194794038],
  [
    'the same, as if normal in kurtosis',
    2 / Math.sqrt(12),
    59,
    [-0.72, 3],
    1 / Math.sqrt(12),
    0.959743398539966,
  ],
  // rubenbriones tests/returns_for_tests.csv
  ['50 returns', 0.24171729852769172, 50, [-1.1395656849264317, 4.635861094210872], 0.05, 0.877850770122146],
])('2012 form, %s', (_, sharpe, n, shape, benchmark, expected) => {
  const result = psr(sharpe, n, shape, { benchmark })
  nearRelative(result.probability, expected, 1e-12)
  expect(result.form).toBe('2012')
})

test.each<[number, readonly [number, number], number, number]>([
  [0.7079, [-0.225, 2.957], 0.1028, 0.7152157],
  [0.8183, [-1.4455, 7.0497], 0.155, 1.1593027],
])('error and track record of the paper, ratio %d', (sharpe, shape, error, years) => {
  const result = psr(sharpe, 134, shape)
  expect(result.standardError).toBeCloseTo(error, 4)
  expect((result.minTrackRecord ?? 0) / 12).toBeCloseTo(years, 6)
})

test.each<[string, number, number, readonly [number, number], number, number]>([
  // pypbo tests/test_pbo.py
  ['daily 2 against 1', 2, 1, NORMAL, 250, 2.7311878017281761],
  ['weekly 2 against 1', 2, 1, NORMAL, 52, 2.8288335869452368],
  ['monthly 3 against 2.5', 3, 2.5, [-0.72, 5.78], 12, 27.352920196040301],
])('minimum track record in years, %s', (_, sharpe, benchmark, shape, perYear, years) => {
  const root = Math.sqrt(perYear)
  const result = psr(sharpe / root, 100, shape, { benchmark: benchmark / root })
  nearRelative((result.minTrackRecord ?? 0) / perYear, years, 1e-12)
})

test('minimum track record in observations', () => {
  const shape = [-1.1395656849264317, 4.635861094210872] as const
  const fifty = psr(0.24171729852769172, 50, shape, { benchmark: 0.05, confidence: 0.9 })
  nearRelative(fifty.minTrackRecord ?? 0, 60.365085269027084, 1e-12) // rubenbriones
  nearRelative(fifty.standardError, 0.16466174867277414, 1e-12)
  nearRelative(psr(1.14, 250, NORMAL, { benchmark: 1 }).minTrackRecord ?? 0, 228.73497911054176, 1e-12) // openquant
  const monthly = psr(2 / Math.sqrt(12), 59, [-0.72, 5.78], { benchmark: 1 / Math.sqrt(12) })
  nearRelative(monthly.minTrackRecord ?? 0, 59.89509868650752, 1e-12)
  expect(psr(0.1, 100, NORMAL, { benchmark: 0.1 }).minTrackRecord).toBeNull()
})

// rubenbriones tests/test_sharpe_ratio_stats.py and tests/returns_for_tests.csv
test('fifty returns from their own moments', () => {
  const record = known(trackRecord(FIFTY))
  nearRelative(record.sharpe, 0.24171729852769172)
  nearRelative(record.skew, -1.1395656849264317)
  nearRelative(record.kurtosis, 4.635861094210872)
  nearRelative(known(probabilisticSharpe(record)).probability, 0.9289428169745353) // numpy
  const result = known(probabilisticSharpe(record, { benchmark: 0.05, confidence: 0.9 }))
  nearRelative(result.standardError, 0.16466174867277414)
  nearRelative(result.probability, 0.877850770122146)
  nearRelative(result.minTrackRecord ?? 0, 60.365085269027084)
})

/** Skew and kurtosis in excess with the bias taken out, as pandas gives them to quantstats. */
function unbiased(returns: Float64Array): readonly [number, number, number] {
  const { n, mean, sd, skew, kurtosis } = momentsOf(returns)
  const excess = ((n - 1) * ((n + 1) * (kurtosis - 3) + 6)) / ((n - 2) * (n - 3))
  return [mean / sd, (Math.sqrt(n * (n - 1)) / (n - 2)) * skew, excess]
}

// numpy and scipy: quantstats 0.0.81 takes 3 from a kurtosis that is in excess already.
test.each([
  ['ten', R10, 0.8652273151051133, 0.8779626832338274],
  ['fifty', FIFTY, 0.9279640654809305, 0.9312613865677483],
])('%s returns by unbiased moments; what quantstats scores them is refused', (_, returns, right, wrong) => {
  const n = returns.length
  const [sharpe, skew, excess] = unbiased(returns)
  nearRelative(psr(sharpe, n, [skew, excess + 3]).probability, right)
  const error = Math.sqrt((1 - skew * sharpe + ((excess - 1) / 4) * sharpe ** 2) / (n - 1))
  nearRelative(normalCdf(sharpe / error), wrong)
  expect(probabilisticSharpe({ sharpe, n, skew, kurtosis: excess }).kind).toBe('insufficient')
})

test('ten returns: moments without bias (scipy)', () => {
  const [, skew, excess] = unbiased(R10)
  nearRelative(skew, 0.3554349498700807)
  nearRelative(excess, -0.27740396965234515, 1e-11)
})

test.each([
  [0, 3.5496],
  [2, 3.5637],
])(
  'the error of the annual ratio of 21 normal days, where the ratio is %d: √252 √((1 + SR²/2)/20)',
  (ratio, error) => {
    const month = psr(ratio / Math.sqrt(252), 21, NORMAL)
    near(month.standardError * Math.sqrt(252), error, 5e-5)
  },
)

test('ten returns; kurtosis taken in excess, as quantstats takes it, is caught and not scored .878', () => {
  const record = known(trackRecord(R10, 10))
  const result = known(probabilisticSharpe(record))
  nearRelative(result.probability, 0.8644048948524014, 1e-12)
  nearRelative(result.minTrackRecord ?? 0, 21.111962868633668, 1e-12)
  expect(probabilisticSharpe({ ...record, kurtosis: record.kurtosis - 3 })).toMatchObject({
    kind: 'insufficient',
    reason: expect.stringContaining('in excess'),
  })
})

// zoonek/2025-sharpe-ratio: mean .036, deviation .079, 24 months, FUND
const fund = { sharpe: 0.036 / 0.079, n: 24, skew: FUND[0], kurtosis: FUND[1] }
const form = '2025' as const

test.each([
  [0, 0, 0.9872072612614331],
  [0.1, 0, 0.9391476251031434],
  [0, 0.2, 0.9658320053889371],
  [0.1, 0.2, 0.9004759174031461],
])('2025 form against %d with autocorrelation %d', (benchmark, autocorrelation, expected) => {
  const result = known(probabilisticSharpe(fund, { form, benchmark, autocorrelation }))
  nearRelative(result.probability, expected, 1e-12)
  expect(result.form).toBe('2025')
})

test('2025 form: track record, power, false discoveries; the 2012 form differs on the same fund', () => {
  nearRelative(known(probabilisticSharpe(fund, { form })).minTrackRecord ?? 0, 13.02877831559373, 1e-12)
  // Its error where the truth is the ratio itself: .329, and .214 for normal returns.
  const own = { form, benchmark: fund.sharpe }
  near(known(probabilisticSharpe(fund, own)).standardError, 0.32858859, 5e-9)
  near(known(probabilisticSharpe({ ...fund, skew: 0, kurtosis: 3 }, own)).standardError, 0.21445954, 5e-9)
  const correlated = known(probabilisticSharpe(fund, { form, autocorrelation: 0.2 }))
  nearRelative(correlated.minTrackRecord ?? 0, 19.543167473390596, 1e-12)
  nearRelative(known(probabilisticSharpe(fund)).probability, 0.9127093395948954, 1e-12)
  const power = known(sharpePower(fund, { alternative: 0.5, priorTrue: 0.05 }))
  expect(power.beta).toBeCloseTo(0.315, 3)
  expect(power.plannedFalseDiscovery).toBeCloseTo(0.581, 3)
  expect(power.observedFalseDiscovery).toBeCloseTo(0.306, 3)
})

test('2025 form, the best of ten: with the variance of one and of the greatest', () => {
  const benchmark = 0.49793170320847435
  nearRelative(known(probabilisticSharpe(fund, { form, benchmark })).probability, 0.4506806504866181, 1e-12)
  const greatest = known(probabilisticSharpe(fund, { form, benchmark, trials: 10 }))
  nearRelative(greatest.probability, 0.4163602961637143, 1e-12)
})

test('what cannot be judged says so: constant, missing, short, and the moments of a two-point law', () => {
  expect(trackRecord(new Float64Array(250).fill(0.001))).toMatchObject({ reason: 'the returns do not vary' })
  const missing = new Float64Array(40).map((_, i) => (i === 7 ? Number.NaN : i))
  expect(trackRecord(missing)).toMatchObject({ reason: expect.stringContaining('row 7') })
  expect(trackRecord(R10)).toMatchObject({ reason: '10 observations, at least 30 are needed' })
  // Kurtosis 1 + skew²: two points. At a ratio of 1 the error is 0; elsewhere there is one; below that no law exists.
  expect(probabilisticSharpe({ sharpe: 1, n: 50, skew: 2, kurtosis: 5 }).kind).toBe('insufficient')
  nearRelative(psr(0.5, 50, [2, 5]).standardError, 0.5 / 7)
  expect(probabilisticSharpe({ sharpe: 0.5, n: 50, skew: 2, kurtosis: 4.999 }).kind).toBe('insufficient')
  expect(probabilisticSharpe({ sharpe: Number.NaN, n: 50, skew: 0, kurtosis: 3 }).kind).toBe('insufficient')
})

test('returns of two values are on the limit of what a distribution can be, and rounding does not refuse them', () => {
  for (const [win, loss, wins] of [
    [0.01, -0.01, 0.55],
    [0.003, -0.007, 0.8],
    [0.02, -0.001, 0.1],
    [1 / 3, -1 / 7, 0.4],
  ]) {
    const returns = Float64Array.from({ length: 997 }, (_, k) =>
      ((k * 617) % 997) / 997 < wins ? win : loss,
    )
    const record = known(trackRecord(returns))
    const { standardError } = known(probabilisticSharpe(record))
    // On the limit 1 - γ₃ SR + (γ₄ - 1)/4 SR² is (1 - γ₃ SR/2)².
    nearRelative(standardError * Math.sqrt(996), Math.abs(1 - (record.skew * record.sharpe) / 2), 1e-6)
  }
})
