/** Reads a formula into its tree (a Pratt parser). The operators know their own notation; this file knows none of them. */
import { type FaultCode, type FaultDetail, type Refusal, refuse } from '../../../schemas/kernel/fault.ts'
import { parseDuration } from '../duration.ts'
import { fileArguments } from './arguments.ts'
import { type Expression, type Operator, partWhere, type Reader, usageOf } from './expression.ts'
import { nearNames } from './near.ts'
import { CALLED, SYMBOLS_AFTER, SYMBOLS_BEFORE } from './operators.ts'
import { pointerAt } from './pointer.ts'
import { type Token, tokenize } from './token.ts'
import { isGroup, type Words, wordsOf } from './words.ts'

/** Deeper than any formula that a person wrote, and far from the end of the stack. */
const MAX_DEPTH = 200
/** A sum leans to the left, one level a term, and what walks the tree does so by the stack: it has room for more than 2,000. */
const MAX_TERMS = 1_000

/** A formula that was read, and where each part of it stands in the text: columns from 1. */
export type Located = Readonly<{ expression: Expression; columnOf: ReadonlyMap<Expression, number> }>

/**
 * Parses a formula over the columns of a data set; without them, any column name is taken.
 * @throws Refusal `formula.syntax`, `formula.unknown-name`, `formula.arity`, `formula.window`, `formula.argument`
 */
export const parseFormula = (formula: string, words?: readonly string[] | Words): Expression =>
  parseLocated(formula, words).expression

