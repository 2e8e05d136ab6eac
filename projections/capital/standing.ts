/** How models stand with their capital, and what a change makes of it: what is granted, less what a halt withholds. */
import type { Position } from '../../schemas/envelope.ts'
import type { CutCause } from '../../schemas/events/capital.ts'
import { type Halt, type HaltContext, usable } from '../../schemas/halt.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import type { Governance } from '../../schemas/policy.ts'
import type { Standing } from '../../schemas/review.ts'

export type Change = {
  at: Micros
  position: Position
  /** What it may use from here on, and what it might without a halt. */
  fraction: number
  granted: number
  why: 'allocated' | 'reduced' | 'reviewed' | 'raised' | 'halted' | 'unhalted' | 'retired'
  /** Which rule cut, and what it measured; null where nothing was cut. */
  cut: { cause: CutCause | 'ladder'; value: number } | null
  /** Who decided, and the reason that was signed; null where a rule did. */
  by: { member: string; reason: string } | null
}

export type CapitalView = Standing & { history: Change[] }

/** The policy in force says who may review. */
export type CapitalsState = Governance & {
  /** The latest moment of an act. */
  at: Micros
  models: Record<string, CapitalView>
  /** Those that hold, by the model that was halted. */
  halts: Record<string, Halt>
  /** Where the latest halt of a model ended. */
  ended: Record<string, Position>
  /** The models whose halt holds for one, whether it has capital yet or not. */
  haltedBy: Record<string, string[]>
}

/** No name is taken for a member that every object has. */
const own = <T>(record: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined

/** What a halt of a model, or the end of one, is held against. */
export const haltContext = (state: CapitalsState, model: string): HaltContext => ({
  ...{ policy: state.policy, log: state.log, at: state.at },
  standing: own(state.models, model),
  halt: own(state.halts, model),
  ended: own(state.ended, model) ?? 0,
})

export const haltedBy = (state: CapitalsState, model: string): readonly string[] =>
  own(state.haltedBy, model) ?? []

/** Notes what a model is granted from here on: the sessions at it are counted anew. */
export function granted(
  state: CapitalsState,
  model: string,
  { fraction, ...entry }: Omit<Change, 'granted'>,
): void {
  const view = own(state.models, model)
  if (view === undefined) return
  Object.assign(view, { granted: fraction, since: entry.position, sessions: 0 })
  changed(state, model, entry)
}

/** Works out anew what a model may use, and notes why. */
export function changed(
  state: CapitalsState,
  model: string,
  entry: Omit<Change, 'fraction' | 'granted'>,
): void {
  const view = own(state.models, model)
  if (view === undefined) return
  view.haltedBy = [...haltedBy(state, model)]
  view.fraction = usable(view)
  view.history.push({ ...entry, fraction: view.fraction, granted: view.granted })
}
