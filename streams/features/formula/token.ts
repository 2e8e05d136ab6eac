/** Cuts the text of a formula into tokens, each with its column for the error that may point at it. */
import { refuse } from '../../../schemas/kernel/fault.ts'
import { pointerAt } from './pointer.ts'

export type Token = Readonly<{
  kind: 'number' | 'duration' | 'name' | 'field' | 'symbol' | 'end'
  text: string
  /** Counted from 1. */
  column: number
}>

const PATTERNS = [
  ['duration', /\d+[dhms](?![A-Za-z0-9_.])/y],
  ['number', /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y],
  ['name', /[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*/y],
  ['field', /`[^`]+`/y],
  ['symbol', /<=|>=|==|!=|&&|\|\||[-+*/^<>?:(),[\]]/y],
] as const

/**
 * The tokens of a formula, closed by one of kind `end`. A column whose name is no word is written in back-quotes.
 * @throws Refusal `formula.syntax`
 */
export function tokenize(formula: string): readonly Token[] {
  const tokens: Token[] = []
  let at = skipSpace(formula, 0)
  while (at < formula.length) {
    const token = tokenAt(formula, at)
    tokens.push(token)
    at = skipSpace(formula, at + token.text.length)
  }
  return [...tokens, { kind: 'end', text: 'the end', column: formula.length + 1 }]
}

function tokenAt(formula: string, at: number): Token {
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = at
    const match = pattern.exec(formula)
    if (match !== null) return { kind, text: match[0], column: at + 1 }
  }
  const problem = `"${formula[at]}" has no meaning in a formula; remove it, or put a column's name in back-quotes`
  throw refuse('formula.syntax', { column: at + 1, problem, ...pointerAt(formula, at + 1) })
}

function skipSpace(formula: string, from: number): number {
  let at = from
  while (at < formula.length && /\s/.test(formula[at] ?? '')) at++
  return at
}
