/** The judgement: each threshold of the policy against what was measured. Too little data is a failure. */
import type { GateRule } from '../../schemas/events/approval.ts'
import { measureOf } from './measures.ts'
import type { Reading } from './readings.ts'
import type { Analysis, JudgedTest } from './report-form.ts'

export type Verdict = Readonly<{ verdict: 'passed' | 'refused'; tests: readonly JudgedTest[] }>

export function judge(analysis: Analysis, rules: readonly GateRule[]): Verdict {
  const tests = rules.map((rule) => judged(rule, readingOf(analysis, rule)))
  return { verdict: tests.every((test) => test.passed) ? 'passed' : 'refused', tests }
}

/** Whether a test fails on what has been worked out so far, so that nothing more can save the candidate. */
export const refusesAlready = (analysis: Analysis, rules: readonly GateRule[]): boolean =>
  rules.some((rule) => {
    const reading = readingOf(analysis, rule)
    return reading.kind !== 'not-worked-out' && !judged(rule, reading).passed
  })

const readingOf = (analysis: Analysis, { test }: GateRule): Reading =>
  measureOf(test)?.of(analysis) ?? { kind: 'insufficient', reason: 'there is no such test' }

function judged({ test, comparison, threshold }: GateRule, reading: Reading): JudgedTest {
  const title = measureOf(test)?.title ?? test
  if (reading.kind !== 'measured') {
    const { reason } = reading
    return { test, title, comparison, threshold, value: null, margin: null, passed: false, reason }
  }
  const { value } = reading
  const margin = comparison === 'at-least' ? value - threshold : threshold - value
  return { test, title, comparison, threshold, value, margin, passed: margin >= 0, reason: null }
}
