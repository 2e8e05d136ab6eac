/**
 * The filters of MLflow's searches: conditions joined by AND, such as `metrics.rmse < 1 and params.model = 'tree'`. A name may stand
 * in back-ticks or double quotes, a text in single or double ones. What is wrong is told with its place.
 */
import { refuse } from '../../schemas/kernel/fault.ts'

const COMPARATORS = ['=', '!=', '<', '<=', '>', '>='] as const
export type Operator =
  | (typeof COMPARATORS)[number]
  | 'LIKE'
  | 'ILIKE'
  | 'IN'
  | 'NOT IN'
  | 'IS NULL'
  | 'IS NOT NULL'

export type Condition = Readonly<{
  /** What stands before the dot: metrics, params, ...; attributes where nothing does. */
  entity: string
  key: string
  operator: Operator
  /** None for a test of being there; several for IN. */
  values: readonly (string | number)[]
  /** Where it begins, from 1. */
  at: number
}>

type Token = Readonly<{
  kind: 'word' | 'name' | 'text' | 'number' | 'sign'
  text: string
  at: number
}>

const LEXEME =
  /\s*(?:(?<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?![\w.]))|(?<word>[A-Za-z_][\w/-]*)|(?<name>`[^`]*`)|(?<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(?<sign><=|>=|!=|[=<>(),.]))/uy

/** How much of a filter is read: a program's longest are lists of ids. */
const MOST_CHARACTERS = 100_000

/**
 * What may stand before the dot in a search, by what it is called there: `metric`, `metrics`.
 * @example { metric: 'metrics', metrics: 'metrics' }
 */
export type Entities = Readonly<Record<string, string>>

/** @throws Refusal `tracking.filter`, naming the character where it goes wrong */
export function parseFilter(filter: string, entities: Entities): readonly Condition[] {
  if (filter.length > MOST_CHARACTERS)
    throw wrong(filter, MOST_CHARACTERS, `it has more than ${MOST_CHARACTERS} characters`)
  const reader = new Reader(filter, entities)
  if (reader.isOver()) return []
  const conditions = [reader.condition()]
  while (!reader.isOver()) {
    reader.expectWord('AND')
    conditions.push(reader.condition())
  }
  return conditions
}

export type Order = Readonly<{ entity: string; key: string; isAscending: boolean }>

/** `metrics.rmse DESC`; ascending where nothing is said. @throws Refusal `tracking.order` */
export function parseOrder(text: string, entities: Entities): Order {
  try {
    const reader = new Reader(text, entities)
    const { entity, key } = reader.place()
    const direction = reader.isOver() ? 'ASC' : reader.word().toUpperCase()
    if (!['ASC', 'DESC'].includes(direction) || !reader.isOver())
      throw wrong(text, text.length, 'after the name comes ASC, DESC or nothing')
    return { entity, key, isAscending: direction === 'ASC' }
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    throw refuse('tracking.order', { text, problem })
  }
}

class Reader {
  readonly #filter: string
  readonly #entities: Entities
  readonly #tokens: readonly Token[]
  #next = 0

  constructor(filter: string, entities: Entities) {
    this.#filter = filter
    this.#entities = entities
    this.#tokens = tokensOf(filter)
  }

  isOver(): boolean {
    return this.#next >= this.#tokens.length
  }

  word(): string {
    const token = this.#take()
    if (token?.kind !== 'word') throw this.#wrong(token, 'a word is missing')
    return token.text
  }

  expectWord(word: string): void {
    const token = this.#take()
    if (token?.kind !== 'word' || token.text.toUpperCase() !== word)
      throw this.#wrong(token, `${word} is missing between two conditions; OR and brackets are not known`)
  }

  /** `metrics.rmse`, `params."learning rate"`, `name`. */
  place(): Readonly<{ entity: string; key: string; at: number }> {
    const first = this.#take()
    if (first === undefined || !['word', 'name', 'text'].includes(first.kind) || isSingle(first))
      throw this.#wrong(first, 'the name of a metric, parameter, tag or attribute is missing')
    if (this.#peek()?.text !== '.') return { entity: 'attributes', key: plain(first), at: first.at }
    this.#take()
    if (!Object.hasOwn(this.#entities, first.text.toLowerCase())) {
      const known = [...new Set(Object.values(this.#entities))].join(', ')
      throw this.#wrong(first, `it is none of ${known}`)
    }
    let key = this.#part()
    while (this.#peek()?.text === '.') {
      this.#take()
      key += `.${this.#part()}`
    }
    return { entity: this.#entities[first.text.toLowerCase()], key, at: first.at }
  }

  condition(): Condition {
    const place = this.place()
    const operator = this.#operator()
    return { ...place, operator, values: this.#values(operator) }
  }

  #part(): string {
    const token = this.#take()
    if (token === undefined || token.kind === 'sign' || isSingle(token))
      throw this.#wrong(token, 'a name is missing after the dot')
    return plain(token)
  }

  #operator(): Operator {
    const token = this.#take()
    const sign = COMPARATORS.find((one) => token?.kind === 'sign' && token.text === one)
    if (sign !== undefined) return sign
    const word = token?.kind === 'word' ? token.text.toUpperCase() : ''
    if (word === 'LIKE' || word === 'ILIKE' || word === 'IN') return word
    if (word === 'NOT' && this.#isWord('IN')) return 'NOT IN'
    if (word === 'IS') {
      if (this.#isWord('NULL')) return 'IS NULL'
      if (this.#isWord('NOT') && this.#isWord('NULL')) return 'IS NOT NULL'
    }
    throw this.#wrong(
      token,
      'a comparison is missing: =, !=, <, <=, >, >=, LIKE, ILIKE, IN, NOT IN, IS NULL or IS NOT NULL',
    )
  }

  /** Takes the next word where it is this one. */
  #isWord(word: string): boolean {
    const token = this.#peek()
    if (token?.kind !== 'word' || token.text.toUpperCase() !== word) return false
    this.#next++
    return true
  }

  #values(operator: Operator): readonly (string | number)[] {
    if (operator.startsWith('IS')) return []
    if (operator !== 'IN' && operator !== 'NOT IN') return [this.#value()]
    this.#sign('(')
    const values = [this.#value()]
    while (this.#peek()?.text === ',') {
      this.#take()
      values.push(this.#value())
    }
    this.#sign(')')
    return values
  }

  #sign(sign: string): void {
    const token = this.#take()
    if (token?.kind !== 'sign' || token.text !== sign) throw this.#wrong(token, `${sign} is missing`)
  }

  #value(): string | number {
    const token = this.#take()
    if (token?.kind === 'number') return Number(token.text)
    if (token?.kind === 'text') return plain(token)
    throw this.#wrong(token, "a value is missing: a number, or a text in quotes such as 'tree'")
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#next]
  }

  #take(): Token | undefined {
    return this.#tokens[this.#next++]
  }

  #wrong(token: Token | undefined, problem: string) {
    return wrong(this.#filter, token?.at ?? this.#filter.trimEnd().length + 1, problem)
  }
}

