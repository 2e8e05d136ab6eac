/** A live book accounted again with the prices that are known now: what it decided and could trade stays, what it earned may not. */
import type { Session } from '../../schemas/calendar.ts'
import type { PortfolioSpec } from '../../schemas/events/experiment.ts'
import type { Memory } from '../../schemas/kernel/memory.ts'
import type { Hindsight, Step } from './hindsight.ts'
import { type Decision, Ledger } from './ledger.ts'

/** What a session earned after costs as it is known now, and what was said of it before: null where nothing was. */
export type Restated = Readonly<{ session: Session; was: number | null; net: number }>

/** What was decided in a session, and by which model's rules if another one took the book over in it. */
type Taken = Readonly<{ decision: Decision; successor: PortfolioSpec | null }>

type Saved = Readonly<{
  base: Memory
  head: Memory
  since: Session
  /** Null where the model was retired after the session. */
  taken: ReadonlyMap<Session, Taken | null>
  known: ReadonlyMap<Session, number>
  said: ReadonlyMap<Session, number>
}>

/** Sums of the same numbers in another order differ by less: no outcome is said again for a rounding. */
const ROUNDING = 1e-12

/**
 * The ledger of the live book, stepped through `Hindsight` by the same functions. A name is traded at the closes at which the
 * live book could trade it, and to the weights that were decided then. In between a position drifts with its own prices, not
 * with those that were known: a fall of 60 % that was told a week late leaves a smaller position from its own day on.
 */
export class BookInHindsight {
  /** The book after the session `#since`, which is not told again. */
  #base: Ledger
  #since: Session
  /** The book after the latest session. */
  #head: Ledger
  readonly #taken = new Map<Session, Taken | null>()
  /** Net returns by session: as they are known now, and as they were said. */
  readonly #known = new Map<Session, number>()
  readonly #said = new Map<Session, number>()

  /** @param ledger the live book after its first decision, which was taken in the session `since` */
  constructor(ledger: Ledger, since: Session) {
    this.#base = ledger.fork()
    this.#head = ledger.fork()
    this.#since = since
  }

  save(): Memory {
    const [base, head] = [this.#base.save(), this.#head.save()]
    return { base, head, since: this.#since, taken: this.#taken, known: this.#known, said: this.#said }
  }

  static from(memory: Memory): BookInHindsight {
    const { base, head, since, taken, known, said } = memory as unknown as Saved
    const book = new BookInHindsight(Ledger.from(base), since)
    book.#head = Ledger.from(head)
    for (const [session, one] of taken) book.#taken.set(session, one)
    for (const [session, net] of known) book.#known.set(session, net)
    for (const [session, net] of said) book.#said.set(session, net)
    return book
  }

  /** Takes in what was decided in the session that was closed last. */
  take(session: Session, taken: Taken): void {
    this.#taken.set(session, taken)
    this.#head = after(this.#head, taken)
  }

  /** The model was retired after a session, the one that was closed last. */
  withdraw(session: Session): void {
    if (session <= this.#since) this.#base.withdraw()
    else this.#taken.set(session, null)
    this.#head.withdraw()
  }

  /** A session was closed. @param net what the live book was said to have earned in it */
  close(hindsight: Hindsight, { session, net }: Readonly<{ session: Session; net: number }>): void {
    this.#said.set(session, net)
    for (const step of hindsight.left) this.#leave(step)
    if (hindsight.isRetold) this.#head = this.#base.fork()
    for (const step of hindsight.isRetold ? hindsight.steps : hindsight.steps.slice(-1)) {
      if (step.session <= this.#since) continue
      this.#known.set(step.session, settle(this.#head, step))
      this.#head = after(this.#head, this.#taken.get(step.session))
    }
  }

  /** The sessions that came out otherwise than they were said, ascending; they count as said from now on. */
  restate(): readonly Restated[] {
    const restated = [...this.#known]
      .map(([session, net]) => ({ session, was: this.#said.get(session) ?? null, net }))
      .filter(({ was, net }) => was === null || Math.abs(net - was) > ROUNDING)
    for (const { session, net } of restated) this.#said.set(session, net)
    return restated.sort((a, b) => a.session - b.session)
  }

  #leave(step: Step): void {
    const { session } = step
    if (session <= this.#since) return
    settle(this.#base, step)
    this.#base = after(this.#base, this.#taken.get(session))
    this.#since = session
    for (const kept of [this.#taken, this.#known, this.#said]) kept.delete(session)
  }
}

const settle = (ledger: Ledger, { returns, states, days }: Step): number =>
  (states === null ? ledger.pass(returns, days) : ledger.settle({ returns, states }, days)).net

function after(ledger: Ledger, taken: Taken | null | undefined): Ledger {
  if (taken === undefined) return ledger
  if (taken === null) {
    ledger.withdraw()
    return ledger
  }
  const { decision, successor } = taken
  const next = successor === null ? ledger : ledger.succeed(successor)
  next.take(decision)
  return next
}
