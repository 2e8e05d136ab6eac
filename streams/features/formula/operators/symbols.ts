/** Operators that are written with a symbol. A condition is 1 or 0, and missing where an operand is missing. */
import { cellwise } from '../../along.ts'
import type { Notation, Operator, UnitRule } from '../expression.ts'
import { choice, leftToRight, prefix, rightToLeft, unchained } from '../notation.ts'
import { raised } from './elementwise.ts'
import { COMPARED, OVER, PLAIN, POWER, SAME, TIMES } from './unit-rules.ts'

type Fill = Parameters<typeof cellwise>[0]
type Of = Readonly<{ formula: string; missing?: string; takesGroups?: boolean; unit: UnitRule; fill: Fill }>

const row = (
  name: string,
  notation: Notation,
  { formula, missing = '', takesGroups = false, unit, fill }: Of,
): Operator => ({
  name,
  takes: [],
  isGrouped: false,
  takesGroups,
  notation,
  shape: cellwise(fill),
  unit,
  about: { formula, window: 'its own row', missing },
})

const compared =
  (holds: (a: number, b: number) => boolean): Fill =>
  (a, b, _c, out, from, to) => {
    for (let i = from; i < to; i++)
      out[i] = Number.isNaN(a[i]) || Number.isNaN(b[i]) ? Number.NaN : holds(a[i], b[i]) ? 1 : 0
  }

const comparison = (formula: string, fill: Fill, takesGroups = false): Of => ({
  formula: `1 where ${formula}, else 0`,
  takesGroups,
  unit: COMPARED,
  fill,
})

export const SYMBOLS: readonly Operator[] = [
  row('if', choice(1), {
    formula: 'a where the condition is not 0, else b',
    missing: 'missing where the condition is; the branch that is not taken is not looked at',
    takesGroups: true,
    unit: (units, [, yes, no]) => units.same(yes, no),
    fill: (a, b, c, out, from, to) => {
      for (let i = from; i < to; i++) out[i] = Number.isNaN(a[i]) ? Number.NaN : a[i] !== 0 ? b[i] : c[i]
    },
  }),
  row('or', leftToRight('||', 2), {
    formula: '1 where one is not 0, else 0',
    unit: PLAIN,
    fill: compared((a, b) => a !== 0 || b !== 0),
  }),
  row('and', leftToRight('&&', 3), {
    formula: '1 where neither is 0, else 0',
    unit: PLAIN,
    fill: compared((a, b) => a !== 0 && b !== 0),
  }),
  row(
    'less',
    unchained('<', 4),
    comparison('a < b', (a, b, _c, out, from, to) => {
      for (let i = from; i < to; i++) out[i] = a[i] < b[i] ? 1 : a[i] >= b[i] ? 0 : Number.NaN
    }),
  ),
  row(
    'atMost',
    unchained('<=', 4),
    comparison(
      'a <= b',
      compared((a, b) => a <= b),
    ),
  ),
  row(
    'more',
    unchained('>', 4),
    comparison('a > b', (a, b, _c, out, from, to) => {
      for (let i = from; i < to; i++) out[i] = a[i] > b[i] ? 1 : a[i] <= b[i] ? 0 : Number.NaN
    }),
  ),
  row(
    'atLeast',
    unchained('>=', 4),
    comparison(
      'a >= b',
      compared((a, b) => a >= b),
    ),
  ),
  row(
    'equal',
    unchained('==', 4),
    comparison(
      'a equals b',
      compared((a, b) => a === b),
      true,
    ),
  ),
  row(
    'unequal',
    unchained('!=', 4),
    comparison(
      'a differs from b',
      compared((a, b) => a !== b),
      true,
    ),
  ),
  row('plus', leftToRight('+', 5), {
    formula: 'the sum',
    unit: SAME,
    fill: (a, b, _c, out, from, to) => {
      for (let i = from; i < to; i++) out[i] = a[i] + b[i]
    },
  }),
  row('minus', leftToRight('-', 5), {
    formula: 'the difference',
    unit: SAME,
    fill: (a, b, _c, out, from, to) => {
      for (let i = from; i < to; i++) out[i] = a[i] - b[i]
    },
  }),
  row('times', leftToRight('*', 6), {
    formula: 'the product',
    unit: TIMES,
    fill: (a, b, _c, out, from, to) => {
      for (let i = from; i < to; i++) out[i] = a[i] * b[i]
    },
  }),
  row('over', leftToRight('/', 6), {
    formula: 'the quotient',
    missing: 'missing where the divisor is 0',
    unit: OVER,
    fill: (a, b, _c, out, from, to) => {
      for (let i = from; i < to; i++) out[i] = a[i] / b[i]
    },
  }),
  row('negated', prefix('-', 7), {
    formula: 'x times -1',
    unit: SAME,
    fill: (a, _b, _c, out, from, to) => {
      for (let i = from; i < to; i++) out[i] = -a[i]
    },
  }),
  row('raised', rightToLeft('^', 8), {
    formula: 'a to the power of b',
    missing: 'missing where a < 0 and b is not whole',
    unit: POWER,
    fill: (a, b, _c, out, from, to) => {
      for (let i = from; i < to; i++) out[i] = raised(a[i], b[i])
    },
  }),
]
