/** A lane that goes on after a processor failed: what it failed at is set aside, and the lane begins anew without it. */
import type { Position, Recorded } from '../../schemas/envelope.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { Pipeline } from '../../streams/pipeline.ts'
import type { Expected } from '../../streams/processor.ts'
import { Poisoned, type SetAside } from '../../streams/quarantine.ts'
import { HalfRestored } from '../../streams/snapshot.ts'
import type { Lane } from './lane.ts'

/**
 * A lane that fails at more events than these in a row is stopped: beginning anew costs a reading of the log from the last snapshot each time. They
 * are in a row until it has been a day without: what fails now and then, for years, is no reason to stop.
 */
export const MOST_SET_ASIDE = 20
const ROW_MILLIS = 24 * 60 * 60_000

/** Counts what is set aside in a row. @param now a clock that nobody sets */
export function inARow(now: () => number = () => performance.now()): () => number {
  let [count, last] = [0, Number.NEGATIVE_INFINITY]
  return () => {
    count = now() - last > ROW_MILLIS ? 1 : count + 1
    last = now()
    return count
  }
}

type Parts = Readonly<{
  /** A pipeline of processors that know nothing yet. */
  begin: () => Pipeline
  setAside: (what: SetAside) => Promise<void>
}>

export class SteadyLane implements Lane {
  readonly #parts: Parts
  #pipeline: Pipeline
  readonly #countAside = inARow()
  #mending: Promise<unknown> = Promise.resolve()

  constructor(parts: Parts) {
    this.#parts = parts
    this.#pipeline = parts.begin()
  }

  get position(): Position {
    return this.#pipeline.position
  }

  get confirmed(): Position {
    return this.#pipeline.confirmed
  }

  drain(onEvent?: (event: Recorded) => void): Promise<Position> {
    return this.#steadily((pipeline) => pipeline.drain(onEvent))
  }

  passed(position: Position): Promise<void> {
    return this.#steadily((pipeline) => pipeline.passed(position))
  }

  expect(events: readonly Expected[]): void {
    this.#pipeline.expect(events)
  }

  close(): Promise<void> {
    return this.#pipeline.stop()
  }

  async #steadily<T>(work: (pipeline: Pipeline) => Promise<T>): Promise<T> {
    for (;;) {
      const pipeline = this.#pipeline
      try {
        return await work(pipeline)
      } catch (error) {
        if (!(error instanceof Poisoned || error instanceof HalfRestored)) throw error
        // Whoever comes first mends; the others find a new pipeline.
        this.#mending = this.#mending.then(async () => {
          if (this.#pipeline !== pipeline) return
          if (error instanceof Poisoned) await this.#putAside(error)
          this.#pipeline = this.#parts.begin()
          this.#pipeline.drain().catch(() => undefined)
        })
        await this.#mending
      }
    }
  }

  async #putAside({ processor, event, at, message: reason }: Poisoned): Promise<void> {
    if (this.#countAside() > MOST_SET_ASIDE)
      throw refuse('lane.poisoned', { processor, count: MOST_SET_ASIDE, cause: event.position, reason })
    await this.#parts.setAside({ processor, cause: event.position, at, reason, times: event })
  }
}
