/** Numbers that stand in a formula, and what is made of them alone. */
import type { Expression } from './expression.ts'

/** The value of an expression of numbers alone, such as `2 * 26`; null where it is anything else. */
export function constantOf(expression: Expression): number | null {
  if (expression.kind === 'number') return expression.value
  if (expression.kind !== 'call' || expression.operator.shape.constant === null) return null
  const values = expression.inputs.map(constantOf)
  if (values.some((value) => value === null)) return null
  const value = expression.operator.shape.constant(values as number[])
  return Number.isFinite(value) ? value + 0 : null
}
