/** Reads a formula into its tree (a Pratt parser). The operators know their own notation; this file knows none of them. */
import { type FaultCode, type FaultDetail, type Refusal, refuse } from '../../../schemas/kernel/fault.ts'
import { type Expression, type Operator, type Reader, usageOf } from './expression.ts'
import { nearNames } from './near.ts'
import { CALLED, SYMBOLS_AFTER, SYMBOLS_BEFORE } from './operators.ts'
import { type Token, tokenize } from './token.ts'

/** Deeper than any formula that a person wrote, and far from the end of the stack. */
const MAX_DEPTH = 200
/** A sum leans to the left, one level a term, and what walks the tree does so by the stack: it has room for more than 2,000. */
const MAX_TERMS = 1_000

/**
 * Parses a formula over the columns of a data set; without them, any column name is taken.
 * @throws Refusal `formula.syntax`, `formula.unknown-name`, `formula.arity`, `formula.window`
 */
export function parseFormula(formula: string, columns?: readonly string[]): Expression {
  const tokens = tokenize(formula)
  let next = 0
  let depth = 0
  let terms = 0

  const peek = (): Token => tokens[next]
  const take = (): Token => tokens[next++]
  const shown = formula.length > 500 ? `${formula.slice(0, 40)}...` : formula
  const refused = (code: FaultCode, token: Token, detail: FaultDetail): Refusal =>
    refuse(code, { formula: shown, column: token.column, ...detail })
  const unexpected = (token: Token, wanted: string): Refusal =>
    refused('formula.syntax', token, { problem: `${quoted(token)} is not expected here; write ${wanted}` })

  const expect = (symbol: string): Token => {
    const token = peek()
    if (token.kind !== 'symbol' || token.text !== symbol) throw unexpected(token, `"${symbol}"`)
    return take()
  }

  const expression = (binding: number): Expression => {
    if (++depth > MAX_DEPTH) {
      const problem = `more than ${MAX_DEPTH} levels are nested; split the formula into several features`
      throw refused('formula.syntax', peek(), { problem })
    }
    let left = operand()
    let tightest = Number.POSITIVE_INFINITY
    for (;;) {
      const token = peek()
      const operator = token.kind === 'symbol' ? SYMBOLS_AFTER.get(token.text) : undefined
      const notation = operator?.notation
      if (!operator || !notation || notation.binding < binding || notation.binding > tightest) break
      take()
      if (++terms > MAX_TERMS) {
        const problem = `more than ${MAX_TERMS} operators are chained; split the formula into several features`
        throw refused('formula.syntax', token, { problem })
      }
      left = { kind: 'call', operator, inputs: [left, ...notation.operands(reader)], numbers: [] }
      tightest = notation.tighter
    }
    depth--
    return left
  }
  const reader: Reader = { expression, expect }

  const operand = (): Expression => {
    const token = take()
    if (token.kind === 'number') return number(token)
    if (token.kind === 'field') return field(token, token.text.slice(1, -1))
    if (token.kind === 'name') {
      return peek().text === '(' ? call(token) : field(token, token.text)
    }
    const operator = token.kind === 'symbol' ? SYMBOLS_BEFORE.get(token.text) : undefined
    if (operator?.notation) {
      return { kind: 'call', operator, inputs: operator.notation.operands(reader), numbers: [] }
    }
    if (token.text !== '(') throw unexpected(token, 'a number, a column or a function')
    const inner = expression(0)
    expect(')')
    return inner
  }

  const number = (token: Token): Expression => {
    const value = Number(token.text)
    if (Number.isFinite(value)) return { kind: 'number', value }
    throw refused('formula.syntax', token, { problem: `${token.text} is too large; write at most 1.7e308` })
  }

  const field = (token: Token, name: string): Expression => {
    if (columns === undefined || columns.includes(name)) return { kind: 'field', name }
    const kind = CALLED.has(name) ? 'column (to call the function, write its arguments)' : 'column'
    throw refused('formula.unknown-name', token, { kind, name, ...suggestion(name, columns) })
  }

  const call = (token: Token): Expression => {
    const operator = CALLED.get(token.text)
    if (operator === undefined) {
      const detail = { kind: 'function', name: token.text, ...suggestion(token.text, [...CALLED.keys()]) }
      throw refused('formula.unknown-name', token, detail)
    }
    return fileArguments(token, operator, argumentList())
  }

  const argumentList = (): readonly Located[] => {
    expect('(')
    const list: Located[] = []
    while (peek().text !== ')') {
      if (list.length > 0) expect(',')
      const token = peek()
      const argument = expression(0)
      list.push({ token, argument, text: formula.slice(token.column - 1, peek().column - 1).trim() })
    }
    expect(')')
    return list
  }

  const fileArguments = (token: Token, operator: Operator, list: readonly Located[]): Expression => {
    const { name, takes } = operator
    const usage = usageOf(operator)
    if (list.length !== takes.length) {
      throw refused('formula.arity', token, { name, usage, given: list.length })
    }
    const filed = { inputs: [] as Expression[], numbers: [] as number[] }
    for (const [index, parameter] of takes.entries()) {
      const { token: at, argument, text } = list[index]
      if (parameter.accept(argument, filed)) continue
      throw refused('formula.window', at, { name, usage, given: `"${text}"` })
    }
    return { kind: 'call', operator, ...filed }
  }

  const whole = expression(0)
  if (peek().kind !== 'end') throw unexpected(peek(), 'an operator, or end the formula before it')
  return whole
}

type Located = Readonly<{ token: Token; argument: Expression; text: string }>

const quoted = (token: Token): string => (token.kind === 'end' ? token.text : `"${token.text}"`)

function suggestion(name: string, names: readonly string[]): { near: string; available: string } {
  const near = nearNames(name, names)
  return {
    near: near.length === 0 ? '' : ` Did you mean ${near.join(' or ')}?`,
    available: [...names].sort().join(', '),
  }
}
