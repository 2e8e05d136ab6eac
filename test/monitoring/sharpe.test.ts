/** The 21-day rule and the always-valid test beside it. */
import { describe, expect, test } from 'vitest'
import {
  beginEvidence,
  evidenceAgainst,
  heldMean,
  logMixture,
  mixtureRho,
  observe,
} from '../../streams/monitoring/e-process.ts'
import {
  expectationOf,
  falseAlarms,
  type WatchRule,
  watch,
  watchHistory,
} from '../../streams/monitoring/sharpe-watch.ts'
import { meanOf, sdOf } from '../../streams/statistics/moments.ts'
import { meanTest } from '../../streams/statistics/newey-west.ts'
import { medianOf } from '../../streams/statistics/quantile.ts'
import { normals, xoshiro128 } from '../../streams/statistics/random.ts'
import { annualise, sharpeOf } from '../../streams/statistics/sharpe.ts'
import { known } from '../support/known.ts'
import { watchSkill } from '../support/monitor-skill.ts'
import { near, nearRelative } from '../support/near.ts'
import { spx } from '../support/spx.ts'

const RULE: WatchRule = { windowDays: 21, deviations: 2, direction: 'below' }

/** Days of a model whose true annual Sharpe ratio is this. */
const model = (annualSharpe: number, days: number, seed: number): Float64Array =>
  normals(xoshiro128(seed), days).map((z) => 0.01 * (z + annualSharpe / Math.sqrt(252)))

describe('the index, held to 2000-2018 (vega-datasets sp500-2000.csv)', () => {
  const live = spx.dates.findIndex((date) => date > '2018-12-31')
  const expected = expectationOf(spx.returns.subarray(0, live), RULE)
  if (expected === null) throw new Error('no expectation')
  const { dates, returns } = spx
  const days = watchHistory(returns, expected, { ...RULE, direction: 'either' }).filter(
    ({ row }) => row >= live,
  )
  const on = (date: string) => days.find(({ row }) => dates[row] === date)

  test('what is expected', () => {
    expect(expected.windows).toBe(4758)
    nearRelative(expected.mean, 0.984983945497428, 1e-11)
    nearRelative(expected.deviation, 3.254208057978836, 1e-11)
  })

  test('27 of 326 days are beyond two deviations, and 26 of them above', () => {
    expect(days).toHaveLength(326)
    const breaches = days.filter(({ breach }) => breach)
    expect(breaches).toHaveLength(27)
    expect(dates[breaches[0].row]).toBe('2019-02-04')
    nearRelative(breaches[0].z ?? 0, 2.291709, 1e-6)
    const below = breaches.filter(({ z }) => (z ?? 0) < 0)
    expect(below.map(({ row }) => dates[row])).toEqual(['2020-03-12'])
    nearRelative(below[0].z ?? 0, -2.148829, 1e-6)
  })

  test('on the low of March 2020 the rule is silent', () => {
    expect(on('2020-03-23')).toMatchObject({ breach: false })
    nearRelative(on('2020-03-23')?.sharpe ?? 0, -5.286676239876962, 1e-11)
    nearRelative(on('2020-03-23')?.z ?? 0, -1.9272462220100548, 1e-11)
  })
})

// The t of 21 normal returns is noncentral t with 20 degrees (scipy.stats.nct); by the delta method it would be 3.55, 3.56.
test.each([
  [0, 0, 3.651483716701108],
  [2, 2.0791219554, 3.668109822817986],
])(
  'a month of days says little: a true ratio of %d is measured as %d, give or take %d',
  (ratio, mean, deviation) => {
    const months = 60_000
    const days = model(ratio, 21 * months, 21 + ratio)
    const measured = Float64Array.from({ length: months }, (_, k) =>
      annualise(sharpeOf(days.subarray(21 * k, 21 * k + 21))),
    )
    // Four standard errors.
    near(meanOf(measured), mean, (4 * deviation) / Math.sqrt(months))
    near(sdOf(measured), deviation, (4 * deviation) / Math.sqrt(months))
    if (ratio === 0) return
    const low = measured.filter((value) => value < mean - 2 * deviation).length / months
    near(low, 0.0216635, 4 * Math.sqrt(0.0216635 / months))
  },
)

// 4,000 paths with numpy: half of all models are caught after so many checks, and half of the good ones too.
test.each([
  [2, 152],
  [0, 54],
  [-2, 19],
])('a ratio of %d where 2 is expected: the median day of the first breach', (ratio, published) => {
  const expected = { mean: 2.0791219554, deviation: 3.668109822817986, windows: 1e5, periodsPerYear: 252 }
  const firsts = Float64Array.from({ length: 500 }, (_, path) => {
    const found = watchHistory(model(ratio, 1000, 50_000 + path), expected, RULE).find(({ breach }) => breach)
    return (found?.row ?? 1000) - 19
  })
  near(medianOf(firsts) / published, 1, 0.2)
})

