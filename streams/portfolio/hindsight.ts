/** The latest sessions again, with each price in its own session whenever it was told: what a crash that came late did on its day. */
import type { Session } from '../../schemas/calendar.ts'
import type { Memory } from '../../schemas/kernel/memory.ts'
import { factColumn, factsIn, type PriceFact } from './fact-queue.ts'
import { Learned } from './learned.ts'
import type { Marks, SessionMarks } from './marks.ts'

/**
 * How many sessions can be told again, with the one that learns of something. A quarter: vendors deliver and correct within
 * days, what is older than a quarter was reported, and the facts of so many sessions are kept in memory.
 */
export const HINDSIGHT_SESSIONS = 63

/** One session as it looks now. */
export type Step = Readonly<{
  session: Session
  /** Calendar days since the session before. */
  days: number
  /** What could be traded at its close, as its books knew it; null for a session that came to light when it was too late to close it. */
  states: Uint8Array | null
  /** What a holder of each name earned in it, by the prices of it and of the session before. */
  returns: Float64Array
}>

/** A session that was closed: what it learned, and the marks that were made of it. */
type Closing = Readonly<{
  facts: readonly PriceFact[]
  marks: Pick<SessionMarks, 'session' | 'states'>
  /** The session in which a position in a name was closed last. */
  closedIn: (place: number) => Session
}>

type Saved = Readonly<{
  base: Memory
  head: Memory
  since: Session
  facts: ReadonlyMap<Session, Float64Array>
  steps: readonly Step[]
}>

/**
 * The same marks as those that were accounted (`Marks`), but each fact is learned in its own session. What is older than
 * the latest `HINDSIGHT_SESSIONS` is learned in the session that was told of it, as it was accounted. So is a price of before
 * a position was closed for good, which is no news. What was closed is closed in the same session here.
 *
 * A price of a session that was never closed, because nothing of it had arrived in time and no calendar said that it was one,
 * makes it a step of its own, in which nothing could be traded.
 */
export class Hindsight {
  /** Marks after the session `#since`, the last one that is not told again. */
  readonly #base: Marks
  #since: Session
  /** Marks after the latest session. */
  #head: Marks
  readonly #facts = new Map<Session, Learned>()
  #steps: readonly Step[] = []
  #left: readonly Step[] = []
  #isRetold = false

  /** @param marks those of the last session before the first one that can be told again */
  constructor(marks: Marks, since: Session) {
    this.#base = marks.fork()
    this.#head = marks.fork()
    this.#since = since
  }

  /** What the latest closing left behind is none of it: its books have seen that. */
  save(): Memory {
    const facts = [...this.#facts].map(([session, learned]) => [session, factColumn(learned.facts)] as const)
    return {
      base: this.#base.save(),
      head: this.#head.save(),
      since: this.#since,
      facts: new Map(facts),
      steps: this.#steps,
    }
  }

  /** @param marks those that it is beside */
  static from(memory: Memory, marks: Marks): Hindsight {
    const { base, head, since, facts, steps } = memory as unknown as Saved
    const hindsight = new Hindsight(marks.blank(), since)
    hindsight.#base.restore(base)
    hindsight.#head.restore(head)
    for (const [session, told] of facts) hindsight.#facts.set(session, Learned.of(factsIn(told)))
    hindsight.#steps = steps
    return hindsight
  }

  /** The sessions that can be told again, ascending, up to the one that was closed last. */
  get steps(): readonly Step[] {
    return this.#steps
  }

  /** Those that the latest closing left behind: they stay as they are. */
  get left(): readonly Step[] {
    return this.#left
  }

  /** Whether the latest closing changed more than it added. */
  get isRetold(): boolean {
    return this.#isRetold
  }

  close(closing: Closing): void {
    const { session, states } = closing.marks
    this.#leave()
    const sessions = new Map(this.#steps.map((step) => [step.session, step.states]))
    const before = this.#steps.at(-1)?.session ?? this.#since
    this.#isRetold = false
    for (const fact of closing.facts) {
      const isNews = fact.session > Math.max(this.#since, closing.closedIn(fact.place))
      // A history that is told again, whole, is not kept: of what is so old only the newest price and actions count.
      if (!isNews && !this.#base.isNews(fact)) continue
      const own = isNews ? fact.session : session
      const learned = this.#facts.get(own) ?? new Learned()
      learned.add(fact)
      this.#facts.set(own, learned)
      if (own <= before) this.#isRetold = true
      if (own < session && !Number.isNaN(fact.price) && !sessions.has(own)) {
        sessions.set(own, null)
        this.#isRetold = true
      }
    }
    sessions.set(session, states)
    if (this.#isRetold) this.#head = this.#base.fork()
    const kept = this.#isRetold ? [] : this.#steps
    const steps = [...kept]
    for (const [one, known] of [...sessions].sort(([a], [b]) => a - b).slice(kept.length)) {
      const previous = steps.at(-1)?.session ?? this.#since
      const { returns } = this.#head.advance(one, this.#learned(previous, one), known !== null)
      steps.push({ session: one, days: one - previous, states: known, returns })
    }
    this.#steps = steps
  }

  /** Lets go of the oldest steps: with the session that is closed next there are as many as can be told again. */
  #leave(): void {
    this.#left = this.#steps.slice(0, Math.max(0, this.#steps.length - HINDSIGHT_SESSIONS + 1))
    this.#steps = this.#steps.slice(this.#left.length)
    for (const { session, states } of this.#left) {
      this.#base.advance(session, this.#learned(this.#since, session), states !== null)
      this.#since = session
    }
    for (const own of this.#facts.keys()) if (own <= this.#since) this.#facts.delete(own)
  }

  /** The facts of the sessions after one, up to another; those of a day that is no session are learned in the next. */
  #learned(after: Session, to: Session): readonly PriceFact[] {
    const days = [...this.#facts.keys()].filter((own) => after < own && own <= to)
    return days.sort((a, b) => a - b).flatMap((own) => this.#facts.get(own)?.facts ?? [])
  }
}
