/** Prices into returns, session by session: what a holder of each name earned, as it was known when it was accounted. */
import type { Session } from '../../schemas/calendar.ts'
import type { PriceSpec } from '../../schemas/events/data.ts'
import type { Memory } from '../../schemas/kernel/memory.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import { FactQueue, type PriceFact } from './fact-queue.ts'
import { type Action, type Holding, holdingColumns, holdingsFrom, sparse } from './holding.ts'
import { Places } from './places.ts'

/** Whether a name can be traded at the session's close (`PRICED`), or its position was closed for good (`CLOSED`). */
export const [UNPRICED, PRICED, CLOSED] = [0, 1, 2]

/** One entry for each entity: its simple return, NaN for none; its state; and price times shares traded, NaN where unknown. */
export type SessionMarks = Readonly<{
  session: Session
  returns: Float64Array
  states: Uint8Array
  values: Float64Array
}>

/** The newest price that a session learns of. */
type News = Pick<PriceFact, 'session' | 'eventTime' | 'price' | 'volume'>

type MarkRule = Pick<PriceSpec, 'delistAfterSessions' | 'delistingReturn'>

const NO_ACTION: Action = { dividend: 0, split: 1 }

type Saved = Readonly<{
  held: Memory
  newest: Float64Array
  closedIn: Float64Array
  counted: ReadonlyMap<number, ReadonlyMap<Session, Action>>
  waiting: Memory
  recent: readonly Session[]
}>

/**
 * The one place where returns are made, for the backtest, the gate and the live path.
 *
 * A session's mark is the newest price known at its decision moment: that of the greatest event time, and of one event time
 * what was told last. Its return is the change of the mark:
 * (mark × shares + cash − mark before) / base, with the splits and dividends that went ex between the sessions of the two
 * marks, or became known late (CRSP's holding-period return, `ret = (p f + d) / p₋ − 1`). A price of before a split is one of
 * old shares, whenever it is told. So a missing price earns nothing until it is back, and then the
 * whole move; a corrected price is made good in the session that learns of it; and nothing that becomes known later changes
 * an earlier return. The base is the last mark above zero: a price below zero (oil on 2020-04-20) loses more than all.
 *
 * After `delistAfterSessions` sessions without a price the position is closed at the last price and `delistingReturn` of
 * its size. A price of a later session begins a new position; one of before the closure that is told after it is no news.
 */
export class Marks {
  readonly #rule: MarkRule
  readonly #places: Places
  readonly #held: (Holding | null)[] = []
  /** The event time of each entity's newest price, held or closed: an older one that is told later is no news. */
  readonly #newest: Micros[] = []
  /** The session in which each entity's position was closed last. */
  readonly #closedIn: Session[] = []
  /** Actions that were counted, by entity and session: one that is told again counts by its difference. */
  readonly #counted: ReadonlyMap<Session, Action>[] = []
  readonly #waiting = new FactQueue()
  /** The latest sessions, ascending: as many as a name may be without a price. */
  #recent: Session[] = []

  constructor(rule: MarkRule, places: Places = new Places()) {
    this.#rule = rule
    this.#places = places
  }

  get entities(): readonly string[] {
    return this.#places.names
  }

  /** An entity's place; a new one gets the next. */
  placeOf(entity: string): number {
    return this.#places.of(entity)
  }

  /** Facts are learned in log order; of one moment and event time the last counts. */
  learn({ entity, ...fact }: Omit<PriceFact, 'place'> & Readonly<{ entity: string }>): void {
    this.#waiting.add({ place: this.placeOf(entity), ...fact })
  }

  /** Sessions ascend, and so do the moments. @param knownBy the session's decision moment, inclusive */
  step(session: Session, knownBy: Micros): SessionMarks {
    return this.advance(session, this.take(session, knownBy))
  }

  /** Takes out what a session learns of, in the order in which it became known. */
  take(session: Session, knownBy: Micros): readonly PriceFact[] {
    return this.#waiting.take(session, knownBy)
  }

  /** The session in which a name's position was closed last: a price of up to it that is told later is no news. */
  closedIn(place: number): Session {
    return this.#closedIn[place] ?? Number.NEGATIVE_INFINITY
  }

