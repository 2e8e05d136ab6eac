/** Operators on one cell at a time. Any input that is missing makes the value missing, unless the operator is about that. */
import { cellwise } from '../../along.ts'
import { isPresent } from '../../value.ts'
import type { Operator, Parameter, UnitRule } from '../expression.ts'
import { series, X, Y } from '../parameter.ts'
import { FROM_PLAIN, PLAIN, POWER, SAME } from './unit-rules.ts'

type Of = Readonly<{
  takes?: readonly Parameter[]
  formula: string
  missing?: string
  takesGroups?: boolean
  unit?: UnitRule
  fill: Parameters<typeof cellwise>[0]
}>

const row = (
  name: string,
  { takes = [X], formula, missing = '', takesGroups = false, unit = SAME, fill }: Of,
): Operator => ({
  name,
  takes,
  isGrouped: false,
  takesGroups,
  notation: null,
  shape: cellwise(fill),
  unit,
  about: { formula, window: 'its own row', missing },
})

/** Loops are written out: a call for each cell costs more than its arithmetic. */
const each =
  (of: (x: number) => number): Of['fill'] =>
  (a, _b, _c, out, from, to) => {
    for (let i = from; i < to; i++) out[i] = of(a[i])
  }

const EXPONENT = series('exponent')

/** A power; in IEEE 754 a missing number to the power of zero would be 1. */
export const raised = (x: number, exponent: number): number => (Number.isNaN(x) ? Number.NaN : x ** exponent)

export const ELEMENTWISE: readonly Operator[] = [
  row('abs', {
    formula: '|x|',
    fill: (a, _b, _c, out, from, to) => {
      for (let i = from; i < to; i++) out[i] = Math.abs(a[i])
    },
  }),
  row('log', {
    formula: 'the natural logarithm of x',
    missing: 'missing where x <= 0',
    unit: PLAIN,
    fill: each(Math.log),
  }),
  row('exp', { formula: 'e ^ x', unit: FROM_PLAIN, fill: each(Math.exp) }),
  row('sqrt', {
    formula: 'the square root of x',
    missing: 'missing where x < 0',
    unit: (units, [x]) => units.power(x, 0.5),
    fill: each(Math.sqrt),
  }),
  row('sign', { formula: '-1, 0 or 1', unit: PLAIN, fill: each(Math.sign) }),
  row('floor', { formula: 'the greatest whole number not above x', fill: each(Math.floor) }),
  row('ceil', { formula: 'the least whole number not below x', fill: each(Math.ceil) }),
  row('round', {
    formula: 'the nearest whole number; of two equally near the even one, as in NumPy',
    fill: each((x) => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x))),
  }),
  row('tanh', { formula: 'the hyperbolic tangent of x', unit: FROM_PLAIN, fill: each(Math.tanh) }),
  row('min', {
    takes: [X, Y],
    formula: 'the lesser of x and y',
    fill: (a, b, _c, out, from, to) => {
      for (let i = from; i < to; i++) out[i] = Math.min(a[i], b[i])
    },
  }),
  row('max', {
    takes: [X, Y],
    formula: 'the greater of x and y',
    fill: (a, b, _c, out, from, to) => {
      for (let i = from; i < to; i++) out[i] = Math.max(a[i], b[i])
    },
  }),
  row('clip', {
    takes: [X, series('least'), series('most')],
    formula: 'x held within least and most: min(max(x, least), most)',
    fill: (a, b, c, out, from, to) => {
      for (let i = from; i < to; i++) out[i] = Math.min(Math.max(a[i], b[i]), c[i])
    },
  }),
  row('power', {
    takes: [X, EXPONENT],
    formula: 'x ^ exponent',
    unit: POWER,
    fill: (a, b, _c, out, from, to) => {
      for (let i = from; i < to; i++) out[i] = raised(a[i], b[i])
    },
  }),
  row('signed_power', {
    takes: [X, EXPONENT],
    formula: 'sign(x) * |x| ^ exponent',
    unit: POWER,
    fill: (a, b, _c, out, from, to) => {
      for (let i = from; i < to; i++) out[i] = Math.sign(a[i]) * raised(Math.abs(a[i]), b[i])
    },
  }),
  row('is_missing', {
    takesGroups: true,
    formula: '1 where x is missing, else 0',
    missing: 'never missing',
    unit: PLAIN,
    fill: (a, _b, _c, out, from, to) => {
      for (let i = from; i < to; i++) out[i] = isPresent(a[i]) ? 0 : 1
    },
  }),
  row('coalesce', {
    takesGroups: true,
    takes: [X, Y],
    formula: 'x, or y where x is missing',
    missing: 'missing where both are',
    fill: (a, b, _c, out, from, to) => {
      for (let i = from; i < to; i++) out[i] = isPresent(a[i]) ? a[i] : b[i]
    },
  }),
  row('plain', {
    formula: 'x, without its unit: it fits any other from here on',
    unit: () => 'any',
    fill: (a, _b, _c, out, from, to) => {
      for (let i = from; i < to; i++) out[i] = a[i]
    },
  }),
]
