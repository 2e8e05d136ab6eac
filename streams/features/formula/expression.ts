/** The vocabulary of formulas: the typed tree, and what an operator, a parameter and a notation are. */
import type { Shape } from '../shape.ts'

/** What a formula means, and nothing of how it was spelled. */
export type Expression = NumberLiteral | Field | Call

export type NumberLiteral = Readonly<{ kind: 'number'; value: number }>
export type Field = Readonly<{ kind: 'field'; name: string }>
export type Call = Readonly<{
  kind: 'call'
  operator: Operator
  /** What is computed on. */
  inputs: readonly Expression[]
  /** What is written out: windows. */
  numbers: readonly number[]
}>

/** An operator answers for itself: shared code asks it and never branches on which one it is. */
export type Operator = Readonly<{
  name: string
  takes: readonly Parameter[]
  /** How it is written other than as a call; null for a call. */
  notation: Notation | null
  /** Where its input reaches and how it is computed. */
  shape: Shape
}>

/** What stands at a place of an argument list. Each kind judges its argument and files it itself. */
export type Parameter = Readonly<{
  name: string
  /** Files an argument; false when it is not of this kind. */
  accept: (argument: Expression, into: Arguments) => boolean
  /** Takes the argument out again, to be printed. */
  restore: (from: Arguments) => Expression
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
export const usageOf = (operator: Operator): string =>
  `${operator.name}(${operator.takes.map((parameter) => parameter.name).join(', ')})`

/** The columns that a formula reads, each once, in the order of their first appearance. */
export function fieldsOf(expression: Expression): readonly string[] {
  if (expression.kind === 'field') return [expression.name]
  if (expression.kind === 'number') return []
  return [...new Set(expression.inputs.flatMap(fieldsOf))]
}
