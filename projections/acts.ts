/** The latest moment of an act that the log holds: what has expired by then has expired, whatever a clock says later. */
import type { Recorded } from '../schemas/envelope.ts'
import { RowsArrived, RowsQuarantined } from '../schemas/events/data.ts'
import { OffsetsTaken } from '../schemas/events/intake.ts'
import type { Micros } from '../schemas/kernel/time.ts'
import { REGISTRY } from '../schemas/registry.ts'
import type { Handler } from './projection.ts'

/** Facts are dated by when they were known, and answers by their cause; all else is dated by whoever acts. */
const ACTS: ReadonlySet<string> = new Set(
  [...REGISTRY.values()]
    .filter(
      ({ type, saidBy }) =>
        saidBy === null && ![RowsArrived, RowsQuarantined, OffsetsTaken].some((fact) => fact.type === type),
    )
    .map(({ type }) => type),
)

/** Handlers that find in `at` the latest moment of any act so far, that of their own event with it. */
export function dated<S extends { at: Micros }>(handlers: readonly Handler<S>[]): readonly Handler<S>[] {
  const note = (state: S, { knownAt }: Recorded): void => {
    state.at = Math.max(state.at, knownAt)
  }
  const handled = new Set(handlers.map(({ type }) => type))
  const noting = handlers.map(({ type, apply }) => ({
    type,
    apply: (state: S, event: Recorded) => {
      if (ACTS.has(type)) note(state, event)
      apply(state, event)
    },
  }))
  return [...noting, ...[...ACTS].filter((type) => !handled.has(type)).map((type) => ({ type, apply: note }))]
}
