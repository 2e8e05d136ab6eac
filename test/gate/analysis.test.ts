/** The gate's whole judgement on made evidence: what it passes, what it refuses, and that it says the same again. */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { analyse } from '../../commands/gate/analysis.ts'
import type { GateEvidence, GivenData } from '../../commands/gate/evidence.ts'
import { familyOf } from '../../commands/gate/family.ts'
import { judge } from '../../commands/gate/judge.ts'
import { MEASURES } from '../../commands/gate/measures.ts'
import { reportOf } from '../../commands/gate/report.ts'
import type { Section } from '../../commands/gate/report-base.ts'
import type { Sections } from '../../commands/gate/report-form.ts'
import type { GateRule } from '../../schemas/events/approval.ts'
import { canonicalJson, sha256 } from '../../schemas/kernel/canonical.ts'
import type { Rows } from '../../schemas/rows.ts'
import { insufficient, measured } from '../../streams/statistics/measured.ts'
import { madeEvidence, policyOf, runSpec, withCommittee, withNet } from '../support/gate.ts'
import { longDataset } from '../support/sessions.ts'

const atLeast = (test: string, threshold: number): GateRule => ({ test, comparison: 'at-least', threshold })
const atMost = (test: string, threshold: number): GateRule => ({ test, comparison: 'at-most', threshold })
/** One of every test that there is, with thresholds that any number meets. */
const EVERY = Object.keys(MEASURES).map((test) => atLeast(test, -1e300))

const FEATURES = ['x0', 'x1', 'x2']
const runs = [1, 10, 100, 1000].flatMap((alpha) =>
  [FEATURES, ['x0'], ['x1', 'x2']].map((features, k) => runSpec(`a${alpha}-${k}`, features, alpha)),
)
const shape = { names: 12, days: 1200, features: 3, seed: 5, skill: 0.25 }

let evidence: GateEvidence
beforeAll(() => {
  evidence = madeEvidence(shape, runs, policyOf(EVERY)).evidence
})

const sectionOf = (from: GateEvidence, name: keyof Sections): Section<unknown> => analyse(from).sections[name]

/** Prices of two indices over the days of the evidence; the second is `other` times the first where that is given. */
function factorsFor({ days }: GateEvidence, other?: number): GivenData {
  const first = Float64Array.from(
    days.moments,
    (_, day) => 100 * (1 + 0.1 * Math.sin(day * 1.7)) * 1.0002 ** day,
  )
  const second = first.map((price, day) =>
    other === undefined ? 50 * (1 + 0.1 * Math.cos(day * day)) : other * price,
  )
  const rows = (name: string, values: Float64Array): Rows => ({
    length: values.length,
    entities: [name],
    entity: new Uint32Array(values.length),
    eventTime: days.moments,
    knownAt: days.moments,
    columns: [{ name: 'close', values }],
  })
  return {
    dataset: 'indices',
    spec: longDataset('indices', [{ name: 'close', unit: 'USD' }]),
    arrivals: [rows('A', first), rows('B', second)],
    asOf: Number.MAX_SAFE_INTEGER,
  }
}

/** A vendor's exposures of the names of the evidence, every 30 days. */
function exposuresFor({ days, study }: GateEvidence): GivenData {
  const entities = study.kind === 'measured' ? study.value.rows.entities : []
  const moments = days.moments.filter((_, day) => day % 30 === 0)
  const length = moments.length * entities.length
  const eventTime = Float64Array.from({ length }, (_, row) => moments[Math.floor(row / entities.length)])
  const entity = Uint32Array.from({ length }, (_, row) => row % entities.length)
  const columns = [{ name: 'value', values: Float64Array.from(entity, (name) => Math.sin(name)) }]
  const rows: Rows = { length, entities, entity, eventTime, knownAt: eventTime, columns }
  const spec = longDataset('vendor', [{ name: 'value', unit: '' }])
  return { dataset: 'vendor', spec, arrivals: [rows], asOf: Number.MAX_SAFE_INTEGER }
}

