/** The vocabulary of formulas: the typed tree, and what an operator, a parameter and a notation are. */
import type { Shape } from '../shape.ts'

/** What a formula means, and nothing of how it was spelled. */
export type Expression = NumberLiteral | Duration | Field | Joined | Call

export type NumberLiteral = Readonly<{ kind: 'number'; value: number }>
/** A length of time, written `30m`. It stands where an operator takes a window. */
export type Duration = Readonly<{ kind: 'duration'; micros: number }>
export type Field = Readonly<{ kind: 'field'; name: string }>
/** An expression over the rows of another data set, as it was at a row: `fundamentals[eps - delay(eps, 4)]`. */
export type Joined = Readonly<{ kind: 'joined'; from: string; of: Expression }>
export type Call = Readonly<{
  kind: 'call'
  operator: Operator
  /** What is computed on. */
  inputs: readonly Expression[]
  /** What is written out: windows and other numbers. */
  numbers: readonly number[]
}>

/** An operator answers for itself: shared code asks it and never branches on which one it is. */
export type Operator = Readonly<{
  name: string
  takes: readonly Parameter[]
  /** Whether groups follow the call, as in `rank(x) by sector`. They are its last input. */
  isGrouped: boolean
  /** Whether names of groups may be among its inputs. */
  takesGroups?: boolean
  /** How it is written other than as a call; null for a call. */
  notation: Notation | null
  /** Where its input reaches and how it is computed. */
  shape: Shape
  unit: UnitRule
  about: About
}>

/** What the printed reference says of an operator. */
export type About = Readonly<{
  formula: string
  /** Which rows a value reads. */
  window: string
  /** What becomes of missing values beyond the general rule. */
  missing: string
}>

/** Names a value's unit from those of the inputs; see units.ts. */
export type UnitRule = (units: UnitSteps, inputs: readonly UnitOf[], numbers: readonly number[]) => UnitOf

/**
 * A product of powers of named units, as `USD` to 1, or names of groups; null where it is not known. A number that was written out, and
 * what is made of such numbers (`any`), fits any unit.
 */
export type UnitOf = ReadonlyMap<string, number> | number | 'any' | 'group' | null

/** What a rule may ask. */
export type UnitSteps = Readonly<{
  /** The unit that inputs must have in common. */
  same: (...inputs: readonly UnitOf[]) => UnitOf
  times: (a: UnitOf, b: UnitOf) => UnitOf
  power: (a: UnitOf, exponent: number) => UnitOf
  /** A plain number. */
  plain: UnitOf
  /** Refuses an input that is not a plain number. */
  needsPlain: (input: UnitOf) => UnitOf
}>

/** What stands at a place of an argument list. Each kind judges its argument and files it itself. */
export type Parameter = Readonly<{
  name: string
  /** What it may be, for people: `a series`, `a number of rows`. */
  wants: string
  /** What it is where it is left out; null where it must be given. */
  otherwise: number | null
  /** Whether any number of them may follow, none too. */
  isRest: boolean
  /** Files an argument; false when it is not of this kind. */
  accept: (argument: Expression, into: Arguments) => boolean
  /** Takes the arguments out again, to be printed; none where it says what holds anyway. */
  restore: (from: Arguments) => readonly Expression[]
}>

/** Where an argument goes: among the inputs or among the numbers. */
export type Arguments = { inputs: Expression[]; numbers: number[] }

/** A way to write an operator other than as a call. */
export type Notation = Readonly<{
  position: 'before' | 'after'
  symbol: string
  /** How tightly it binds; a greater number binds tighter. */
  binding: number
  /** The tightest that may follow it without parentheses: one less than `binding` where a chain has no meaning. */
  tighter: number
  /** Reads the operands that stand after the symbol. */
  operands: (read: Reader) => readonly Expression[]
  /** Prints with no more parentheses than the meaning needs. */
  print: (operands: readonly Printed[]) => string
}>

/** What a notation may ask of the parser. */
export type Reader = Readonly<{
  /** Reads an expression that binds at least as tightly. */
  expression: (binding: number) => Expression
  expect: (symbol: string) => void
}>

/** A printed expression and how tightly it binds. */
export type Printed = Readonly<{ text: string; binding: number }>

/** Binds tighter than any operator: numbers, names, calls. */
export const ATOM = 100

/** How an operator is called, `ts_mean(x, window)`. */
export const usageOf = ({ name, takes, isGrouped }: Operator): string => {
  const shown = (isGrouped ? takes.slice(0, -1) : takes).map((parameter) => {
    if (parameter.isRest) return `[${parameter.name}, ...]`
    return parameter.otherwise === null ? parameter.name : `[${parameter.name} = ${parameter.otherwise}]`
  })
  return `${name}(${shown.join(', ')})${isGrouped ? ' by group' : ''}`
}

/** What an expression is made of, directly. */
export function partsOf(expression: Expression): readonly Expression[] {
  if (expression.kind === 'call') return expression.inputs
  return expression.kind === 'joined' ? [expression.of] : []
}

/** The first part, itself among them, of which something holds; null for none. */
export function partWhere(expression: Expression, holds: (part: Expression) => boolean): Expression | null {
  if (holds(expression)) return expression
  for (const part of partsOf(expression)) {
    const found = partWhere(part, holds)
    if (found !== null) return found
  }
  return null
}
