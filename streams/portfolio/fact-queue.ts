/** Price facts that wait for the session that learns of them, in blocks of numbers: a history has millions. */
import type { Session } from '../../schemas/calendar.ts'
import type { Memory } from '../../schemas/kernel/memory.ts'
import type { Micros } from '../../schemas/kernel/time.ts'

/** What one row says of an entity (by its place) in a session; NaN for what it does not say. */
export type PriceFact = Readonly<{
  place: number
  session: Session
  eventTime: Micros
  knownAt: Micros
  price: number
  dividend: number
  split: number
  /** Shares traded. */
  volume: number
}>

const WIDTH = 8

/** Facts one after another, each `WIDTH` numbers. */
export function factColumn(facts: readonly PriceFact[]): Float64Array {
  const column = new Float64Array(facts.length * WIDTH)
  for (const [at, fact] of facts.entries()) column.set(numbersOf(fact), at * WIDTH)
  return column
}

export const factsIn = (column: Float64Array): PriceFact[] =>
  Array.from({ length: column.length / WIDTH }, (_, at) => factFrom(column, at * WIDTH))

const numbersOf = (fact: PriceFact): readonly number[] => {
  const { place, session, eventTime, knownAt, price, dividend, split, volume } = fact
  return [place, session, eventTime, knownAt, price, dividend, split, volume]
}

function factFrom(numbers: Float64Array, from: number): PriceFact {
  const [place, session, eventTime, knownAt, price, dividend, split, volume] = numbers.subarray(
    from,
    from + WIDTH,
  )
  return { place, session, eventTime, knownAt, price, dividend, split, volume }
}

/** Facts of one block: arrays that grow without end are copied again and again, and end at 2^27 numbers. */
const BLOCK = 1 << 12

export class FactQueue {
  /** Facts one after another, each `WIDTH` numbers; a block is let go when all of it was taken. */
  #blocks: Float64Array[] = []
  #count = 0
  /** Places of facts by the moment they became known; of one moment in log order. Null where that is their own order. */
  #order: Uint32Array | null = null
  #next = 0
  /** What is known before its session, such as a split that was announced, as it became known. */
  #early: PriceFact[] = []
  #latest = Number.NEGATIVE_INFINITY
  #inOrder = true

  /** Facts are added in log order. */
  add(fact: PriceFact): void {
    this.#settle()
    if (fact.knownAt < this.#latest) this.#inOrder = false
    else this.#latest = fact.knownAt
    this.#put(fact)
  }

  /** Takes out every fact about a session up to `session` that was known by a moment, as they became known. */
  take(session: Session, knownBy: Micros): readonly PriceFact[] {
    const due = this.#early.filter((fact) => fact.session <= session)
    const waited = due.length
    const early = this.#early.filter((fact) => fact.session > session)
    this.#sort()
    for (; this.#next < this.#count && this.#knownAt(this.#next) <= knownBy; this.#next++) {
      const fact = this.#fact(this.#next)
      const list = fact.session > session ? early : due
      list.push(fact)
    }
    this.#early = early
    if (this.#order === null) this.#blocks.fill(NO_FACTS, 0, Math.floor(this.#next / BLOCK))
    return waited === 0 ? due : due.sort((a, b) => a.knownAt - b.knownAt)
  }

  /** The facts that nobody has learned of, in their order. */
  save(): Memory {
    return { waiting: factColumn(this.#left()), early: factColumn(this.#early) }
  }

  restore(memory: Memory): void {
    const { waiting, early } = memory as Readonly<Record<'waiting' | 'early', Float64Array>>
    for (const fact of factsIn(waiting)) this.add(fact)
    this.#early = factsIn(early)
  }

  #put(fact: PriceFact): void {
    const at = this.#count % BLOCK
    if (at === 0) this.#blocks.push(new Float64Array(BLOCK * WIDTH))
    this.#blocks.at(-1)?.set(numbersOf(fact), at * WIDTH)
    this.#count++
  }

  /** Where a fact stands: its block, and its first number there. */
  #where(next: number): readonly [Float64Array, number] {
    const at = this.#order === null ? next : this.#order[next]
    return [this.#blocks[Math.floor(at / BLOCK)] ?? NO_FACTS, (at % BLOCK) * WIDTH]
  }

  #knownAt(next: number): Micros {
    const [block, from] = this.#where(next)
    return block[from + KNOWN_AT]
  }

  #fact(next: number): PriceFact {
    return factFrom(...this.#where(next))
  }

  #left(): readonly PriceFact[] {
    return Array.from({ length: this.#count - this.#next }, (_, i) => this.#fact(this.#next + i))
  }

  #sort(): void {
    if (this.#inOrder) return
    const known = Float64Array.from({ length: this.#count }, (_, at) => this.#knownAt(at))
    const order = Uint32Array.from({ length: this.#count }, (_, at) => at)
    this.#order = order.sort((a, b) => known[a] - known[b] || a - b)
    this.#inOrder = true
  }

  /** Before facts are added: what is left stands alone, in its order. */
  #settle(): void {
    if (this.#next === 0 && this.#order === null) return
    const left = this.#left()
    this.#blocks = []
    this.#count = 0
    this.#order = null
    this.#next = 0
    this.#latest = left.at(-1)?.knownAt ?? Number.NEGATIVE_INFINITY
    for (const fact of left) this.#put(fact)
  }
}

const KNOWN_AT = 3
const NO_FACTS = new Float64Array()