  /** Whether a fact changes anything here: a price that is older than the newest one does not, whenever it is told. */
  isNews({ place, eventTime, dividend, split }: PriceFact): boolean {
    return (
      !Number.isNaN(dividend) || split > 0 || eventTime >= (this.#newest[place] ?? Number.NEGATIVE_INFINITY)
    )
  }

  /** The same marks with the same places, to be stepped apart from these; nothing waits to be learned. */
  fork(): Marks {
    const fork = new Marks(this.#rule, this.#places)
    for (const [place, held] of this.#held.entries()) {
      fork.#held.push(held && { ...held, late: held.late && new Map(held.late), ahead: new Map(held.ahead) })
      fork.#newest.push(this.#newest[place])
      fork.#closedIn.push(this.#closedIn[place])
      fork.#counted.push(this.#counted[place])
    }
    fork.#recent = this.#recent
    return fork
  }

  /** All but which places there are: forks have the same. */
  save(): Memory {
    return {
      held: holdingColumns(this.#held),
      newest: new Float64Array(this.#newest),
      closedIn: new Float64Array(this.#closedIn),
      counted: sparse(this.#counted, (counted) => (counted.size === 0 ? null : counted)),
      waiting: this.#waiting.save(),
      recent: this.#recent,
    }
  }

  /** Marks with the same places, that have met nothing. */
  blank(): Marks {
    return new Marks(this.#rule, this.#places)
  }

  restore(memory: Memory): void {
    const { held, newest, closedIn, counted, waiting, recent } = memory as unknown as Saved
    for (const [place, holding] of holdingsFrom(held).entries()) {
      this.#held.push(holding)
      this.#newest.push(newest[place])
      this.#closedIn.push(closedIn[place])
      this.#counted.push(counted.get(place) ?? new Map())
    }
    this.#waiting.restore(waiting)
    this.#recent = [...recent]
  }

  /**
   * The step of a session that learns of these facts.
   * @param counts false for a session that does not bring a name without a price nearer to its closing
   */
  advance(session: Session, facts: readonly PriceFact[], counts = true): SessionMarks {
    for (let place = this.#held.length; place < this.entities.length; place++) {
      this.#held.push(null)
      this.#newest.push(Number.NEGATIVE_INFINITY)
      this.#closedIn.push(Number.NEGATIVE_INFINITY)
      this.#counted.push(new Map())
    }
    const prices = this.#news(facts)
    if (counts) this.#recent = [...this.#recent, session].slice(-this.#rule.delistAfterSessions)
    const returns = new Float64Array(this.entities.length).fill(Number.NaN)
    const states = new Uint8Array(this.entities.length)
    const values = new Float64Array(this.entities.length).fill(Number.NaN)
    for (let place = 0; place < this.entities.length; place++) {
      const held = this.#held[place]
      const told = prices.get(place)
      // A price so old that a position at it would be over by now begins none.
      const news = told !== undefined && held === null && this.#isOver(told.session) ? undefined : told
      if (news !== undefined) {
        returns[place] = held === null ? Number.NaN : heldReturn(moved(held, news.session), news.price)
        this.#held[place] = marked(held, news, held === null ? new Map(this.#counted[place]) : held.ahead)
      }
      if (news?.session === session) {
        states[place] = PRICED
        values[place] = news.price * news.volume
        continue
      }
      const now = this.#held[place]
      if (now !== null && this.#isOver(now.session)) {
        returns[place] = this.#closingReturn(held ?? now, now, session)
        states[place] = CLOSED
        this.#held[place] = null
        this.#closedIn[place] = session
      }
    }
    return { session, returns, states, values }
  }

  /** At the last mark, which is of shares as they were then; dividends that went ex since are received. */
  #closingReturn(held: Holding, last: Pick<Holding, 'session' | 'mark'>, session: Session): number {
    const { shares } = moved(held, last.session)
    const left = last.mark + Math.abs(last.mark) * this.#rule.delistingReturn
    return heldReturn({ ...moved(held, session), shares }, left)
  }

  /** Whether so many sessions came after a price's own that a position is closed. */
  #isOver(session: Session): boolean {
    return this.#recent.length >= this.#rule.delistAfterSessions && this.#recent[0] > session
  }

  /** Counts the actions that the session learns of, and gives the newest price of each entity that it has news of. */
  #news(facts: readonly PriceFact[]): Map<number, News> {
    const prices = new Map<number, News>()
    for (const fact of facts) {
      const { place, price, eventTime } = fact
      this.#count(place, fact)
      if (Number.isNaN(price) || eventTime < this.#newest[place]) continue
      if (fact.session <= this.#closedIn[place]) continue
      this.#newest[place] = eventTime
      prices.set(place, fact)
    }
    return prices
  }

  #count(place: number, { session, dividend, split }: PriceFact): void {
    const counted = this.#counted[place]
    const before = counted.get(session) ?? NO_ACTION
    const now = {
      dividend: Number.isNaN(dividend) ? before.dividend : dividend,
      split: split > 0 ? split : before.split,
    }
    if (now.dividend === before.dividend && now.split === before.split) return
    // A new map: one that is shared with a fork is not written to.
    this.#counted[place] = new Map(counted).set(session, now)
    const held = this.#held[place]
    if (held === null || session <= held.since) return
    if (session > held.session) {
      held.ahead.set(session, now)
      return
    }
    if (now.split !== before.split) {
      const change = now.split / before.split
      held.shares *= change
      held.late ??= new Map()
      held.late.set(session, (held.late.get(session) ?? 1) * change)
    }
    held.cash += (now.dividend - before.dividend) / this.#splitsIn(held, this.#counted[place], session)
  }

  /** How many shares at the mark one share of before a session was taken to have become when the mark was set. */
  #splitsIn(held: Holding, counted: ReadonlyMap<Session, Action>, from: Session): number {
    let shares = 1
    for (const [session, { split }] of counted)
      if (session >= from && session <= held.session) shares *= split / (held.late?.get(session) ?? 1)
    return shares
  }
}

const heldReturn = ({ shares, cash, mark, base }: Moved, price: number): number =>
  (price * shares + cash - mark) / base

type Moved = Pick<Holding, 'mark' | 'base' | 'shares' | 'cash'>

/** What a share has become by a session, with all that goes ex up to it. */
function moved(held: Holding, to: Session): Moved {
  if (held.ahead.size === 0) return held
  let { shares, cash } = held
  for (const [session, { dividend, split }] of [...held.ahead].sort(([a], [b]) => a - b)) {
    if (session > to) break
    cash += shares * dividend
    shares *= split
  }
  return { ...held, shares, cash }
}

/** The holding at a new price: a share again, and no cash. @param ahead actions, of which those up to the price's session go */
function marked(held: Holding | null, { session, price }: News, ahead: Map<Session, Action>): Holding {
  const base = price > 0 ? price : (held?.base ?? Number.NaN)
  for (const ex of ahead.keys()) if (ex <= session) ahead.delete(ex)
  return { since: held?.since ?? session, session, mark: price, base, shares: 1, cash: 0, late: null, ahead }
}
