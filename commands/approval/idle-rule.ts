/** A threshold that nothing can meet, or that everything does: a gate that says nothing is no gate. */
import type { GateRule, PolicySpec } from '../../schemas/events/approval.ts'
import { type Measure, measureOf } from '../gate/measures.ts'

/** The first such rule, in words with the remedy; null where each asks for something. Tests that are none are passed over. */
export function idleRule({ gate, validation, holdout }: PolicySpec): string | null {
  for (const rule of gate) {
    const measure = measureOf(rule.test)
    const problem = measure && problemOf(rule, measure, gate)
    if (problem) return `${rule.test} ${rule.comparison} ${rule.threshold} ${problem}`
    if (measure?.needs === 'factors' && validation.factors === null)
      return `${rule.test} rests on a data set of factors, and the policy names none: name one under validation, or leave the test out`
    if (measure?.needs === 'holdout' && holdout === null)
      return `${rule.test} rests on a holdout, and the policy holds nothing out: write its first date under holdout, or leave the test out`
  }
  return null
}

function problemOf({ test, comparison, threshold }: GateRule, { demand }: Measure, gate: PolicySpec['gate']) {
  const { side, range } = demand
  const [least, greatest] = range
  const within =
    comparison === 'at-least'
      ? `set it above ${least} and no higher than ${greatest}`
      : `set it below ${greatest} and no lower than ${least}`
  if (threshold < least || threshold > greatest) return `is beyond what the test can say: ${within}`
  const empty = comparison === 'at-least' ? threshold === least : threshold === greatest
  if (empty) return `asks for nothing, for whatever comes meets it: ${within}`
  const demanded = gate.some((rule) => rule.test === test && rule.comparison === side)
  return demanded
    ? null
    : `refuses what is good and passes what is not: write ${side}, or set that threshold beside it`
}
