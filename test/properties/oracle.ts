/**
 * What live books must earn, written anew from the rules: from the files, the moments at which they came, and the scores that
 * were given, with none of the platform's accounting.
 */
import type { Session } from '../../schemas/calendar.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import type { Act } from './script.ts'
import type { Stage, Told } from './story.ts'

type Account = Readonly<{ session: Session; gross: number; net: number; turnover: number }>

/** The scores of a session by name; a name that is not there has none. */
export type Scores = ReadonlyMap<Session, ReadonlyMap<string, number>>

/** What the oracle says of each closed session: its account, none for the first, and the weights that were decided. */
type Oracle = Readonly<{
  closed: readonly Session[]
  accounts: readonly Account[]
  weights: ReadonlyMap<Session, ReadonlyMap<string, number>>
  /** What each account would have been, had each price been known in its own session. */
  hindsight: readonly Account[]
}>

/** `counts`: the session that a fact counts in when all is known; NaN before it was learned. */
type Fact = Told & { readonly dataset: string; readonly since: Micros; isLearned: boolean; counts: Session }

type Action = Readonly<{ dividend: number; split: number }>
type Actions = ReadonlyMap<Session, Action>

/** One share at a price; `since` is the session of the position's first one, `knownThen` the actions as they were known when it was set. */
type Holding = Readonly<{ told: Told; since: Session; knownThen: Actions }>

type Mark = Readonly<{ move: number; state: 'priced' | 'unpriced' | 'closed' }>

/** When rows are known: from when they say, unless they contradict what came before or come after their decision. */
class Library {
  readonly facts: Fact[] = []
  readonly #stage: Stage

  constructor(stage: Stage) {
    this.#stage = stage
  }

  file({ dataset, columns, rows, at: now }: Extract<Act, { kind: 'file' }>, decidedTo: Micros): void {
    const earlier = this.facts.filter((fact) => fact.dataset === dataset)
    const silent = { close: Number.NaN, signal: Number.NaN, dividend: Number.NaN, split: Number.NaN }
    for (const whole of rows) {
      const row = {
        ...whole,
        ...silent,
        ...Object.fromEntries(columns.map((column) => [column, whole[column]])),
      }
      const before = earlier
        .filter(({ name, eventTime }) => name === row.name && eventTime === row.eventTime)
        .reduce<Fact | undefined>((a, b) => (a === undefined || b.since >= a.since ? b : a), undefined)
      const isSame =
        before !== undefined &&
        (['close', 'signal', 'dividend', 'split'] as const).every((c) => Object.is(before[c], row[c]))
      if (isSame) continue
      const claimed = Math.max(row.knownAt, row.eventTime)
      const isBelieved =
        before === undefined || (this.#stage.spec.revisions === 'declared' && claimed > before.since)
      const isInTime = isBelieved && claimed > decidedTo
      this.facts.push({
        ...row,
        dataset,
        since: isInTime ? claimed : Math.max(claimed, now, decidedTo + 1),
        isLearned: false,
        counts: Number.NaN,
      })
    }
  }

  /** What a session learns of: rows about it or earlier ones, known by its decision, as they became known. */
  learnedBy(session: Session, decideAt: Micros): Fact[] {
    const news = this.facts.filter(
      (fact) => !fact.isLearned && fact.session <= session && fact.since <= decideAt,
    )
    for (const fact of news) fact.isLearned = true
    return news.sort((a, b) => a.since - b.since)
  }
}

class Quotes {
  readonly #holdings = new Map<string, Holding>()
  readonly #newest = new Map<string, Told>()
  /** Dividends and splits of each name by session, as they were told last. */
  readonly #actions = new Map<string, Map<Session, Action>>()
  /** The sessions so far, and the one in which a position in a name was closed last. */
  readonly #sessions: Session[] = []
  readonly #closedIn = new Map<string, Session>()
  readonly #rule: Stage['exchange']

  constructor(rule: Stage['exchange']) {
    this.#rule = rule
  }