describe('false alarms with nothing wrong', () => {
  // 4,000 paths of independent normal returns with a ratio of 2: one-sided .68, two-sided .93 within a year.
  const backtest = model(2, 20_000, 11)
  const rate = (rule: WatchRule) =>
    known(falseAlarms(backtest, rule, { uniform: xoshiro128(8), paths: 1000, blockLength: 1 }))

  test('a daily check breaches in two years of three, both ways in nine of ten', () => {
    near(rate(RULE).anyBreach, 0.68, 0.05)
    near(rate({ ...RULE, direction: 'either' }).anyBreach, 0.93, 0.03)
    near(rate({ ...RULE, deviations: 3 }).anyBreach, 0.14, 0.04)
    near(rate({ ...RULE, deviations: 3, direction: 'either' }).anyBreach, 0.31, 0.05)
  })

  test('a monthly check breaches less; re-arming turns a run of breaches into one alarm', () => {
    const [daily, monthly] = [rate(RULE), rate({ ...RULE, everyDays: 21 })]
    expect(monthly.anyBreach).toBeLessThan(0.5 * daily.anyBreach)
    const rearmed = rate({ ...RULE, rearmDeviations: 1 })
    expect(rearmed.anyBreach).toBe(daily.anyBreach)
    expect(rearmed.alarmsPerPath).toBeLessThan(0.6 * daily.alarmsPerPath)
    expect(rearmed.alarmsPerPath).toBeGreaterThanOrEqual(rearmed.anyBreach)
  })
})

test('a window that is short, still or incomplete is no reading', () => {
  const expected = { mean: 1, deviation: 3, windows: 100, periodsPerYear: 252 }
  const silent = { sharpe: null, z: null, breach: false }
  expect(watch(model(0, 20, 1), expected, RULE)).toEqual(silent)
  expect(watch(new Float64Array(21).fill(-0.01), expected, RULE)).toEqual(silent)
  expect(watch(model(0, 21, 1).fill(Number.NaN, 3, 4), expected, RULE)).toEqual(silent)
  expect(expectationOf(model(0, 40, 1), RULE)).toBeNull()
  expect(expectationOf(new Float64Array(400).fill(0.01), RULE)).toBeNull()
})

describe('the always-valid test', () => {
  test('tuning and mixture (confseq test/uniform_boundaries_unittest.cpp)', () => {
    nearRelative(mixtureRho(100), 15.80063490685053, 1e-12)
    nearRelative(mixtureRho(252), 39.817599965263334, 1e-12)
    nearRelative(logMixture(10, 100, mixtureRho(100)), -0.06502391242901137, 1e-12)
    // The bound at variance 100 is where the mixture reaches ln 20.
    near(logMixture(27.66071, 100, mixtureRho(100)), Math.log(20), 1e-6)
  })

  test('ten returns', () => {
    const published = [
      1.1526138245, 1.0966499918, 1.2067034591, 1.4656623779, 1.4279025875, 1.8868422526, 1.9890579454,
      2.3564276572, 2.2399126866, 2.9509262123,
    ]
    let evidence = evidenceAgainst(0, 1)
    for (const [i, z] of [-1.2, 0.3, -0.8, -1.5, 0.1, -2, -0.4, -1.1, 0.2, -1.7].entries()) {
      evidence = observe(evidence, z)
      near(evidence.eValue, published[i], 1e-9)
    }
    expect(evidence).toMatchObject({ days: 10, alarm: false })
  })

  const run = (returns: Float64Array) =>
    returns.reduce(observe, beginEvidence(model(2, 2520, 3), { trials: 1 }))

  test('fires in a few of 400 years with nothing wrong, and nearly always on a ratio of -4', () => {
    const fired = (annualSharpe: number) =>
      Array.from({ length: 400 }, (_, seed) => run(model(annualSharpe, 252, 1000 + seed))).filter(
        ({ alarm }) => alarm,
      ).length
    expect(fired(2)).toBeLessThan(20)
    expect(fired(-4)).toBeGreaterThan(380)
  })

  test('however far it goes it is a finite number; an alarm stands; a missing return changes nothing', () => {
    const crash = run(new Float64Array(3000).fill(-0.05))
    expect(crash.alarm).toBe(true)
    expect(Number.isFinite(crash.eValue)).toBe(true)
    const recovered = Array.from<number>({ length: 9000 }).fill(0.05).reduce(observe, crash)
    expect(recovered.eValue).toBeLessThan(1)
    expect(recovered.eValue).toBeGreaterThan(0)
    expect(recovered.alarm).toBe(true)
    expect(observe(crash, Number.NaN)).toBe(crash)
    expect(observe(beginEvidence(new Float64Array(), { trials: 1 }), 0.01).eValue).toBe(1)
  })

  // scipy.stats.norm.ppf(.025 / trials)
  test.each([
    [1, -1.9599639845400545],
    [45, -3.2607674884205213],
  ])(
    'of %d trials the best is held to a lower bound of its mean, wider for correlated days',
    (trials, quantile) => {
      const days = model(1, 1260, 5)
      for (const correlation of [0, 0.5]) {
        const returns = days.slice()
        for (let day = 1; day < returns.length; day++) returns[day] += correlation * returns[day - 1]
        const independent = sdOf(returns) / Math.sqrt(returns.length)
        const error = Math.max(independent, meanTest(returns).standardError)
        if (correlation > 0) expect(error).toBeGreaterThan(1.4 * independent)
        // The variance has n below in the one and n - 1 in the other.
        nearRelative(heldMean(returns, trials), meanOf(returns) + quantile * error, 2e-3)
      }
    },
  )

  test('the best of 45 without skill is not found worse than it was: 58 % were, held to the mean of its backtest', () => {
    const shape = { backtestDays: 1260, liveDays: 2520, autocorrelation: 0, skill: 0, live: null }
    expect(watchSkill({ ...shape, trials: 45 }, 30, 2).alarms).toBeLessThanOrEqual(0.1)
  })
})
