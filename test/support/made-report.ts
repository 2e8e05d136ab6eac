/** A whole report on made evidence, as it is read from its JSON: all sections, stress by history and by replay. */
import { analyse } from '../../commands/gate/analysis.ts'
import { judge } from '../../commands/gate/judge.ts'
import { reportOf } from '../../commands/gate/report.ts'
import type { GateReport } from '../../commands/gate/report-form.ts'
import { canonicalJson } from '../../schemas/kernel/canonical.ts'
import { madeEvidence, policyOf, runSpec, withCommittee } from './gate.ts'

const runs = [1, 10, 100].map((alpha) => runSpec(`a${alpha}`, ['x0', 'x1'], alpha))
const policy = policyOf([
  { test: 'psr', comparison: 'at-least', threshold: 0.95 },
  { test: 'dsr', comparison: 'at-least', threshold: 0.95 },
  { test: 'stress-worst-loss', comparison: 'at-most', threshold: 0.2 },
])

export function madeReport(): GateReport {
  const shape = { names: 12, days: 900, features: 2, seed: 9, skill: 0.1 }
  const evidence = withCommittee(madeEvidence(shape, runs, policy).evidence)
  const analysis = analyse(evidence)
  const report = reportOf(evidence, analysis, judge(analysis, policy.gate))
  const read = JSON.parse(canonicalJson(report)) as GateReport
  return { ...read, sections: { ...read.sections, ...OUTWARD } }
}

/** What made evidence has nothing of. */
const OUTWARD: Pick<GateReport['sections'], 'factors' | 'stress'> = {
  factors: {
    kind: 'measured',
    value: {
      dataset: 'funds',
      alpha: { factor: 'alpha', beta: 0.0001, standardError: 0.00008, t: 1.25 },
      loadings: [
        { factor: 'MTUM', beta: 0.31, standardError: 0.04, t: 7.75 },
        { factor: 'QUAL', beta: -0.12, standardError: 0.07, t: -1.71 },
      ],
      periodsPerYear: 252,
      rSquared: 0.21,
      conditionNumber: 14.2,
      days: 800,
      lags: 6,
    },
  },
  stress: {
    kind: 'measured',
    value: {
      episodes: [
        {
          episode: 'pandemic',
          from: '2020-02-20',
          to: '2020-03-24',
          kind: 'replayed',
          days: 22,
          totalReturn: -0.11,
          worstDay: -0.043,
          worstDayAt: 1_584_360_000_000_000,
          maxDrawdown: -0.13,
          reason: null,
        },
        {
          episode: 'August 2015',
          from: '2015-08-18',
          to: '2015-08-26',
          kind: 'own',
          days: 6,
          totalReturn: 0.02,
          worstDay: -0.01,
          worstDayAt: 1_440_446_400_000_000,
          maxDrawdown: -0.012,
          reason: null,
        },
        {
          episode: 'financial crisis',
          from: '2007-10-10',
          to: '2009-03-10',
          kind: 'insufficient',
          days: null,
          totalReturn: null,
          worstDay: null,
          worstDayAt: null,
          maxDrawdown: null,
          reason: 'the history does not cover it and there are no factors',
        },
      ],
    },
  },
}
