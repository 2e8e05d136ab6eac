/** The nine moving-average rules on the index go through the gate: the best looks sure by itself, and is refused. */
import { expect, test } from 'vitest'
import { analyse } from '../../commands/gate/analysis.ts'
import type { Days } from '../../commands/gate/days.ts'
import type { GateEvidence } from '../../commands/gate/evidence.ts'
import { familyOf } from '../../commands/gate/family.ts'
import { judge } from '../../commands/gate/judge.ts'
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import { insufficient } from '../../streams/statistics/measured.ts'
import { policyOf, runSpec } from '../support/gate.ts'
import { nearRelative } from '../support/near.ts'
import { daysAt } from '../support/sessions.ts'
import { rules } from '../support/spx.ts'

const daysOf = (net: Float64Array): Days => {
  return daysAt(
    net.map((_, day) => day * MICROS_PER_DAY),
    { net },
  )
}

/** Values by numpy, as in the test of the methods one by one. */
test('PSR .987 passes; DSR .944 and PBO .620 refuse', () => {
  const trials = rules.map((net, k) => ({
    run: `rule-${k}`,
    family: 'made',
    status: 'finished' as const,
    started: k + 1,
    days: daysOf(net),
  }))
  const policy = policyOf([
    { test: 'psr', comparison: 'at-least', threshold: 0.95 },
    { test: 'dsr', comparison: 'at-least', threshold: 0.95 },
    { test: 'pbo', comparison: 'at-most', threshold: 0.5 },
  ])
  const evidence: GateEvidence = {
    model: 'rules',
    artifact: 'a',
    run: runSpec('rule-2', ['none']),
    portfolio: runSpec('rule-2', ['none']).portfolio,
    days: daysOf(rules[2]),
    study: insufficient('rules are not trained'),
    label: null,
    formulas: [],
    family: familyOf(trials),
    policy,
    factors: null,
    rates: null,
    exposures: null,
    volatility: null,
    holdout: null,
    live: [],
    readAt: 1,
    earlierRequests: 0,
    depth: 'full',
  }
  const analysis = analyse(evidence)
  const { verdict, tests } = judge(analysis, policy.gate)
  expect(verdict).toBe('refused')
  expect(tests.map(({ passed }) => passed)).toEqual([true, false, false])
  nearRelative(tests[0].value ?? 0, 0.9869179407384712, 1e-11)
  nearRelative(tests[2].value ?? 0, 0.6198912198912199, 1e-11)
  const { deflation } = analysis.sections
  if (deflation.kind !== 'measured') throw new Error(deflation.reason)
  const probability = (basis: string) =>
    deflation.value.rows.find((row) => row.basis === basis)?.probability ?? 0
  nearRelative(probability('sample'), 0.944121516471264, 1e-11)
  nearRelative(probability('null'), 0.7638134683590638, 1e-11)
})
