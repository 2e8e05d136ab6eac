/** The judgement: each threshold of the policy against what was measured. Too little data is a failure. */
import type { GateRule } from '../../schemas/events/approval.ts'
import type { TestResult } from '../../schemas/events/model.ts'
import type { Analysis } from './analysis.ts'
import { MEASURES } from './measures.ts'

export type Verdict = Readonly<{ verdict: 'passed' | 'refused'; tests: readonly TestResult[] }>

export function judge(analysis: Analysis, rules: readonly GateRule[]): Verdict {
  const tests = rules.map((rule) => testOf(analysis, rule))
  return { verdict: tests.every((test) => test.passed) ? 'passed' : 'refused', tests }
}

function testOf(analysis: Analysis, { test, comparison, threshold }: GateRule): TestResult {
  const found = MEASURES[test]?.of(analysis) ?? { kind: 'insufficient', reason: 'there is no such test' }
  if (found.kind === 'insufficient')
    return { test, comparison, threshold, value: null, margin: null, passed: false }
  const { value } = found
  const margin = comparison === 'at-least' ? value - threshold : threshold - value
  return { test, comparison, threshold, value, margin, passed: margin >= 0 }
}