/** The same, with the place of each part. */
export function parseLocated(formula: string, given?: readonly string[] | Words): Located {
  const known = given === undefined || !('defined' in given) ? wordsOf(given) : given
  const tokens = tokenize(formula)
  const columnOf = new Map<Expression, number>()
  let words = known
  let next = 0
  let depth = 0
  let terms = 0

  const peek = (): Token => tokens[next]
  const take = (): Token => tokens[next++]
  const refused = (code: FaultCode, token: Token, detail: FaultDetail): Refusal =>
    refuse(code, { column: token.column, ...pointerAt(formula, token.column), ...detail })
  const unexpected = (token: Token, wanted: string): Refusal =>
    refused('formula.syntax', token, { problem: `${quoted(token)} is not expected here; write ${wanted}` })

  const expect = (symbol: string): Token => {
    const token = peek()
    if (token.kind !== 'symbol' || token.text !== symbol) throw unexpected(token, `"${symbol}"`)
    return take()
  }
  const at = (token: Token, expression: Expression): Expression => {
    // What was defined elsewhere stands where it is named first.
    if (!columnOf.has(expression)) columnOf.set(expression, token.column)
    return expression
  }

  const expression = (binding: number): Expression => {
    if (++depth > MAX_DEPTH) {
      const problem = `more than ${MAX_DEPTH} levels are nested; split the formula into several features`
      throw refused('formula.syntax', peek(), { problem })
    }
    const first = peek()
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
      const inputs = [timeless(left, first), ...notation.operands(reader)]
      left = at(token, { kind: 'call', operator, inputs, numbers: [] })
      tightest = notation.tighter
    }
    depth--
    return left
  }

  /** A length of time is no operand: it stands where a window does. */
  const timeless = (operand: Expression, token: Token): Expression => {
    if (operand.kind !== 'duration') return operand
    const problem = 'a length of time stands where an operator takes a window, as in ts_mean(close, 30m)'
    throw refused('formula.syntax', token, { problem })
  }

  const reader: Reader = {
    expression: (binding) => {
      const token = peek()
      return timeless(expression(binding), token)
    },
    expect,
  }

  const operand = (): Expression => {
    const token = take()
    if (token.kind === 'number') return at(token, number(token))
    if (token.kind === 'duration')
      return at(token, { kind: 'duration', micros: parseDuration(token.text) ?? 0 })
    if (token.kind === 'field') return at(token, column(token, token.text.slice(1, -1)))
    if (token.kind === 'name') {
      if (peek().text === '(') return call(token)
      return at(token, peek().text === '[' ? within(token) : named(token))
    }
    const operator = token.kind === 'symbol' ? SYMBOLS_BEFORE.get(token.text) : undefined
    if (operator?.notation) {
      return at(token, { kind: 'call', operator, inputs: operator.notation.operands(reader), numbers: [] })
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

  /** A name that stands by itself: what was defined so, a column of another data set, or one of this. */
  const named = (token: Token): Expression => {
    const { text } = token
    const defined = words.defined(text)
    if (defined !== null) return defined
    const dot = text.indexOf('.')
    const [from, rest] = [text.slice(0, Math.max(dot, 0)), text.slice(dot + 1)]
    const joined = words.joins.get(from)
    if (joined !== undefined) return { kind: 'joined', from, of: column(token, rest, joined) }
    const isOwn = from !== '' && from === words.own && !(words.columns ?? []).includes(text)
    return column(token, isOwn ? rest : text)
  }

  const column = (token: Token, name: string, of = words): Expression => {
    const { columns } = of
    if (columns === null || columns.includes(name)) return { kind: 'field', name }
    const kind = CALLED.has(name) ? 'column (to call the function, write its arguments)' : 'column'
    throw refused('formula.unknown-name', token, {
      kind,
      name,
      ...suggestion(name, [...columns, ...of.names]),
    })
  }

  /** `fundamentals[...]`: an expression over the rows of another data set. */
  const within = (token: Token): Expression => {
    const joined = words.joins.get(token.text)
    if (joined === undefined) {
      const detail = {
        kind: 'joined data set',
        name: token.text,
        ...suggestion(token.text, [...words.joins.keys()]),
      }
      throw refused('formula.unknown-name', token, detail)
    }
    const outside = words
    expect('[')
    words = joined
    const first = peek()
    const of = timeless(expression(0), first)
    words = outside
    expect(']')
    const crossing = partWhere(of, (part) => part.kind === 'call' && part.operator.shape.crosses)
    if (crossing === null) return { kind: 'joined', from: token.text, of }
    const problem = `within ${token.text}[...] stands the history of one entity; compare entities outside of it`
    throw refused('formula.syntax', { ...first, column: columnOf.get(crossing) ?? first.column }, { problem })
  }

  const call = (token: Token): Expression => {
    const operators = CALLED.get(token.text)
    if (operators === undefined) {
      const detail = { kind: 'function', name: token.text, ...suggestion(token.text, [...CALLED.keys()]) }
      throw refused('formula.unknown-name', token, detail)
    }
    const list = argumentList()
    const by = peek()
    if (by.kind === 'name' && by.text === 'by') {
      take()
      const first = peek()
      const argument = timeless(operand(), first)
      return filed(token, operators, { list, group: { token: by, argument, text: '' } })
    }
    return filed(token, operators, { list, group: groupAmong(list, operators) })
  }

  const argumentList = (): Argument[] => {
    expect('(')
    const list: Argument[] = []
    while (peek().text !== ')') {
      if (list.length > 0) expect(',')
      const token = peek()
      const argument = expression(0)
      list.push({ token, argument, text: formula.slice(token.column - 1, peek().column - 1).trim() })
    }
    expect(')')
    return list
  }

  /** Takes the column of groups out of the arguments of an operator that can be grouped: `rank(x, sector)` is `rank(x) by sector`. */
  const groupAmong = (list: Argument[], operators: readonly Operator[]): Argument | null => {
    if (!operators.some(({ isGrouped }) => isGrouped)) return null
    const place = list.findIndex(({ argument }, i) => i > 0 && isGroup(argument, words))
    return place < 0 ? null : list.splice(place, 1)[0]
  }

  const filed = (
    token: Token,
    operators: readonly Operator[],
    { list, group }: Readonly<{ list: readonly Argument[]; group: Argument | null }>,
  ): Expression => {
    const able = operators.filter(({ isGrouped }) => isGrouped === (group !== null))
    if (group !== null && able.length === 0) {
      const problem = `${token.text} works on the rows of one entity, and has no groups; remove "by"`
      throw refused('formula.syntax', group.token, { problem })
    }
    const answer = fileArguments(
      able,
      list.map(({ argument }) => argument),
      group?.argument ?? null,
    )
    if ('call' in answer) return at(token, answer.call)
    const { operator, place, parameter } = answer.misfit
    const about = { name: token.text, usage: able.map(usageOf).filter(unlikeBefore).join(' or ') }
    if (place === null || parameter === null)
      throw refused('formula.arity', token, { ...about, usage: usageOf(operator), given: list.length })
    const { token: where, text } = list[place]
    const wants = able
      .map(({ takes }) => takes.find(({ name }) => name === parameter.name)?.wants ?? parameter.wants)
      .filter(unlikeBefore)
      .join(' or ')
    const detail = { ...about, parameter: parameter.name, wants, given: `"${text}"` }
    throw refused(parameter.name === 'window' ? 'formula.window' : 'formula.argument', where, detail)
  }

  const first = peek()
  const whole = timeless(expression(0), first)
  if (peek().kind !== 'end') throw unexpected(peek(), 'an operator, or end the formula before it')
  return { expression: whole, columnOf }
}

type Argument = Readonly<{ token: Token; argument: Expression; text: string }>

const unlikeBefore = (text: string, place: number, all: readonly string[]): boolean =>
  all.indexOf(text) === place

const quoted = (token: Token): string => (token.kind === 'end' ? token.text : `"${token.text}"`)

function suggestion(name: string, names: readonly string[]): { near: string; available: string } {
  const near = nearNames(name, names)
  return {
    near: near.length === 0 ? '' : ` Did you mean ${near.join(' or ')}?`,
    available: [...names].sort().join(', '),
  }
}
