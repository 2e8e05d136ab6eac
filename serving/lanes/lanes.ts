/** The lanes of a platform, side by side: none waits for another, but for the answers that a command asks to see. */
import type { Position, Recorded } from '../../schemas/envelope.ts'
import type { EventLog } from '../../streams/log/port.ts'
import type { Lane } from './lane.ts'
import { SLOW_LANES, type SlowLane } from './names.ts'
import type { SteadyLane } from './steady.ts'

export class Lanes {
  readonly #log: Pick<EventLog, 'head'>
  readonly #live: SteadyLane
  readonly #slow: Readonly<Record<SlowLane, Lane>>
  readonly #onEvent: (event: Recorded) => void

  /** @param parts.onEvent is told of every event that the live lane takes in */
  constructor(parts: {
    log: Pick<EventLog, 'head'>
    live: SteadyLane
    slow: Readonly<Record<SlowLane, Lane>>
    onEvent?: ((event: Recorded) => void) | undefined
  }) {
    this.#log = parts.log
    this.#live = parts.live
    this.#slow = parts.slow
    this.#onEvent = parts.onEvent ?? (() => undefined)
  }

  /** Works in every lane until nothing new follows from anything. */
  async drain(): Promise<Position> {
    const lanes = [this.#live, ...Object.values(this.#slow)]
    for (;;) {
      await all([this.live(), ...SLOW_LANES.map((lane) => this.#slow[lane].drain())])
      const { position } = await this.#log.head()
      if (lanes.every((lane) => lane.position >= position)) return position
    }
  }

  /** Works in the live lane until nothing follows in it. What the slow lanes have to do can wait. */
  live(): Promise<Position> {
    return this.#live.drain(this.#onEvent)
  }

  /** Has the slow lanes work until nothing new follows in them, and does not wait for it. */
  wake(lanes: readonly SlowLane[] = SLOW_LANES): void {
    for (const lane of lanes)
      this.#slow[lane].drain().then(
        () => this.live().catch(() => undefined),
        // Whoever waits for the lane is told of it.
        () => undefined,
      )
  }

  /** Waits until lanes have answered all up to a position, and the live lane has taken the answers in. */
  async answered(position: Position, lanes: readonly SlowLane[]): Promise<void> {
    if (lanes.length === 0) return
    this.wake(lanes)
    await Promise.all(lanes.map((lane) => this.#slow[lane].passed(position)))
    await this.live()
  }

  /** How far every answer in the log is known to be what follows. */
  get confirmed(): Position {
    return this.#live.confirmed
  }

  async close(): Promise<void> {
    await Promise.all(SLOW_LANES.map((lane) => this.#slow[lane].close()))
  }
}

/** Waits for all of them, and then fails as the first that failed. */
async function all(working: readonly Promise<unknown>[]): Promise<void> {
  const outcomes = await Promise.allSettled(working)
  const failed = outcomes.find((outcome) => outcome.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}
