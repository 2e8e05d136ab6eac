/** Every operator of the language, in one table: a new one is one row in a file of operators/. */
import type { Operator } from './expression.ts'
import { CROSS_SECTION } from './operators/cross-section.ts'
import { ELEMENTWISE } from './operators/elementwise.ts'
import { EXTREMES } from './operators/extremes.ts'
import { HISTORY } from './operators/history.ts'
import { MOMENTS } from './operators/moments.ts'
import { ORDER_STATISTICS } from './operators/order-statistics.ts'
import { SYMBOLS } from './operators/symbols.ts'
import { TREND } from './operators/trend.ts'

/**
 * The version of the language. It is part of every feature set's hash: raise it when an operator's meaning changes, and
 * no value is taken for another's.
 */
export const LANGUAGE = 1

/** All operators, in the order of the printed reference. */
export const OPERATORS: readonly Operator[] = [
  ...SYMBOLS,
  ...ELEMENTWISE,
  ...HISTORY,
  ...MOMENTS,
  ...TREND,
  ...EXTREMES,
  ...ORDER_STATISTICS,
  ...CROSS_SECTION,
]

/** The operators that are called by name: those of one name differ in what they take. */
export const CALLED: ReadonlyMap<string, readonly Operator[]> = Map.groupBy(
  OPERATORS.filter(({ notation }) => notation === null),
  ({ name }) => name,
)

const symbolsAt = (position: 'before' | 'after'): ReadonlyMap<string, Operator> =>
  new Map(
    SYMBOLS.flatMap((operator) =>
      operator.notation?.position === position ? [[operator.notation.symbol, operator] as const] : [],
    ),
  )

/** The operators that are written before their operand, by symbol. */
export const SYMBOLS_BEFORE = symbolsAt('before')
/** The operators that are written after their first operand, by symbol. */
export const SYMBOLS_AFTER = symbolsAt('after')
