/** Price facts that wait for the session that learns of them, in columns: a history has millions. */
import type { Session } from '../../schemas/calendar.ts'
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

export class FactQueue {
  /** Facts one after another, each `WIDTH` numbers. */
  #facts: number[] = []
  /** Places of facts by the moment they became known; of one moment in log order. Null where that is their own order. */
  #order: Uint32Array | null = null
  #next = 0
  /** What is known before its session, such as a split that was announced, as it became known. */
  #early: PriceFact[] = []
  #latest = Number.NEGATIVE_INFINITY
  #inOrder = true

  /** Facts are added in log order. */
  add({ place, session, eventTime, knownAt, price, dividend, split, volume }: PriceFact): void {
    this.#settle()
    if (knownAt < this.#latest) this.#inOrder = false
    else this.#latest = knownAt
    this.#facts.push(place, session, eventTime, knownAt, price, dividend, split, volume)
  }

  /** Takes out every fact about a session up to `session` that was known by a moment, as they became known. */
  take(session: Session, knownBy: Micros): readonly PriceFact[] {
    const due = this.#early.filter((fact) => fact.session <= session)
    const waited = due.length
    const early = this.#early.filter((fact) => fact.session > session)
    this.#sort()
    for (; this.#next < this.#count && this.#fact(this.#next).knownAt <= knownBy; this.#next++) {
      const fact = this.#fact(this.#next)
      const list = fact.session > session ? early : due
      list.push(fact)
    }
    this.#early = early
    return waited === 0 ? due : due.sort((a, b) => a.knownAt - b.knownAt)
  }

  get #count(): number {
    return this.#facts.length / WIDTH
  }

  #fact(at: number): PriceFact {
    const from = (this.#order === null ? at : this.#order[at]) * WIDTH
    const [place, session, eventTime, knownAt, price, dividend, split, volume] = this.#facts.slice(
      from,
      from + WIDTH,
    )
    return { place, session, eventTime, knownAt, price, dividend, split, volume }
  }

  #sort(): void {
    if (this.#inOrder) return
    const knownAt = (at: number): Micros => this.#facts[at * WIDTH + 3]
    this.#order = Uint32Array.from({ length: this.#count }, (_, at) => at)
    this.#order.sort((a, b) => knownAt(a) - knownAt(b) || a - b)
    this.#inOrder = true
  }

  /** Before facts are added: what is left stands alone, in its order. */
  #settle(): void {
    if (this.#next === 0 && this.#order === null) return
    this.#replace(Array.from({ length: this.#count - this.#next }, (_, i) => this.#fact(this.#next + i)))
  }

  #replace(facts: readonly PriceFact[]): void {
    this.#facts = facts.flatMap((fact) => [
      fact.place,
      fact.session,
      fact.eventTime,
      fact.knownAt,
      fact.price,
      fact.dividend,
      fact.split,
      fact.volume,
    ])
    this.#order = null
    this.#next = 0
    this.#latest = facts.at(-1)?.knownAt ?? Number.NEGATIVE_INFINITY
    this.#inOrder = true
  }
}
