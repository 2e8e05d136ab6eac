/** Operators that are written with a symbol. A condition is 1 or 0, and missing where an operand is missing. */
import { cellwise } from '../../along.ts'
import type { Notation, Operator } from '../expression.ts'
import { choice, leftToRight, prefix, rightToLeft, unchained } from '../notation.ts'
import { raised } from './elementwise.ts'

type Cell = (a: number, b: number, c: number) => number

const row = (name: string, notation: Notation, cell: Cell): Operator => ({
  name,
  takes: [],
  notation,
  shape: cellwise(cell),
})

const compared =
  (holds: (a: number, b: number) => boolean): Cell =>
  (a, b) => {
    if (Number.isNaN(a) || Number.isNaN(b)) return Number.NaN
    return holds(a, b) ? 1 : 0
  }

export const SYMBOLS: readonly Operator[] = [
  row('if', choice(1), (condition, yes, no) => {
    if (Number.isNaN(condition)) return Number.NaN
    return condition !== 0 ? yes : no
  }),
  row(
    'or',
    leftToRight('||', 2),
    compared((a, b) => a !== 0 || b !== 0),
  ),
  row(
    'and',
    leftToRight('&&', 3),
    compared((a, b) => a !== 0 && b !== 0),
  ),
  row(
    'less',
    unchained('<', 4),
    compared((a, b) => a < b),
  ),
  row(
    'atMost',
    unchained('<=', 4),
    compared((a, b) => a <= b),
  ),
  row(
    'more',
    unchained('>', 4),
    compared((a, b) => a > b),
  ),
  row(
    'atLeast',
    unchained('>=', 4),
    compared((a, b) => a >= b),
  ),
  row(
    'equal',
    unchained('==', 4),
    compared((a, b) => a === b),
  ),
  row(
    'unequal',
    unchained('!=', 4),
    compared((a, b) => a !== b),
  ),
  row('plus', leftToRight('+', 5), (a, b) => a + b),
  row('minus', leftToRight('-', 5), (a, b) => a - b),
  row('times', leftToRight('*', 6), (a, b) => a * b),
  row('over', leftToRight('/', 6), (a, b) => a / b),
  row('negated', prefix('-', 7), (a) => -a),
  row('raised', rightToLeft('^', 8), raised),
]
