/** Prints the SHA-256 of a report on made evidence: run by a test in processes that differ in all but their input. */
import { analyse } from '../../commands/gate/analysis.ts'
import { judge } from '../../commands/gate/judge.ts'
import { reportOf } from '../../commands/gate/report.ts'
import { digestOf } from '../../schemas/kernel/canonical.ts'
import { madeEvidence, policyOf, runSpec } from './gate.ts'

const runs = [1, 10, 100].map((alpha) => runSpec(`a${alpha}`, ['x0', 'x1'], alpha))
const policy = policyOf([{ test: 'psr', comparison: 'at-least', threshold: 0.95 }])
const { evidence } = madeEvidence({ names: 12, days: 900, features: 2, seed: 9, skill: 0.1 }, runs, policy)
const analysis = analyse(evidence)
process.stdout.write(digestOf(reportOf(evidence, analysis, judge(analysis, policy.gate))))
