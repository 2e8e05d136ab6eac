/** Prices into returns, session by session: what a holder of each name earned, as it was known when it was accounted. */
import type { Session } from '../../schemas/calendar.ts'
import type { PriceSpec } from '../../schemas/events/data.ts'
import { firstAbove } from '../../schemas/kernel/search.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import { FactQueue, type PriceFact } from './fact-queue.ts'

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

type Action = Readonly<{ dividend: number; split: number }>
const NO_ACTION: Action = { dividend: 0, split: 1 }

/** A name that is held at `mark`: one share of it has become `shares` and `cash` by actions that were told late. */
type Holding = {
  /** The session of the position's first price: what went ex by then is no business of its holder. */
  since: Session
  /** The session of the mark. */
  session: Session
  mark: number
  /** The last mark above zero: a return is measured on it. */
  base: number
  shares: number
  cash: number
  /** By how much splits of up to the mark's session were changed since it was set, by session; null for none. */
  late: Map<Session, number> | null
  /** What goes ex after the session of the mark, by session: it belongs to the move to a price of that session or later. */
  ahead: Map<Session, Action>
}

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
  readonly entities: string[] = []
  readonly #places = new Map<string, number>()
  readonly #rule: Pick<PriceSpec, 'delistAfterSessions' | 'delistingReturn'>
  readonly #held: (Holding | null)[] = []
  /** The event time of each entity's newest price, held or closed: an older one that is told later is no news. */
  readonly #newest: Micros[] = []
  /** The session in which each entity's position was closed last. */
  readonly #closedIn: Session[] = []
  /** Actions that were counted, by entity and session: one that is told again counts by its difference. */
  readonly #counted: Map<Session, Action>[] = []
  readonly #waiting = new FactQueue()
  /** The sessions so far, ascending. */
  readonly #sessions: Session[] = []

  constructor(rule: Pick<PriceSpec, 'delistAfterSessions' | 'delistingReturn'>) {
    this.#rule = rule
  }

  /** An entity's place; a new one gets the next. */
  placeOf(entity: string): number {
    const known = this.#places.get(entity)
    if (known !== undefined) return known
    const place = this.entities.length
    this.#places.set(entity, place)
    this.entities.push(entity)
    this.#held.push(null)
    this.#newest.push(Number.NEGATIVE_INFINITY)
    this.#closedIn.push(Number.NEGATIVE_INFINITY)
    this.#counted.push(new Map())
    return place
  }

  /** Facts are learned in log order; of one moment and event time the last counts. */
  learn({ entity, ...fact }: Omit<PriceFact, 'place'> & Readonly<{ entity: string }>): void {
    this.#waiting.add({ place: this.placeOf(entity), ...fact })
  }

  /** Sessions ascend, and so do the moments. @param knownBy the session's decision moment, inclusive */
  step(session: Session, knownBy: Micros): SessionMarks {
    const prices = this.#take(session, knownBy)
    this.#sessions.push(session)
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
    const after = this.#sessions.length - firstAbove(this.#sessions, session)
    return after >= this.#rule.delistAfterSessions
  }

  /** Counts the actions that the session learns of, and gives the newest price of each entity that it has news of. */
  #take(session: Session, knownBy: Micros): Map<number, News> {
    const prices = new Map<number, News>()
    for (const fact of this.#waiting.take(session, knownBy)) {
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
    counted.set(session, now)
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
    held.cash += (now.dividend - before.dividend) / this.#splitsIn(held, counted, session)
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
