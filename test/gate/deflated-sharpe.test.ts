/** The deflated Sharpe ratio and the number of trials it needs. */
import { expect, test } from 'vitest'
import { type DeflatedOptions, deflatedSharpe } from '../../commands/gate/deflated-sharpe.ts'
import { effectiveRank, effectiveTrials } from '../../commands/gate/effective-trials.ts'
import { minBacktestLength } from '../../commands/gate/min-backtest-length.ts'
import type { TrackRecord } from '../../commands/gate/psr.ts'
import { sdOf } from '../../streams/statistics/moments.ts'
import { normals, xoshiro128 } from '../../streams/statistics/random.ts'
import { known } from '../support/known.ts'
import { nearRelative } from '../support/near.ts'

/** Two ratios whose variance (n − 1 below) is this. */
const spread = (variance: number) => Float64Array.of(0, Math.sqrt(2 * variance))

function sample(record: TrackRecord, options: Omit<DeflatedOptions, 'trialSharpes'>, variance: number) {
  const result = known(deflatedSharpe(record, { ...options, trialSharpes: spread(variance) }))
  const found = result.deflations.find(({ basis }) => basis === 'sample')
  if (found === undefined) throw new Error('no sample deflation')
  return found
}

// Bailey & López de Prado (2014): annual 2.5 over 1250 days, annual variance across trials .5
const paper = { sharpe: 2.5 / Math.sqrt(250), n: 1250, skew: -3, kurtosis: 10 }

test.each([
  [100, 0.11317200186513214, 0.9003968344493903],
  [46, 0.10036237061765357, 0.9505017068755787],
])('the example of the paper, %d trials', (trials, benchmark, expected) => {
  const found = sample(paper, { trials }, 0.5 / 250)
  nearRelative(found.benchmark, benchmark, 1e-12)
  nearRelative(found.probability, expected, 1e-12)
  if (trials === 100) nearRelative(found.benchmark * Math.sqrt(250), 1.7894064662732077)
})

test('the example of the paper: 47 trials are too many; with normal returns 89 are', () => {
  nearRelative(sample(paper, { trials: 47 }, 0.5 / 250).probability, 0.9494043748347133, 1e-12)
  const normal = { ...paper, skew: 0, kurtosis: 3 }
  nearRelative(sample(normal, { trials: 88 }, 0.5 / 250).probability, 0.9504908166760139, 1e-12)
  nearRelative(sample(normal, { trials: 89 }, 0.5 / 250).probability, 0.9498393714, 1e-10)
})

test('mlfinlab: the variance across three trials decides; here it has n - 1 below', () => {
  const record = { sharpe: 1.14, n: 250, skew: 0, kurtosis: 3 }
  const options = {
    trials: 3,
    trialSharpes: Float64Array.of(3.5, 1.01, 1.02),
    method: 'approximate',
  } as const
  const [first] = known(deflatedSharpe(record, options)).deflations
  nearRelative(first.probability, 0.15237512361221794, 1e-12)
  // With n below, as mlfinlab has it, the same trials let it pass.
  const { length } = options.trialSharpes
  const divided = sdOf(options.trialSharpes) ** 2 * ((length - 1) / length)
  const theirs = sample(record, { trials: 3, method: 'approximate' }, divided)
  nearRelative(theirs.probability, 0.9583658117478662, 1e-12)
  const parametric = sample(record, { trials: 100 }, 0.4 ** 2)
  nearRelative(parametric.benchmark, 1.012241157280674, 1e-12)
  nearRelative(parametric.probability, 0.9417400125058399, 1e-12)
})

test('the form of 2025: the best of ten trials with a variance of .1 (zoonek/2025-sharpe-ratio)', () => {
  const fund = { sharpe: 0.036 / 0.079, n: 24, skew: -2.448, kurtosis: 10.164 }
  const found = sample(fund, { trials: 10, form: '2025' }, 0.1)
  nearRelative(found.benchmark, 0.49793170320847435)
  nearRelative(found.probability, 0.4163602961637143)
})

const skilled = { sharpe: 0.12, n: 1000, skew: 0, kurtosis: 3 }

