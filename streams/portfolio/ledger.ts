/** A book as it goes from session to session: the one sequence of accounts and decisions, in a backtest and live. */
import type { PortfolioSpec } from '../../schemas/events/experiment.ts'
import type { Memory } from '../../schemas/kernel/memory.ts'
import { accountDay, type DayResult, type Left } from './account.ts'
import { CLOSED, type SessionMarks } from './marks.ts'
import { carriedTarget, heldWeights } from './weights.ts'

/** What was decided in a session: its target, and the weights to hold (the mean of the latest targets). */
export type Decision = Readonly<{ target: Float64Array; weights: Float64Array }>

type Saved = Readonly<{
  spec: PortfolioSpec
  delaySessions: number
  targets: Float64Array[]
  decided: Float64Array[]
  held: Float64Array
  traded: Float64Array
}>

/**
 * Each session is settled, then decided. What is decided in session s is traded at the close of s + 1 and earns from then
 * on. Entities have places, and a new entity gets the next one.
 */
export class Ledger {
  readonly #spec: PortfolioSpec
  readonly #delaySessions: number
  /** The latest targets, oldest first, as many as the spec holds. */
  #targets: Float64Array[] = []
  /** Weights that were decided and not yet traded, oldest first. */
  #decided: Float64Array[] = []
  #held: Float64Array = new Float64Array()
  #traded: Float64Array = new Float64Array()

  /** @param delaySessions sessions more than one before a decision is traded */
  constructor(spec: PortfolioSpec, delaySessions = 0) {
    this.#spec = spec
    this.#delaySessions = delaySessions
  }

  save(): Memory {
    return {
      spec: this.#spec,
      delaySessions: this.#delaySessions,
      targets: this.#targets,
      decided: this.#decided,
      held: this.#held,
      traded: this.#traded,
    }
  }

  static from(memory: Memory): Ledger {
    const { spec, delaySessions, targets, decided, held, traded } = memory as unknown as Saved
    const ledger = new Ledger(spec, delaySessions)
    ledger.#targets = targets
    ledger.#decided = decided
    ledger.#held = held
    ledger.#traded = traded
    return ledger
  }

  /** Weights after the last close. */
  get held(): Float64Array {
    return this.#held
  }

  /** How much of each name was traded at the last close. */
  get traded(): Float64Array {
    return this.#traded
  }

  /**
   * @param days calendar days since the session before
   * @param left where what is left of the session is written, as in `accountDay`
   */
  settle(
    { returns, states }: Pick<SessionMarks, 'returns' | 'states'>,
    days: number,
    left?: Left,
  ): DayResult {
    this.#grow(returns.length)
    if (states.includes(CLOSED)) {
      // Others may have them too: what was decided stays as it was.
      const withoutClosed = (weights: Float64Array) =>
        weights.map((weight, place) => (states[place] === CLOSED ? 0 : weight))
      this.#targets = this.#targets.map(withoutClosed)
      this.#decided = this.#decided.map(withoutClosed)
    }
    const due = this.#decided.length > this.#delaySessions
    const next = (due ? this.#decided.shift() : undefined) ?? new Float64Array(returns.length)
    return this.#account({ returns, states, next, days }, left)
  }

  /** A session in which nothing could be traded: what is held earns, and what was decided waits for the next one. */
  pass(returns: Float64Array, days: number): DayResult {
    this.#grow(returns.length)
    const nothing = { states: new Uint8Array(returns.length), next: new Float64Array(returns.length) }
    return this.#account({ ...nothing, returns, days })
  }

  /**
   * What would be decided now; `take` takes it in.
   * @param scores one for each entity; one without a score (NaN) keeps the target that it had
   * @param neutral the column that the spec neutralises against, where it names one
   */
  decide(scores: Float64Array, neutral?: Float64Array): Decision {
    this.#grow(scores.length)
    const before = this.#targets.at(-1) ?? new Float64Array(scores.length)
    const target = carriedTarget({ scores, neutral, before }, this.#spec)
    const { holdingDays } = this.#spec
    const earlier = this.#targets.slice(Math.max(0, this.#targets.length - holdingDays + 1))
    return { target, weights: heldWeights([...earlier, target], holdingDays) }
  }

  /** Takes in what was decided. */
  take({ target, weights }: Decision): void {
    this.#grow(target.length)
    this.#targets = [...this.#targets, target].slice(-this.#spec.holdingDays)
    this.#decided.push(weights)
  }

  /** Nothing more is wanted: what was decided and not traded yet is dropped, and what is held is sold at the next close at which it can be. */
  withdraw(): void {
    this.#targets = []
    this.#decided = []
  }

  /** Another model takes the book over: it begins with no targets of its own, and trades what is held. */
  succeed(spec: PortfolioSpec): Ledger {
    const next = new Ledger(spec, this.#delaySessions)
    next.#decided = this.#decided
    next.#held = this.#held
    return next
  }

  /** The same book, to go on apart from this one. */
  fork(): Ledger {
    const fork = new Ledger(this.#spec, this.#delaySessions)
    fork.#targets = this.#targets
    fork.#decided = [...this.#decided]
    fork.#held = this.#held
    fork.#traded = this.#traded
    return fork
  }

  #account(day: Omit<Parameters<typeof accountDay>[0], 'held'>, left?: Left): DayResult {
    const settled = accountDay({ held: this.#held, ...day }, this.#spec, left)
    this.#held = settled.held
    this.#traded = settled.traded
    return settled.result
  }

  #grow(width: number): void {
    if (width <= this.#held.length) return
    this.#held = grown(this.#held, width)
    this.#targets = this.#targets.map((target) => grown(target, width))
    this.#decided = this.#decided.map((weights) => grown(weights, width))
  }
}

function grown(values: Float64Array, width: number): Float64Array {
  const wide = new Float64Array(width)
  wide.set(values)
  return wide
}
