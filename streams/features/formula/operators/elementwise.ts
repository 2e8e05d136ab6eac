/** Operators on one cell at a time. Any input that is missing makes the value missing. */
import { cellwise } from '../../along.ts'
import type { Operator, Parameter } from '../expression.ts'
import { series, X, Y } from '../parameter.ts'

type Cell = (a: number, b: number, c: number) => number

const row = (name: string, takes: readonly Parameter[], cell: Cell): Operator => ({
  name,
  takes,
  notation: null,
  shape: cellwise(cell),
})

const EXPONENT = series('exponent')

/** A power; in IEEE 754 a missing number to the power of zero would be 1. */
export const raised = (x: number, exponent: number): number => (Number.isNaN(x) ? Number.NaN : x ** exponent)

export const ELEMENTWISE: readonly Operator[] = [
  row('abs', [X], (x) => Math.abs(x)),
  row('log', [X], (x) => Math.log(x)),
  row('exp', [X], (x) => Math.exp(x)),
  row('sqrt', [X], (x) => Math.sqrt(x)),
  row('sign', [X], (x) => Math.sign(x)),
  row('min', [X, Y], (x, y) => Math.min(x, y)),
  row('max', [X, Y], (x, y) => Math.max(x, y)),
  row('power', [X, EXPONENT], raised),
  row('signed_power', [X, EXPONENT], (x, exponent) => Math.sign(x) * raised(Math.abs(x), exponent)),
]
