/** The ways to write an operator other than as a call: before its operand, between two, or as `c ? a : b`. */
import { ATOM, type Notation, type Printed } from './expression.ts'

const wrap = (printed: Printed | undefined, binding: number): string => {
  if (printed === undefined) return ''
  return printed.binding < binding ? `(${printed.text})` : printed.text
}

export const prefix = (symbol: string, binding: number): Notation => ({
  position: 'before',
  symbol,
  binding,
  tighter: ATOM,
  operands: (read) => [read.expression(binding)],
  print: ([operand]) => symbol + wrap(operand, binding),
})

const between = (symbol: string, at: Record<'binding' | 'left' | 'right' | 'tighter', number>): Notation => ({
  position: 'after',
  symbol,
  binding: at.binding,
  tighter: at.tighter,
  operands: (read) => [read.expression(at.right)],
  print: ([left, right]) => `${wrap(left, at.left)} ${symbol} ${wrap(right, at.right)}`,
})

/** `a - b - c` is `(a - b) - c`. */
export const leftToRight = (symbol: string, binding: number): Notation =>
  between(symbol, { binding, left: binding, right: binding + 1, tighter: ATOM })

/** `a ^ b ^ c` is `a ^ (b ^ c)`. */
export const rightToLeft = (symbol: string, binding: number): Notation =>
  between(symbol, { binding, left: binding + 1, right: binding, tighter: ATOM })

/** `a < b < c` has no meaning. */
export const unchained = (symbol: string, binding: number): Notation =>
  between(symbol, { binding, left: binding + 1, right: binding + 1, tighter: binding - 1 })

export const choice = (binding: number): Notation => ({
  position: 'after',
  symbol: '?',
  binding,
  tighter: ATOM,
  operands: (read) => {
    const yes = read.expression(binding)
    read.expect(':')
    return [yes, read.expression(binding)]
  },
  print: ([condition, yes, no]) =>
    `${wrap(condition, binding + 1)} ? ${wrap(yes, binding)} : ${wrap(no, binding)}`,
})