function tokensOf(filter: string): readonly Token[] {
  const tokens: Token[] = []
  LEXEME.lastIndex = 0
  const end = filter.trimEnd().length
  while (LEXEME.lastIndex < end) {
    const from = LEXEME.lastIndex
    const found = LEXEME.exec(filter)
    if (found === null) {
      const at = from + (/^\s*/.exec(filter.slice(from))?.[0].length ?? 0) + 1
      throw wrong(filter, at, 'nothing of a filter begins so; a quote may not be closed')
    }
    const [kind, text] = Object.entries(found.groups ?? {}).find(([, one]) => one !== undefined) ?? []
    if (kind === undefined || text === undefined) break
    tokens.push({ kind: kind as Token['kind'], text, at: LEXEME.lastIndex - text.length + 1 })
  }
  return tokens
}

const isSingle = ({ kind, text }: Token): boolean => kind === 'text' && text.startsWith("'")

/** Without its quotes, and with the quotes that were escaped: any other backslash is one, as in a path. */
const plain = ({ kind, text }: Token): string =>
  kind === 'name' ? text.slice(1, -1) : kind === 'text' ? text.slice(1, -1).replace(/\\(['"])/gu, '$1') : text

const NEAR = 20

const wrong = (filter: string, at: number, problem: string) =>
  refuse('tracking.filter', { at, near: filter.slice(at - 1, at - 1 + NEAR) || 'its end', problem })

export const wrongAt = (filter: string, { at }: Pick<Condition, 'at'>, problem: string) =>
  wrong(filter, at, problem)
