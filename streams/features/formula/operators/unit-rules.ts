/** How operators name the unit of what they give, from the units of what they are given. */
import type { UnitRule } from '../expression.ts'
import { isFree } from '../units.ts'

/** The unit of the first input, which the others must have too. */
export const SAME: UnitRule = (units, inputs) => units.same(...inputs)

/** The unit of the first input, whatever the others are. */
export const FIRST: UnitRule = (units, [first]) => units.same(first)

/** A plain number, whatever the inputs are. */
export const PLAIN: UnitRule = (units) => units.plain

/** A plain number from plain numbers. */
export const FROM_PLAIN: UnitRule = (units, inputs) => {
  for (const input of inputs) units.needsPlain(input)
  return units.plain
}

/** A plain number from inputs of one unit. */
export const COMPARED: UnitRule = (units, inputs) => {
  units.same(...inputs)
  return units.plain
}

export const TIMES: UnitRule = (units, [a, b]) => units.times(a, b)
export const OVER: UnitRule = (units, [a, b]) => units.times(a, units.power(b, -1))

/** Of a power with an exponent that is written out; of any other only that of a plain number is known. */
export const POWER: UnitRule = (units, [x, exponent]) => {
  if (typeof exponent === 'number') return units.power(x, exponent)
  units.needsPlain(exponent)
  return x === units.plain || isFree(x) ? units.plain : null
}
