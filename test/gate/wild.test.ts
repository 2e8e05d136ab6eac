/** Whatever returns, prices and scores come, the gate answers: what has no value fails with a reason, and nothing throws. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { analyse } from '../../commands/gate/analysis.ts'
import type { GateEvidence, GivenData } from '../../commands/gate/evidence.ts'
import { familyOf, type TrialEvidence } from '../../commands/gate/family.ts'
import { judge } from '../../commands/gate/judge.ts'
import { MEASURES } from '../../commands/gate/measures.ts'
import { reportOf } from '../../commands/gate/report.ts'
import { canonicalJson } from '../../schemas/kernel/canonical.ts'
import type { Rows } from '../../schemas/rows.ts'
import { measured } from '../../streams/statistics/measured.ts'
import { normals, xoshiro128 } from '../../streams/statistics/random.ts'
import { RETURN } from '../../streams/training/sample.ts'
import { madeEvidence, policyOf, runSpec, studyIn } from '../support/gate.ts'
import { NOTHING_BESIDE } from '../support/keys.ts'
import { longDataset } from '../support/sessions.ts'

const EVERY = Object.keys(MEASURES).map((test) => ({
  test,
  comparison: 'at-least' as const,
  threshold: -1e300,
}))
const policy = {
  ...policyOf(EVERY),
  validation: { groups: 4, testGroups: 2, embargoDays: 0, ...NOTHING_BESIDE },
}
const runs = [1, 10, 100].map((alpha) => ({ ...runSpec(`a${alpha}`, ['x0', 'x1'], alpha), folds: 2 }))
const { evidence } = madeEvidence({ names: 5, days: 420, features: 2, seed: 4, skill: 0.2 }, runs, policy)

const WILD = [
  Number.NaN,
  Infinity,
  -Infinity,
  1e200,
  -1e200,
  1e154,
  1e-300,
  -0,
  0,
  -1,
  5e-324,
  1e308,
  1e-100,
  1e60,
  1e75,
]
const wild = fc.constantFrom(...WILD)
/** How a column is spoilt: one place of it, many places, or all of it by one number. */
const spoiling = fc.record({
  kind: fc.constantFrom('one', 'many', 'all', 'scaled', 'none'),
  at: fc.nat(10_000),
  value: wild,
})
type Spoiling = typeof spoiling extends fc.Arbitrary<infer T> ? T : never

function spoilt(values: Float64Array, { kind, at, value }: Spoiling): Float64Array {
  if (kind === 'none') return values
  if (kind === 'scaled') return values.map((one) => one * value)
  return values.map((one, i) =>
    kind === 'all' || i === at % values.length || (kind === 'many' && (i * 7919) % 11 === at % 11)
      ? value
      : one,
  )
}

const answers = (from: GateEvidence): void => {
  const analysis = analyse(from)
  const { tests } = judge(analysis, from.policy.gate)
  for (const one of tests)
    expect(one.value === null ? (one.reason ?? '') !== '' : Number.isFinite(one.value)).toBe(true)
  canonicalJson(reportOf(from, analysis, { verdict: 'refused', tests }))
}

describe('the gate answers', () => {
  test('to any returns of the candidate and of its family', () => {
    fc.assert(
      fc.property(spoiling, spoiling, spoiling, (own, others, costs) => {
        const { days, family } = evidence
        const net = spoilt(days.net, own)
        const wildDays = {
          ...days,
          net,
          gross: net,
          cost: spoilt(days.cost, costs),
          turnover: spoilt(days.turnover, costs),
        }
        const [first, ...rest] = family.trials
        const spoil = (trial: TrialEvidence) =>
          trial.days === null
            ? trial
            : { ...trial, days: { ...trial.days, net: spoilt(trial.days.net, others) } }
        answers({
          ...evidence,
          days: wildDays,
          family: familyOf([{ ...first, days: wildDays }, ...rest.map(spoil)], wildDays),
        })
      }),
      { numRuns: 60 },
    )
  })

  test('to any market and any scores', () => {
    const study = studyIn(evidence)
    fc.assert(
      fc.property(fc.constantFrom(RETURN, 'label', 'x0'), spoiling, spoiling, (name, column, score) => {
        const columns = study.rows.columns.map((one) =>
          one.name === name ? { ...one, values: spoilt(one.values, column) } : one,
        )
        const rows: Rows = { ...study.rows, columns }
        const scores = study.scores.map((day) => spoilt(day, score))
        answers({ ...evidence, study: { kind: 'measured', value: { ...study, rows, scores } } })
      }),
      { numRuns: 30 },
    )
  })

  test('to any factors, rates and exposures', () => {
    const { days, study } = evidence
    const entities = study.kind === 'measured' ? study.value.rows.entities : []
    const given = (names: readonly string[], values: Float64Array): GivenData => {
      const length = values.length
      const eventTime = Float64Array.from(
        { length },
        (_, row) => days.moments[Math.floor(row / names.length)],
      )
      const entity = Uint32Array.from({ length }, (_, row) => row % names.length)
      const columns = [{ name: 'return', values }]
      const rows: Rows = { length, entities: names, entity, eventTime, knownAt: eventTime, columns }
      const spec = longDataset('wild', [{ name: 'return', unit: 'return' }])
      return { dataset: 'wild', spec, arrivals: [rows], asOf: Number.MAX_SAFE_INTEGER }
    }
    const noise = normals(xoshiro128(8), days.moments.length * entities.length)
    fc.assert(
      fc.property(spoiling, spoiling, (one, other) => {
        const factors = given(['A', 'B'], spoilt(noise.subarray(0, 2 * days.moments.length), one))
        const rates = given(['R'], spoilt(noise.subarray(0, days.moments.length), other))
        const exposures = given(entities, spoilt(noise, other))
        answers({
          ...evidence,
          factors: measured(factors),
          rates: measured(rates),
          volatility: measured(rates),
          exposures: measured(exposures),
        })
      }),
      { numRuns: 30 },
    )
  })
})
