/** Frauds and flukes that are known because they were planted: the default policy refuses each, by the test meant for it. */
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { analyse } from '../../commands/gate/analysis.ts'
import type { GateEvidence, GivenData } from '../../commands/gate/evidence.ts'
import { familyOf, type TrialEvidence } from '../../commands/gate/family.ts'
import { judge } from '../../commands/gate/judge.ts'
import type { PortfolioSpec } from '../../schemas/events/experiment.ts'
import { parseMoment } from '../../schemas/kernel/time.ts'
import { columnOf, type Rows } from '../../schemas/rows.ts'
import { readPolicy } from '../../serving/policy-file.ts'
import { insufficient, measured } from '../../streams/statistics/measured.ts'
import { normals, xoshiro128 } from '../../streams/statistics/random.ts'
import { sharpeOf } from '../../streams/statistics/sharpe.ts'
import { RETURN } from '../../streams/training/sample.ts'
import { evidenceOn, policyOf, runSpec, type Shape, trainingSet } from '../support/gate.ts'
import { longDataset } from '../support/sessions.ts'

const { policy: DEFAULT } = await readPolicy(
  fileURLToPath(new URL('../../serving/default-policy.yaml', import.meta.url)),
)
/** All but the commit's: who signed what is not planted. */
const GATE = DEFAULT.gate.filter(({ test }) => test !== 'signed-commit')
const policy = { ...policyOf(GATE), validation: DEFAULT.validation }

/** Twelve names over a crisis, deep enough for the capital that the policy asks for. */
const shape: Shape = {
  names: 12,
  days: 3000,
  features: 3,
  seed: 3,
  skill: 0.1,
  start: parseMoment('2005-01-01'),
}

function evidenceFor(rows: Rows, portfolio: Partial<PortfolioSpec> = {}): GateEvidence {
  const runs = ['x0', 'x1', 'x2'].map((feature) => {
    const run = runSpec(feature, [feature])
    const impact = run.portfolio.impact && { ...run.portfolio.impact, advUsd: 1e11 }
    return { ...run, portfolio: { ...run.portfolio, impact, ...portfolio } }
  })
  const { evidence } = evidenceOn(rows, runs, { policy })
  return {
    ...evidence,
    factors: measured(factorOf(evidence, normals(xoshiro128(9), evidence.days.net.length))),
  }
}

/** The returns of one factor over the days of the evidence. */
function factorOf({ days }: GateEvidence, returns: Float64Array): GivenData {
  const values = returns.map((value) => Math.max(-0.5, 0.01 * value))
  const { length } = values
  const arrival: Rows = {
    length,
    entities: ['Mkt'],
    entity: new Uint32Array(length),
    eventTime: days.moments,
    knownAt: days.moments,
    columns: [{ name: 'return', values }],
  }
  const spec = longDataset('factors', [{ name: 'return', unit: 'return' }])
  return { dataset: 'factors', spec, arrivals: [arrival], asOf: Number.MAX_SAFE_INTEGER }
}

/** The tests that refuse it; `at-most` stands beside the one that is on both sides. */
const refusals = (evidence: GateEvidence): readonly string[] =>
  judge(analyse(evidence), GATE).tests.flatMap(({ test, comparison, passed }) =>
    passed ? [] : [test === 'net-sharpe' ? `${test} ${comparison}` : test],
  )

const columnWith = (rows: Rows, name: string, of: (value: number, row: number) => number): Rows => ({
  ...rows,
  columns: rows.columns.map((column) =>
    column.name === name ? { name, values: column.values.map(of) } : column,
  ),
})

const valuesOf = (rows: Rows, name: string): Float64Array => columnOf(rows, name) ?? new Float64Array()

test('skill that is there passes', () => {
  expect(refusals(evidenceFor(trainingSet(shape)))).toEqual([])
})

test('a book that is a factor, and one of which nobody brought the factors', () => {
  const evidence = evidenceFor(trainingSet(shape))
  const own = evidence.days.net.map((value) => 100 * value)
  expect(refusals({ ...evidence, factors: measured(factorOf(evidence, own)) })).toEqual([
    'alpha-t',
    'factor-beta-max',
  ])
  const missing = insufficient('the data set factors, which the policy names, is not declared')
  expect(refusals({ ...evidence, factors: missing })).toEqual(['alpha-t', 'factor-beta-max'])
})