test('the smallest judged deflation counts; an effective number never meets the raw variance', () => {
  const trialSharpes = Float64Array.of(0.01, 0.02, 0.03)
  const options = { trials: 40, trialSharpes, meanCorrelation: 0.5, effectiveTrials: 12 }
  const result = known(deflatedSharpe(skilled, options))
  const table = result.deflations.map(({ basis, trials, judged }) => [basis, trials, judged])
  expect(table).toEqual([
    ['sample', 40, true],
    ['floored', 40, true],
    ['null-effective', 12, true],
    ['null', 40, false],
  ])
  const judged = result.deflations.filter((deflation) => deflation.judged)
  expect(result.judged.probability).toBe(Math.min(...judged.map(({ probability }) => probability)))
  // A tiny variance across correlated trials is lifted to (1 − ρ̄)/(T − 1).
  nearRelative(result.deflations[1].variance, 0.5 / 999, 1e-12)
})

test('one trial is not deflated; identical trials are flagged and judged by the null', () => {
  const one = known(deflatedSharpe(skilled, { trials: 1, trialSharpes: Float64Array.of(0.12) }))
  expect(one.judged).toMatchObject({ basis: 'null', benchmark: 0, probability: one.undeflated })
  const same = new Float64Array(50).fill(0.12)
  const identical = known(deflatedSharpe(skilled, { trials: 50, trialSharpes: same }))
  expect(identical.identicalTrials).toBe(true)
  expect(identical.judged.basis).toBe('null')
  expect(identical.deflations[0]).toMatchObject({ basis: 'sample', probability: identical.undeflated })
  expect(identical.judged.probability).toBeLessThan(identical.undeflated)
})

test('trials that left no ratio still count; a missing ratio is not read as zero', () => {
  const few = { trialSharpes: Float64Array.of(0.1, 0.12) }
  const [honest, short] = [500, 2].map((trials) => known(deflatedSharpe(skilled, { trials, ...few })))
  expect(honest.judged.probability).toBeLessThan(short.judged.probability)
  expect(deflatedSharpe(skilled, { trials: 2, trialSharpes: Float64Array.of(0.1, Number.NaN) }).kind).toBe(
    'insufficient',
  )
  expect(() => deflatedSharpe(skilled, { trials: 1, ...few })).toThrow(/at least as many/)
})

test('minimum backtest length (pypbo): 45 trials need five years for a ratio of 1', () => {
  nearRelative(minBacktestLength(45, 1).years, 4.998087004443404, 1e-12)
  expect(minBacktestLength(45, 1).upperBoundYears).toBeCloseTo(7.6133, 4)
  expect(minBacktestLength(7, 1).years).toBeCloseTo(1.923, 3)
  expect(minBacktestLength(100, 1).years).toBeCloseTo(6.404, 3)
})

const matrix = (...rows: readonly (readonly number[])[]) => rows.map((row) => Float64Array.from(row))

test('effective rank (zoonek; Roy & Vetterli)', () => {
  nearRelative(effectiveRank(matrix([1, 0.1, 0.7], [0.1, 1, 0.8], [0.7, 0.8, 1])), 1.8402003953375239, 1e-12)
  nearRelative(effectiveRank(matrix([1, 0.1], [0.1, 1])), 1.9900083082, 1e-10)
  const equal = [0, 1, 2, 3].map((i) => [0, 1, 2, 3].map((j) => (i === j ? 1 : 0.9)))
  // Eigenvalues 3.7, .1, .1, .1; exp of the entropy, in decimals.
  nearRelative(effectiveRank(matrix(...equal)), 1.417337887383506, 1e-12)
})

test('effective trials: copies are one, strangers are many, the constant is left out', () => {
  const base = normals(xoshiro128(1), 500)
  const copies = known(effectiveTrials([base, base.map((x) => 2 * x), base.map((x) => x + 1)]))
  expect(copies.effective).toBeCloseTo(1, 10)
  const strangers = Array.from({ length: 20 }, (_, k) => normals(xoshiro128(k), 500))
  const many = known(effectiveTrials([...strangers, new Float64Array(500)]))
  expect(many).toMatchObject({ trials: 20, excluded: 1 })
  expect(many.effective).toBeGreaterThan(18)
  expect(effectiveTrials([new Float64Array(500)]).kind).toBe('insufficient')
  expect(effectiveTrials([base, base.map((x, i) => (i === 3 ? Number.NaN : x))]).kind).toBe('insufficient')
})
