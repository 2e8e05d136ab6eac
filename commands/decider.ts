/** A decider: what may happen, given what has happened. Pure: time, ids and other read models are in the context. */
import type { Draft } from '../schemas/envelope.ts'
import type { Fault } from '../schemas/kernel/fault.ts'
import type { Result } from '../schemas/kernel/result.ts'
import type { Micros } from '../schemas/kernel/time.ts'

export type Decision = Result<readonly Draft[], Fault>

/** Who asks, and at what moment. */
export type Context = Readonly<{ now: Micros; actor: string }>

/** An empty list of events means "already so". */
export type Decider<C, S> = Readonly<{
  initial: () => S
  /** Total and pure: a new state, or the same one for an event that does not concern it. */
  evolve: (state: S, event: Draft) => S
  decide: (command: C, state: S, context: Context) => Decision
}>

export const stateOf = <C, S>(decider: Decider<C, S>, events: readonly Draft[]): S =>
  events.reduce(decider.evolve, decider.initial())
