/** A projection: a read model as a fold over events, whose state is JSON with a canonical form: equal state, equal digest. */
import type { Recorded } from '../schemas/envelope.ts'
import type { EventDefinition, EventOf } from '../schemas/event.ts'
import type { Parts } from './pieces.ts'

export type Projection<S = unknown> = Readonly<{
  name: string
  /** A change of state or meaning is a new version: the old state is thrown away and folded again. */
  version: number
  handles: readonly string[]
  initial: () => S
  /** The runner owns the state, so `apply` may change it in place; it sees only what it `handles`. */
  apply: (state: S, event: Recorded) => S
  /** Collections that grow with the log, whose entries are stored apart from the rest. */
  parts: Parts
}>

/** One event type and what it does to the state. Pure apart from changing the state that it is given. */
export type Handler<S> = Readonly<{ type: string; apply: (state: S, event: Recorded) => void }>

/** @example on(RowsArrived, (state, event) => { state.rows += event.data.rows }) */
export function on<S, D extends EventDefinition>(
  definition: D,
  apply: (state: S, event: EventOf<D>) => void,
): Handler<S> {
  return { type: definition.type, apply: (state, event) => apply(state, event as EventOf<D>) }
}

export function defineProjection<S>(shape: {
  name: string
  version: number
  parts?: Parts
  initial: () => S
  handlers: readonly Handler<S>[]
}): Projection<S> {
  const byType = new Map(shape.handlers.map((handler) => [handler.type, handler]))
  return Object.freeze({
    name: shape.name,
    version: shape.version,
    handles: [...byType.keys()],
    initial: shape.initial,
    apply: (state: S, event: Recorded) => {
      byType.get(event.type)?.apply(state, event)
      return state
    },
    parts: shape.parts ?? [],
  })
}
