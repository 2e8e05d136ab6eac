/** Finds which operator of a name a call means, and files its arguments. */
import type { Arguments, Call, Expression, Operator, Parameter } from './expression.ts'

/** Why an operator does not take some arguments: how many there are, or one of them. */
type Misfit = Readonly<{
  operator: Operator
  /** How many arguments it took before. */
  taken: number
  place: number | null
  parameter: Parameter | null
}>

export type Filed = Readonly<{ call: Call }> | Readonly<{ misfit: Misfit }>

/**
 * The call of the first of these operators that takes the arguments.
 * @param group what follows `by`; null where nothing does
 */
export function fileArguments(
  operators: readonly Operator[],
  list: readonly Expression[],
  group: Expression | null,
): Filed {
  const misfits: Misfit[] = []
  for (const operator of operators) {
    const filed = filedFor(operator, list, group)
    if ('call' in filed) return filed
    misfits.push(filed.misfit)
  }
  // The one that took the most is the one that was meant.
  return { misfit: misfits.reduce((best, one) => (one.taken > best.taken ? one : best)) }
}

function filedFor(operator: Operator, list: readonly Expression[], group: Expression | null): Filed {
  const into: Arguments = { inputs: [], numbers: [] }
  const takes = operator.isGrouped ? operator.takes.slice(0, -1) : operator.takes
  let next = 0
  for (const parameter of takes) {
    const end = parameter.isRest ? list.length : Math.min(next + 1, list.length)
    for (; next < end; next++)
      if (!parameter.accept(list[next], into))
        return { misfit: { operator, taken: next, place: next, parameter } }
    const isLeftOut = end === list.length && !parameter.isRest && takes.indexOf(parameter) >= list.length
    if (!isLeftOut) continue
    if (parameter.otherwise === null)
      return { misfit: { operator, taken: next, place: null, parameter: null } }
    into.numbers.push(parameter.otherwise)
  }
  if (next < list.length) return { misfit: { operator, taken: next, place: null, parameter: null } }
  if (group !== null) into.inputs.push(group)
  return { call: { kind: 'call', operator, ...into } }
}