test('no skill', () => {
  const found = refusals(evidenceFor(trainingSet({ ...shape, skill: 0 })))
  expect(found).toEqual(
    expect.arrayContaining([
      'net-sharpe at-least',
      'psr',
      'step-down-p',
      'dsr-clusters',
      'overfit-loss',
      'alpha-t',
      'ic-t',
    ]),
  )
})

test('a little skill passes, but not where it pays nothing for its trades, with an impact that was made up', () => {
  const little = trainingSet({ ...shape, skill: 0.06 })
  expect(refusals(evidenceFor(little))).toEqual([])
  const impact = {
    temporary: 0,
    permanent: 0,
    outstandingDays: 1,
    capitalUsd: 1e6,
    advUsd: 1e15,
    dailyVolatility: 0.02,
  }
  const free = { spreadBps: 0, borrowBps: 0, impact: { model: 'square-root', ...impact } } as const
  expect(refusals(evidenceFor(little, free))).toEqual(['cost-per-trade-bps'])
})

test('a feature that is what is to be forecast, and noise', () => {
  const rows = trainingSet(shape)
  const noise = normals(xoshiro128(5), rows.length)
  const label = valuesOf(rows, 'label')
  const leaking = columnWith(rows, 'x0', (_, row) => label[row] + 0.02 * noise[row])
  expect(refusals(evidenceFor(leaking))).toEqual(['net-sharpe at-most', 'feature-label-ic'])
})

/** Of no skill one block of two years in four is above the threshold by luck; this one is not. */
test('skill that is gone in the last sixth', () => {
  const was = trainingSet({ ...shape, skill: 0.13 })
  const gone = trainingSet({ ...shape, skill: 0, seed: 4 })
  const from = (was.length * 5) / 6
  const faded = [RETURN, 'label'].reduce(
    (rows, name) => columnWith(rows, name, (value, row) => (row < from ? value : valuesOf(gone, name)[row])),
    was,
  )
  expect(refusals(evidenceFor(faded))).toContain('walk-forward-latest-sharpe')
})

/** The candidate with other net returns at the same costs, first of a family. */
function earning(evidence: GateEvidence, net: Float64Array, others: readonly TrialEvidence[]): GateEvidence {
  const { cost } = evidence.days
  const days = { ...evidence.days, net, gross: net.map((value, day) => value + cost[day]) }
  const [first] = evidence.family.trials
  return { ...evidence, days, family: familyOf([{ ...first, days }, ...others], days) }
}

test('one day that makes the whole', () => {
  const evidence = evidenceFor(trainingSet(shape))
  const net = evidence.days.net.map((_, day) => (day === 700 ? 0.4 : day % 2 ? 1.8e-5 : -2e-6))
  const found = refusals(earning(evidence, net, evidence.family.trials.slice(1)))
  expect(found).toEqual(expect.arrayContaining(['net-sharpe at-least', 'step-down-p', 'alpha-t']))
})

test('the best of 1000 without skill, 800 of which left no returns', () => {
  const evidence = { ...evidenceFor(trainingSet(shape)), depth: 'until-refused' as const }
  const uniform = xoshiro128(11)
  const made = Array.from({ length: 1000 }, () =>
    normals(uniform, evidence.days.net.length).map((z) => 0.006 * z),
  )
  const [best, ...others] = made.sort((a, b) => sharpeOf(b) - sharpeOf(a))
  const trials = others.map((net, k): TrialEvidence => {
    const days = { ...evidence.days, net, gross: net }
    const named = { run: `t${k}`, family: 'made', started: k + 2 }
    return k < 199 ? { ...named, status: 'finished', days } : { ...named, status: 'failed', days: null }
  })
  expect(sharpeOf(best) * Math.sqrt(252)).toBeGreaterThan(0.9)
  const found = refusals(earning(evidence, best, trials))
  expect(found).toEqual(expect.arrayContaining(['step-down-p', 'dsr-clusters']))
  expect(found).not.toContain('psr')
})