  step(session: Session, facts: readonly Fact[]): ReadonlyMap<string, Mark> {
    this.#sessions.push(session)
    const news = new Map<string, Told>()
    for (const fact of facts) {
      this.#act(fact)
      const newest = news.get(fact.name) ?? this.#newest.get(fact.name)
      const isNews = newest === undefined || fact.eventTime >= newest.eventTime
      const isOfClosed = fact.session <= (this.#closedIn.get(fact.name) ?? Number.NEGATIVE_INFINITY)
      if (!Number.isNaN(fact.close) && isNews && !isOfClosed) news.set(fact.name, fact)
    }
    const marks = new Map<string, Mark>()
    for (const name of new Set([...this.#holdings.keys(), ...news.keys()]))
      marks.set(name, this.#mark(name, session, news.get(name)))
    return marks
  }

  #act({ name, session, dividend, split }: Fact): void {
    const known = this.#actions.get(name) ?? new Map<Session, Action>()
    const before = known.get(session) ?? NO_ACTION
    known.set(session, {
      dividend: Number.isNaN(dividend) ? before.dividend : dividend,
      split: Number.isNaN(split) ? before.split : split,
    })
    this.#actions.set(name, known)
  }

  #mark(name: string, session: Session, told: Told | undefined): Mark {
    const held = this.#holdings.get(name)
    const worth = (price: number, of: Session, paidTo = of) =>
      held === undefined
        ? Number.NaN
        : earned(held, this.#actions.get(name) ?? new Map(), { price, of, paidTo })
    if (told !== undefined) this.#newest.set(name, told)
    if (told?.session === session) {
      this.#hold(name, told)
      return { move: worth(told.close, session), state: 'priced' }
    }
    if (told === undefined && held === undefined) return { move: Number.NaN, state: 'unpriced' }
    // Sessions are counted from the price's own, whenever it was told.
    const own = told?.session ?? held?.told.session ?? session
    const isOver = this.#sessions.filter((one) => one > own).length >= this.#rule.delistAfter
    const price = told?.close ?? held?.told.close ?? Number.NaN
    if (isOver && held === undefined) return { move: Number.NaN, state: 'unpriced' }
    if (isOver) {
      this.#holdings.delete(name)
      this.#closedIn.set(name, session)
      return { move: worth(price * (1 + this.#rule.delistingReturn), own, session), state: 'closed' }
    }
    if (told !== undefined) this.#hold(name, told)
    return { move: told === undefined ? Number.NaN : worth(told.close, told.session), state: 'unpriced' }
  }

  #hold(name: string, told: Told): void {
    const since = this.#holdings.get(name)?.since ?? told.session
    this.#holdings.set(name, { told, since, knownThen: new Map(this.#actions.get(name)) })
  }
}

const NO_ACTION: Action = { dividend: 0, split: 1 }

/**
 * What a share at a holding's price has earned at another price, which is one of shares of the session that it is `of`. What was
 * told late of the sessions up to the holding's counts by what it changed, a dividend on the shares of its time.
 */
function earned(
  { told, since, knownThen }: Holding,
  now: Actions,
  { price, of, paidTo }: Readonly<{ price: number; of: Session; paidTo: Session }>,
): number {
  let [shares, cash] = [1, 0]
  let priced: number | null = null
  for (const [ex, { dividend, split }] of [...now].sort(([a], [b]) => a - b)) {
    if (ex <= since || ex > paidTo) continue
    if (ex <= told.session) {
      const before = knownThen.get(ex) ?? NO_ACTION
      const became = [...knownThen].reduce(
        (all, [at, one]) => (at >= ex && at <= told.session ? all * one.split : all),
        1,
      )
      cash += (dividend - before.dividend) / became
      shares *= split / before.split
      continue
    }
    if (ex > of) priced ??= shares
    cash += shares * dividend
    shares *= split
  }
  return (price * (priced ?? shares) + cash - told.close) / told.close
}

const COST_PER_TRADE = (4 / 2 + 1) / 10_000
const BORROW_PER_DAY = 50 / 10_000 / 365

class Desk {
  readonly #holdingDays: number
  #targets: Map<string, number>[] = []
  #decided: Map<string, number> | null = null
  #held = new Map<string, number>()

  constructor(holdingDays: number) {
    this.#holdingDays = holdingDays
  }

  settle(session: Session, days: number, marks: ReadonlyMap<string, Mark>): Account {
    for (const [name, { state }] of marks)
      if (state === 'closed') for (const book of [...this.#targets, this.#decided]) book?.delete(name)
    const moveOf = (name: string) => marks.get(name)?.move || 0
    let [gross, short, turnover] = [0, 0, 0]
    for (const [name, weight] of this.#held) {
      gross += weight * moveOf(name)
      short += Math.max(0, -weight)
    }
    const fee = short * BORROW_PER_DAY * days
    const after = new Map<string, number>()
    // A book that has lost all that it had holds nothing, and trades nothing at this close.
    if (gross <= -1) {
      this.#held = after
      return { session, gross, net: gross - fee, turnover }
    }
    for (const name of new Set([...this.#held.keys(), ...(this.#decided?.keys() ?? [])])) {
      const drifted = ((this.#held.get(name) ?? 0) * (1 + moveOf(name))) / (1 + gross)
      const state = marks.get(name)?.state ?? 'unpriced'
      if (state === 'closed') continue
      const next = state === 'priced' ? (this.#decided?.get(name) ?? 0) : drifted
      after.set(name, next)
      turnover += Math.abs(next - drifted)
    }
    this.#held = after
    return { session, gross, net: gross - fee - turnover * COST_PER_TRADE, turnover }
  }

  decide(scores: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
    const before = this.#targets.at(-1) ?? new Map<string, number>()
    const carried = [...before].filter(([name, weight]) => weight !== 0 && !scores.has(name))
    const room = Math.max(0, 1 - carried.reduce((sum, [, weight]) => sum + Math.abs(weight), 0))
    const target = new Map(carried)
    const all = [...scores.values()]
    const tilts = [...scores].map(([name, score]): [string, number] => {
      const below = all.filter((one) => one < score).length
      const equal = all.filter((one) => one === score).length
      return [name, below + (equal + 1) / 2 - (all.length + 1) / 2]
    })
    const size = tilts.reduce((sum, [, tilt]) => sum + Math.abs(tilt), 0)
    for (const [name, tilt] of tilts) target.set(name, size === 0 ? 0 : (tilt / size) * room)
    this.#targets = [...this.#targets, target].slice(-this.#holdingDays)
    const weights = new Map<string, number>()
    for (const one of this.#targets)
      for (const [name, weight] of one)
        weights.set(name, (weights.get(name) ?? 0) + weight / this.#holdingDays)
    this.#decided = new Map(weights)
    return weights
  }
}

/** Follows one exchange through the acts of a script. */
export function oracle(stage: Stage, acts: readonly Act[], servedAfter: Session, scores: Scores): Oracle {
  const { sessions, spine, exchange, dataset } = stage
  const library = new Library(stage)
  const quotes = new Quotes(exchange)
  const desk = new Desk(exchange.holding)
  const closed: Session[] = []
  const accounts: Account[] = []
  const weights = new Map<Session, ReadonlyMap<string, number>>()
  const states: { session: Session; marks: ReadonlyMap<string, Mark> }[] = []
  const gone = new Map<string, Session>()
  let next = 0
  let decidedTo = Number.NEGATIVE_INFINITY

  const close = (session: Session): void => {
    const decideAt = sessions.decides(session)
    const facts = library.learnedBy(session, decideAt)
    const marks = quotes.step(session, facts)
    states.push({ session, marks })
    for (const [name, { state }] of marks) if (state === 'closed') gone.set(name, session)
    // What came before the first session that is closed, or of a position that is closed, counts when it is told.
    for (const fact of facts) {
      const isNews = fact.session > servedAfter && fact.session > (gone.get(fact.name) ?? 0)
      fact.counts = isNews ? fact.session : session
    }
    if (session <= servedAfter) return
    const days = session - sessions.previous(session)
    const account = desk.settle(session, days, marks)
    if (closed.length > 0) accounts.push(account)
    weights.set(session, desk.decide(scores.get(session) ?? new Map()))
    closed.push(session)
    decidedTo = decideAt
  }

  const isDue = (now: Micros): boolean => {
    const session = spine[next]
    if (session === undefined || sessions.decides(session) > now) return false
    return hasRowsFrom(session)
  }

  for (const act of acts) {
    const isOwn = act.dataset === dataset
    if (!isOwn && act.dataset !== stage.actions?.dataset) continue
    if (act.kind === 'file') library.file(act, decidedTo)
    if (!isOwn) continue
    // The sessions of the history are gone through when the first one is closed.
    const due = (session: Session) => session <= servedAfter || isDue(act.at)
    const opens = spine.findIndex((session) => session > servedAfter)
    if (closed.length === 0 && !(sessions.decides(spine[opens]) <= act.at && hasRowsFrom(spine[opens])))
      continue
    while (next < spine.length && due(spine[next])) close(spine[next++])
  }
  return { closed, accounts, weights, hindsight: again() }

  /** The same book, with what was decided and could be traded, and each fact in its own session. */
  function again(): readonly Account[] {
    const known = new Quotes(exchange)
    const book = new Desk(exchange.holding)
    return states.flatMap(({ session, marks }) => {
      const facts = library.facts.filter(({ counts }) => counts === session)
      const moves = known.step(
        session,
        facts.sort((a, b) => a.since - b.since),
      )
      if (session <= servedAfter) return []
      const both = new Map(
        [...marks].map(([name, { state }]) => [name, { state, move: moves.get(name)?.move ?? Number.NaN }]),
      )
      const account = book.settle(session, session - sessions.previous(session), both)
      book.decide(scores.get(session) ?? new Map())
      return session === closed[0] ? [] : [account]
    })
  }

  function hasRowsFrom(session: Session): boolean {
    return library.facts.some((fact) => fact.dataset === dataset && fact.session >= session)
  }
}
