/** The canonical text of an expression: equal trees have equal text, so whitespace and parentheses change no hash. */
import { ATOM, type Expression, type Printed } from './expression.ts'

/** Reading it again gives the same tree. */
export const printExpression = (expression: Expression): string => printed(expression).text

function printed(expression: Expression): Printed {
  if (expression.kind === 'number') return { text: String(expression.value), binding: ATOM }
  if (expression.kind === 'field') return { text: fieldText(expression.name), binding: ATOM }
  const { notation, name, takes } = expression.operator
  if (notation !== null) {
    return { text: notation.print(expression.inputs.map(printed)), binding: notation.binding }
  }
  const left = { inputs: [...expression.inputs], numbers: [...expression.numbers] }
  const args = takes.map((parameter) => printExpression(parameter.restore(left)))
  return { text: `${name}(${args.join(', ')})`, binding: ATOM }
}

const WORD = /^[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*$/

const fieldText = (name: string): string => (WORD.test(name) ? name : `\`${name}\``)
