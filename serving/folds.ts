/** Projections in memory, moved along by the pipeline: what processors are handed to read from. */

import type { Projection } from '../projections/projection.ts'
import type { Memory } from '../schemas/kernel/memory.ts'
import type { Processor } from '../streams/processor.ts'

type Fold<S> = Processor & Readonly<{ state: () => S }>

/** A projection as a processor that says nothing. */
export function foldOf<S>(projection: Projection<S>): Fold<S> {
  let state = projection.initial()
  return {
    name: `fold-${projection.name}`,
    version: projection.version,
    handles: projection.handles,
    state: () => state,
    async take(event) {
      state = projection.apply(state, event)
    },
    // Not in its canonical form, which sorts by name: models are asked in the order in which they came.
    save: () => state as Memory,
    restore(memory) {
      state = memory as S
    },
  }
}