describe('a skilled candidate', () => {
  test('has every section, and a report whose ledger is the whole family', () => {
    const analysis = analyse({
      ...withCommittee(evidence),
      factors: measured(factorsFor(evidence)),
      exposures: measured(exposuresFor(evidence)),
    })
    for (const [name, section] of Object.entries(analysis.sections))
      expect([name, section.kind]).toEqual([name, 'measured'])
    expect(analysis.sections.vendorExposures.kind).toBe('measured')
    const report = reportOf(evidence, analysis, judge(analysis, evidence.policy.gate))
    expect(report.sections.vendorExposures).toEqual(analysis.sections.vendorExposures)
    expect(report.ledger).toMatchObject({ started: 12, finished: 12, sessions: evidence.days.net.length })
    expect(report.ledger.trials.filter((trial) => trial.candidate).map((trial) => trial.run)).toEqual([
      runs[0].run,
    ])
    expect(report.series.equity).toHaveLength(evidence.days.net.length)
  })

  test('passes thresholds that it meets, each with its margin, and is refused by one that it does not', () => {
    const analysis = analyse(evidence)
    const rules = [
      atLeast('net-sharpe', 1),
      atLeast('psr', 0.95),
      atMost('pbo', 0.6),
      atMost('cpcv-share-below-zero', 0),
    ]
    const passed = judge(analysis, rules)
    expect(passed.verdict).toBe('passed')
    for (const { value, margin } of passed.tests) expect(value !== null && (margin ?? -1) >= 0).toBe(true)
    const refused = judge(analysis, [...rules, atLeast('net-sharpe-lo', 1000)])
    expect(refused.verdict).toBe('refused')
    expect(refused.tests.filter((one) => !one.passed).map((one) => one.test)).toEqual(['net-sharpe-lo'])
  })
})

describe('depth', () => {
  test('until refused: a cheap test that fails ends the work, and the report says so section by section', () => {
    const policy = policyOf([atLeast('net-sharpe', 1000), atMost('pbo', 1)])
    const analysis = analyse({ ...evidence, policy, depth: 'until-refused' })
    expect(analysis.sections.performance.kind).toBe('measured')
    expect(analysis.sections.overfitting).toMatchObject({
      kind: 'not-worked-out',
      reason: /refused/ as never,
    })
    const { verdict, tests } = judge(analysis, policy.gate)
    expect(verdict).toBe('refused')
    expect(tests[1]).toMatchObject({ value: null, passed: false })
  })

  test('what the cheap tests do not refuse is worked out as fully as ever', () => {
    const policy = policyOf([atLeast('net-sharpe', 0), atMost('pbo', 1)])
    const sections = (depth: GateEvidence['depth']) => analyse({ ...evidence, policy, depth }).sections
    expect(sections('until-refused')).toEqual(sections('full'))
  })
})

test('ratio and probability are of one series: what costs eat is not sure because it was sure before them (Lean issue 9533)', () => {
  const net = evidence.days.gross.map((value) => value - 0.02)
  const { tests } = judge(analyse(withNet(evidence, net)), [atLeast('net-sharpe', 0), atLeast('psr', 0.5)])
  expect(tests.map(({ passed }) => passed)).toEqual([false, false])
  expect(tests[0].value).toBeLessThan(-1)
  expect(tests[1].value).toBeLessThan(1e-6)
})

test.each(['constructor', 'toString', '__proto__', 'no-such'])('"%s" is no test, and fails', (name) => {
  const { verdict, tests } = judge(analyse({ ...evidence, depth: 'until-refused' }), [atLeast(name, -1)])
  expect(verdict).toBe('refused')
  expect(tests[0]).toMatchObject({ title: name, value: null, reason: 'there is no such test' })
})

