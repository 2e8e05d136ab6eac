/** A set's formulas as one program: each sub-expression is computed once, after what it is made from. */
import { CONSTANT } from './along.ts'
import { type Expression, fieldsOf } from './formula/expression.ts'
import { printExpression } from './formula/print.ts'
import type { Node } from './shape.ts'

/** Slots hold first the columns, then the nodes. */
export type Program = Readonly<{
  columns: readonly string[]
  nodes: readonly Node[]
  slots: number
  /** The slot of each formula's value. */
  outputs: readonly number[]
  /** Whether any value depends on other entities. */
  crosses: boolean
  /** The rows before its own, in one entity's history, that a value can depend on. */
  lookbackRows: number
  /** The most cross-sections, one in another, that lie within a window. */
  crossesWithin: number
}>

/** Compiles formulas that were parsed over the same data set. */
export function compileProgram(formulas: readonly Expression[]): Program {
  const columns = [...new Set(formulas.flatMap(fieldsOf))].sort()
  const slots = new Map<string, number>(
    columns.map((name, slot) => [printExpression({ kind: 'field', name }), slot]),
  )
  const nodes: Node[] = []

  const slotOf = (expression: Expression): number => {
    const text = printExpression(expression)
    const known = slots.get(text)
    if (known !== undefined) return known
    const made = partsOf(expression, slotOf)
    const slot = columns.length + nodes.length
    nodes.push({ ...made, slot })
    slots.set(text, slot)
    return slot
  }

  const outputs = formulas.map(slotOf)
  return {
    columns,
    nodes,
    slots: columns.length + nodes.length,
    outputs,
    crosses: nodes.some(({ shape }) => shape.crosses),
    lookbackRows: Math.max(0, ...formulas.map(lookbackOf)),
    crossesWithin: Math.max(0, ...formulas.map((formula) => crossesWithin(formula, false))),
  }
}

function partsOf(expression: Expression, slotOf: (of: Expression) => number): Omit<Node, 'slot'> {
  if (expression.kind === 'number') return { shape: CONSTANT, inputs: [], numbers: [expression.value] }
  if (expression.kind === 'field') throw new Error(`column ${expression.name} has no slot`)
  const { operator, inputs, numbers } = expression
  return { shape: operator.shape, inputs: inputs.map(slotOf), numbers }
}

function lookbackOf(expression: Expression): number {
  if (expression.kind !== 'call') return 0
  const { operator, inputs, numbers } = expression
  return operator.shape.lookback(numbers) + Math.max(0, ...inputs.map(lookbackOf))
}

function crossesWithin(expression: Expression, isInWindow: boolean): number {
  if (expression.kind !== 'call') return 0
  const { operator, inputs, numbers } = expression
  const own = operator.shape.crosses && isInWindow ? 1 : 0
  const within = isInWindow || operator.shape.lookback(numbers) > 0
  return own + Math.max(0, ...inputs.map((input) => crossesWithin(input, within)))
}
