/** Checks what a formula adds up, compares and groups by: units that go together, and names of groups only where groups stand. */
import { refuse } from '../../../schemas/kernel/fault.ts'
import type { Call, Expression, UnitOf } from './expression.ts'
import type { Located } from './parser.ts'
import { pointerAt } from './pointer.ts'
import { printExpression } from './print.ts'
import { UNITS, UnitClash } from './units.ts'

/** The unit of each column, `group` where it holds names of groups; of those of other data sets under their name there. */
export type ColumnUnits = Readonly<{
  own: ReadonlyMap<string, UnitOf>
  joined: ReadonlyMap<string, ReadonlyMap<string, UnitOf>>
}>

/**
 * The unit of a formula's value; null where it is not known.
 * @param seen the units of parts that were checked before, such as definitions
 * @throws Refusal `formula.unit`, `formula.group`
 */
export function checkUnits(
  { expression, columnOf }: Located,
  { text, columns, seen }: Readonly<{ text: string; columns: ColumnUnits; seen: Map<Expression, UnitOf> }>,
): UnitOf {
  const at = (part: Expression, otherwise: Expression) => {
    const column = columnOf.get(part) ?? columnOf.get(otherwise) ?? 1
    return { column, ...pointerAt(text, column) }
  }

  const unitOf = (part: Expression, own: ReadonlyMap<string, UnitOf>): UnitOf => {
    const known = seen.get(part)
    if (known !== undefined) return known
    const unit = found(part, own)
    seen.set(part, unit)
    return unit
  }

  const found = (part: Expression, own: ReadonlyMap<string, UnitOf>): UnitOf => {
    if (part.kind === 'number') return part.value
    if (part.kind === 'duration') return 'any'
    if (part.kind === 'field') return own.get(part.name) ?? null
    if (part.kind === 'joined') return unitOf(part.of, columns.joined.get(part.from) ?? new Map())
    const inputs = part.inputs.map((input) => unitOf(input, own))
    refuseGroups(part, inputs)
    try {
      return part.operator.unit(UNITS, inputs, part.numbers)
    } catch (error) {
      if (!(error instanceof UnitClash)) throw error
      throw refuse('formula.unit', { problem: error.message, ...at(part.inputs[error.place] ?? part, part) })
    }
  }

  const refuseGroups = (call: Call, inputs: readonly UnitOf[]): void => {
    const { operator } = call
    if (operator.takesGroups) return
    const numbers = operator.isGrouped ? inputs.slice(0, -1) : inputs
    const place = numbers.indexOf('group')
    if (place < 0) return
    const name = printExpression(call.inputs[place])
    throw refuse('formula.group', { what: name, name, ...at(call.inputs[place], call) })
  }

  return unitOf(expression, columns.own)
}
