/** Whether something meets the conditions of a search, in what order what does is shown, and which part of it is a page. */
import { digestOf } from '../../schemas/kernel/canonical.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { Condition, Order } from './filter.ts'

export type Value = string | number | null | undefined

/** What a thing has under a name; several values where any of them may meet a condition. */
export type Reading<T> = (thing: T, entity: string, key: string) => Value | readonly Value[]

/**
 * @param absent whether a `!=` is met by what has no such value: it is for registered models, not for runs
 */
export function meets<T>(
  thing: T,
  conditions: readonly Condition[],
  { reading, absent = false, effort }: Readonly<{ reading: Reading<T>; absent?: boolean; effort: Effort }>,
): boolean {
  return conditions.every((condition) => {
    effort.spend(CONDITION)
    const { entity, key, operator } = condition
    const read = reading(thing, entity, key)
    const values = (Array.isArray(read) ? read : [read]).filter((one) => one !== null && one !== undefined)
    if (operator === 'IS NULL') return values.length === 0
    if (operator === 'IS NOT NULL') return values.length > 0
    if (values.length === 0) return absent && (operator === '!=' || operator === 'NOT IN')
    return values.some((value) => holds(value, condition, effort))
  })
}

function holds(value: string | number, { operator, values }: Condition, effort: Effort): boolean {
  const [wanted = ''] = values
  switch (operator) {
    case '=':
      return value === wanted
    case '!=':
      return value !== wanted
    case '<':
      return value < wanted
    case '<=':
      return value <= wanted
    case '>':
      return value > wanted
    case '>=':
      return value >= wanted
    case 'IN':
      return effort.isAmong(value, values)
    case 'NOT IN':
      return !effort.isAmong(value, values)
    case 'LIKE':
      return isLike(String(value), String(wanted), effort)
    case 'ILIKE':
      return isLike(String(value).toLowerCase(), String(wanted).toLowerCase(), effort)
    default:
      return false
  }
}

/**
 * What one search may compare. A pattern that begins again and again at the next character takes its length for each: some .5 seconds in all.
 */
const MOST_BACK = 50_000_000
/** A condition takes as long as so many characters. */
const CONDITION = 10

/** What is left to one search of what it may compare again. */
export class Effort {
  #left = MOST_BACK
  readonly #lists = new WeakMap<Condition['values'], ReadonlySet<Value>>()

  /** A list of ids is looked up for each thing, and not gone through. */
  isAmong(value: Value, values: Condition['values']): boolean {
    const among = this.#lists.get(values) ?? new Set(values)
    this.#lists.set(values, among)
    return among.has(value)
  }

  /** @throws Refusal `tracking.too-long` */
  spend(characters: number): void {
    this.#left -= characters
    if (this.#left < 0) throw refuse('tracking.too-long')
  }
}

/** SQL's LIKE, `%` for any text and `_` for any character, within what the search may take. */
export function isLike(text: string, pattern: string, effort: Effort): boolean {
  let [at, place] = [0, 0]
  let [star, marked] = [-1, 0]
  while (at < text.length) {
    if (
      place < pattern.length &&
      (pattern[place] === '_' || pattern[place] === text[at]) &&
      pattern[place] !== '%'
    ) {
      at++
      place++
    } else if (pattern[place] === '%') {
      star = place++
      marked = at
    } else if (star >= 0) {
      effort.spend(at - marked)
      place = star + 1
      at = ++marked
    } else return false
  }
  while (pattern[place] === '%') place++
  return place === pattern.length
}

/** By each order in turn; what has no such value, or one that is no number, comes last whatever the direction. */
export function sorted<T>(things: readonly T[], orders: readonly Order[], reading: Reading<T>): readonly T[] {
  // A later order is read where an earlier one leaves things equal.
  const columns: (Column | undefined)[] = orders.map(() => undefined)
  const places = Uint32Array.from(things, (_, place) => place)
  places.sort((a, b) => {
    for (let index = 0; index < orders.length; index++) {
      columns[index] ??= columnOf(things, orders[index], reading)
      const order = compared(columns[index] as Column, a, b)
      if (order !== 0) return orders[index].isAscending || order === LAST || order === -LAST ? order : -order
    }
    return a - b
  })
  return Array.from(places, (place) => things[place])
}

/** What things have under a name, by their places. `rank`: 0 for a value, 1 for no number, 2 for none. */
type Column = Readonly<{ rank: Uint8Array; numbers: Float64Array; texts: readonly string[] | null }>

function columnOf<T>(things: readonly T[], { entity, key }: Order, reading: Reading<T>): Column {
  const rank = new Uint8Array(things.length)
  const numbers = new Float64Array(things.length)
  let texts: string[] | null = null
  for (let place = 0; place < things.length; place++) {
    const read = reading(things[place], entity, key)
    const value = Array.isArray(read) ? read[0] : (read as Value)
    if (value === null || value === undefined) rank[place] = 2
    else if (typeof value === 'string') {
      texts ??= new Array<string>(things.length).fill('')
      texts[place] = value
    } else if (Number.isNaN(value)) rank[place] = 1
    else numbers[place] = value
  }
  return { rank, numbers, texts }
}

/** Tells what comes last in either direction. */
const LAST = 2

function compared({ rank, numbers, texts }: Column, a: number, b: number): number {
  if (rank[a] !== rank[b]) return rank[a] < rank[b] ? -LAST : LAST
  if (rank[a] !== 0) return 0
  if (texts !== null) return texts[a] < texts[b] ? -1 : texts[a] > texts[b] ? 1 : 0
  return numbers[a] < numbers[b] ? -1 : numbers[a] > numbers[b] ? 1 : 0
}

type Page<T> = Readonly<{ page: readonly T[]; next: string | null }>

/**
 * A page of what was found. The token names the last thing of the page before, so that what comes in between neither shifts nor
 * repeats anything, and the question, so that it is not taken for the place in another one.
 * @throws Refusal `tracking.page-token`
 */
export function pageOf<T>(
  found: readonly T[],
  asked: Readonly<{ token: string; most: number; question: unknown; idOf: (thing: T) => string }>,
): Page<T> {
  const { token, most, question, idOf } = asked
  const about = digestOf(question).slice(0, 16)
  let from = 0
  if (token !== '') {
    const told = placeIn(token)
    if (told === null || told.about !== about) throw refuse('tracking.page-token')
    const last = found.findIndex((thing) => idOf(thing) === told.after)
    from = last >= 0 ? last + 1 : told.offset
  }
  const page = found.slice(from, from + most)
  const offset = from + page.length
  const isOver = page.length === 0 || offset >= found.length
  if (isOver) return { page, next: null }
  const place = { offset, after: idOf(page[page.length - 1]), about }
  return { page, next: Buffer.from(JSON.stringify(place)).toString('base64url') }
}

function placeIn(token: string): { offset: number; after: string; about: string } | null {
  try {
    const { offset, after, about } = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'))
    return Number.isSafeInteger(offset) && offset >= 0 ? { offset, after, about } : null
  } catch {
    return null
  }
}
