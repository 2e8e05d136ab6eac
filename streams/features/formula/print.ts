/** The canonical text of an expression: equal trees have equal text, so whitespace and parentheses change no hash. */
import { assert } from '../../../schemas/kernel/assert.ts'
import { durationText } from '../duration.ts'
import { ATOM, type Call, type Expression, type Printed } from './expression.ts'

/** Reading it again gives the same tree. */
export const printExpression = (expression: Expression): string => printed(expression).text

function printed(expression: Expression): Printed {
  if (expression.kind !== 'call') return { text: atomText(expression), binding: ATOM }
  const { notation } = expression.operator
  if (notation === null) return { text: callText(expression), binding: ATOM }
  return { text: notation.print(expression.inputs.map(printed)), binding: notation.binding }
}

function atomText(expression: Exclude<Expression, Call>): string {
  if (expression.kind === 'number') return String(expression.value)
  if (expression.kind === 'duration') return durationText(expression.micros)
  if (expression.kind === 'field') return fieldText(expression.name)
  const { from, of } = expression
  return of.kind === 'field' && PLAIN.test(of.name) ? `${from}.${of.name}` : `${from}[${printExpression(of)}]`
}

function callText({ operator, inputs, numbers }: Call): string {
  const left = { inputs: [...inputs], numbers: [...numbers] }
  const args = operator.takes.map((parameter) => parameter.restore(left))
  const group = operator.isGrouped ? args.pop()?.[0] : undefined
  const text = `${operator.name}(${args.flat().map(printExpression).join(', ')})`
  if (!operator.isGrouped) return text
  assert(group !== undefined, 'a grouped call has its groups')
  const by = printed(group)
  return `${text} by ${by.binding < ATOM || isGroupedCall(group) ? `(${by.text})` : by.text}`
}

const isGroupedCall = (expression: Expression): boolean =>
  expression.kind === 'call' && expression.operator.isGrouped

const PLAIN = /^[A-Za-z_][A-Za-z0-9_]*$/
const WORD = /^[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*$/

/** `by` is no word of the language anywhere else, and a column may have that name. */
const fieldText = (name: string): string => (WORD.test(name) ? name : `\`${name}\``)
