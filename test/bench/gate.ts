/** The bench of the gate: a full report, worked out and written. */
import { analyse } from '../../commands/gate/analysis.ts'
import { judge } from '../../commands/gate/judge.ts'
import { reportOf } from '../../commands/gate/report.ts'
import { canonicalJson } from '../../schemas/kernel/canonical.ts'
import { madeEvidence, policyOf, runSpec } from '../support/gate.ts'

const SHAPE = { names: 20, days: 8313, features: 8, seed: 1, skill: 0.03, horizon: 5 }
const TRIALS = 45

/** 20 names over 8,313 days, 45 trials, 10,000 bootstrap paths and CPCV(10, 2), on one core. */
export function benchGate() {
  const features = Array.from({ length: SHAPE.features }, (_, k) => `x${k}`)
  const runs = Array.from({ length: TRIALS }, (_, k) =>
    runSpec(`trial-${k}`, k === 0 ? features : features.slice(0, 1 + (k % features.length)), 1 + 10 * k),
  )
  const policy = policyOf([{ test: 'dsr', comparison: 'at-least', threshold: 0.95 }])
  const { evidence } = madeEvidence(SHAPE, runs, policy)
  return [1, 2, 3].map((round) => {
    const begun = performance.now()
    const analysis = analyse(evidence)
    const worked = performance.now()
    const report = canonicalJson(reportOf(evidence, analysis, judge(analysis, policy.gate)))
    const written = performance.now()
    return {
      round,
      analyseSeconds: (worked - begun) / 1000,
      writeSeconds: (written - worked) / 1000,
      reportKb: report.length / 1000,
    }
  })
}
