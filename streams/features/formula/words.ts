/** The names that a formula may use, and what each one means. */
import type { Expression } from './expression.ts'

export type Words = Readonly<{
  /** The columns; any name is one where they are not known. */
  columns: readonly string[] | null
  /** Columns whose values are names of groups. */
  groups: ReadonlySet<string>
  /** What the data set itself is called, so that `prices.close` is its `close`; empty where that does not matter. */
  own: string
  /** Other data sets, by what formulas call them. */
  joins: ReadonlyMap<string, Words>
  /** What a name was defined as; null where it was not. */
  defined: (name: string) => Expression | null
  /** The definitions, for messages. */
  names: readonly string[]
}>

const NONE: ReadonlyMap<string, Words> = new Map()

/** The columns of one data set; without them any name is taken. */
export const wordsOf = (columns?: readonly string[], more: Partial<Words> = {}): Words => ({
  columns: columns ?? null,
  groups: new Set(),
  own: '',
  joins: NONE,
  defined: () => null,
  names: [],
  ...more,
})

/** Whether an expression's values are names of groups: a column of them, here or in another data set. */
export function isGroup(expression: Expression, words: Words): boolean {
  if (expression.kind === 'field') return words.groups.has(expression.name)
  if (expression.kind !== 'joined') return false
  const joined = words.joins.get(expression.from)
  return joined !== undefined && isGroup(expression.of, joined)
}