describe('what cannot be worked out is said, and fails', () => {
  const failing = (from: GateEvidence): readonly string[] => {
    const { tests, verdict } = judge(analyse(from), EVERY)
    expect(verdict).toBe('refused')
    for (const one of tests) {
      if (one.passed) continue
      expect(one.value).toBeNull()
      expect(one.reason?.length).toBeGreaterThan(5)
    }
    return tests.filter((one) => !one.passed).map((one) => one.test)
  }

  test('constant returns', () => {
    expect(failing(withNet(evidence, new Float64Array(800).fill(0.001)))).toEqual(
      expect.arrayContaining([
        'net-sharpe',
        'psr',
        'dsr',
        'walk-forward-share-below-zero',
        'false-alarm-year',
      ]),
    )
  })

  test('a missing return', () => {
    const net = evidence.days.net.slice()
    net[50] = Number.NaN
    expect(failing(withNet(evidence, net))).toEqual(
      expect.arrayContaining([
        'net-sharpe',
        'psr',
        'dsr',
        'pbo',
        'reality-check-p',
        'drawdown-95',
        'max-drawdown',
      ]),
    )
  })

  test('fewer than 30 days', () => {
    const found = failing(withNet(evidence, evidence.days.net.slice(0, 29)))
    expect(found).toEqual(expect.arrayContaining(['psr', 'dsr', 'pbo', 'reality-check-p', 'drawdown-95']))
  })

  test('one trial: there is no choice to judge', () => {
    const [only] = evidence.family.trials
    const alone = { ...evidence, family: familyOf([only]) }
    expect(failing(alone)).toEqual(expect.arrayContaining(['pbo', 'min-backtest-length']))
    const { deflation } = analyse(alone).sections
    expect(deflation).toMatchObject({ kind: 'measured' })
    if (deflation.kind === 'measured') expect(deflation.value.probability).toBe(deflation.value.undeflated)
  })

  test('trials that do not differ at all', () => {
    const [first] = evidence.family.trials
    const family = familyOf(['a', 'b', 'c'].map((run) => ({ ...first, run })))
    const { deflation, overfitting } = analyse({ ...evidence, family }).sections
    expect(deflation).toMatchObject({ kind: 'measured', value: { identicalTrials: true } })
    // Every choice is shared: the rank of the chosen is the median, which counts as overfit.
    expect(overfitting).toMatchObject({ kind: 'measured', value: { probability: 1 } })
  })

  test('a factor column that repeats another one is named', () => {
    expect(sectionOf({ ...evidence, factors: measured(factorsFor(evidence, 3)) }, 'factors')).toMatchObject({
      kind: 'insufficient',
      reason: expect.stringContaining('B') as string,
    })
  })

  test('a factor data set that never arrived, or of which nothing was known yet', () => {
    const never = measured({ ...factorsFor(evidence), arrivals: [], asOf: 0 })
    expect(failing({ ...evidence, factors: never })).toContain('factor-beta-max')
    expect(
      sectionOf({ ...evidence, factors: measured({ ...factorsFor(evidence), asOf: 0 }) }, 'factors').kind,
    ).toBe('insufficient')
  })

  test('a factor data set that the policy names and nobody declared: no beta, and no alpha by styles alone', () => {
    const undeclared = insufficient('the data set indices, which the policy names, is not declared')
    const { factors, alpha } = analyse({ ...evidence, factors: undeclared }).sections
    expect([factors, alpha]).toEqual([undeclared, undeclared])
  })

  test('a run without a training set of ours', () => {
    const bare = { ...evidence, study: insufficient('it was trained elsewhere') }
    expect(failing(bare)).toEqual(
      expect.arrayContaining([
        'cpcv-median-sharpe',
        'ic-t',
        'capacity-usd',
        'style-beta-max',
        'regime-worst-sharpe',
      ]),
    )
  })

  test('no impact model: capital has no price', () => {
    const portfolio = { ...evidence.portfolio, impact: null }
    expect(failing({ ...withCommittee(evidence), portfolio })).toEqual([
      'capacity-usd',
      'factor-beta-max',
      'stress-worst-loss',
    ])
  })
})

const bytesOf = (from: GateEvidence): string => {
  const analysis = analyse(from)
  return canonicalJson(reportOf(from, analysis, judge(analysis, from.policy.gate)))
}

describe('the report', () => {
  test('has the same bytes in another process, time zone and language', () => {
    const program = fileURLToPath(new URL('../support/report-digest.ts', import.meta.url))
    const elsewhere = (env: Record<string, string>) =>
      execFileSync(process.execPath, [program], { env: { ...process.env, ...env }, encoding: 'utf8' })
    const here = elsewhere({ TZ: 'UTC', LANG: 'C', LC_ALL: 'C' })
    expect(here).toMatch(/^[0-9a-f]{64}$/)
    expect(elsewhere({ TZ: 'Pacific/Auckland', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' })).toBe(here)
  })

  test('another file or policy version draws other paths, and changes nothing that is not drawn', () => {
    const policy = { ...evidence.policy, version: 2 }
    const one = analyse(evidence).sections
    for (const from of [
      { ...evidence, artifact: 'b' },
      { ...evidence, policy },
    ]) {
      const other = analyse(from).sections
      expect(one.drawdown).not.toEqual(other.drawdown)
      expect(one.crossValidation).toEqual(other.crossValidation)
    }
    expect(sha256(bytesOf(evidence))).toBe(sha256(bytesOf(evidence)))
  })

  test('a section that has nothing to draw for moves no draw of the others', () => {
    const [only] = evidence.family.trials
    const [all, alone] = [evidence, { ...evidence, family: familyOf([only]) }].map(
      (from) => analyse(from).sections,
    )
    expect(alone.reality).not.toEqual(all.reality)
    expect(alone.drawdown).toMatchObject({ kind: 'measured' })
    for (const name of ['drawdown', 'watch'] as const) expect(alone[name], name).toEqual(all[name])
  })

  test('is JSON without a hole: what does not exist is null', () => {
    const flat = withNet(evidence, new Float64Array(800))
    expect(JSON.parse(bytesOf(flat))).toMatchObject({
      verdict: 'refused',
      sections: { performance: { value: { sharpeAnnual: null } } },
    })
  })
})
