/** The lanes of a platform, side by side: none waits for another, but for the answers that a command asks to see. */
import type { Position, Recorded } from '../../schemas/envelope.ts'
import { settled } from '../../schemas/kernel/settled.ts'
import type { EventLog } from '../../streams/log/port.ts'
import type { Expected } from '../../streams/processor.ts'
import { warn } from '../warn.ts'
import type { Lane } from './lane.ts'
import { LANES, type LaneName, SLOW_LANES, type SlowLane } from './names.ts'
import type { SteadyLane } from './steady.ts'

export type LaneStatus = Readonly<{ lane: LaneName; position: Position; stopped: string | null }>

export class Lanes {
  readonly #log: Pick<EventLog, 'head' | 'durable' | 'durableTo'>
  readonly #live: SteadyLane
  readonly #slow: Readonly<Record<SlowLane, Lane>>
  readonly #onEvent: (event: Recorded) => void
  readonly #flush: () => Promise<void>
  readonly #stopped = new Map<LaneName, string>()
  #isClosed = false

  /** @param parts.onEvent is told of every event that the live lane takes in */
  constructor(parts: {
    log: Pick<EventLog, 'head' | 'durable' | 'durableTo'>
    live: SteadyLane
    slow: Readonly<Record<SlowLane, Lane>>
    onEvent?: ((event: Recorded) => void) | undefined
    /** Writes down how far the lanes have got. */
    flush: () => Promise<void>
  }) {
    this.#log = parts.log
    this.#live = parts.live
    this.#slow = parts.slow
    this.#flush = parts.flush
    this.#onEvent = parts.onEvent ?? (() => undefined)
  }

  /** Works in every lane until nothing new follows from anything. */
  async drain(): Promise<Position> {
    const lanes = [this.#live, ...Object.values(this.#slow)]
    for (;;) {
      await settled([this.live(), ...SLOW_LANES.map((lane) => this.#work(lane))])
      const { position } = await this.#log.head()
      if (lanes.every((lane) => lane.position >= position)) return position
    }
  }

  /** Works in the live lane until nothing follows in it, and all of it is durable. What the slow lanes have to do can wait. */
  async live(): Promise<Position> {
    const position = await this.settle()
    await this.#log.durable()
    return position
  }

  /** As `live`, and does not wait until it is durable. */
  settle(): Promise<Position> {
    return this.#stopping('live', this.#live.drain(this.#onEvent))
  }

  /** Whether the live lane has taken in all of the log. */
  isAt({ position }: Readonly<{ position: Position }>): boolean {
    return this.#live.position >= position
  }

  /** How far each lane has got, and why it stopped where it did. */
  status(): readonly LaneStatus[] {
    return LANES.map((lane) => ({
      lane,
      position: lane === 'live' ? this.#live.position : this.#slow[lane].position,
      stopped: this.#stopped.get(lane) ?? null,
    }))
  }

  /** Has the slow lanes work until nothing new follows in them, and does not wait for it. */
  wake(lanes: readonly SlowLane[] = SLOW_LANES): void {
    for (const lane of lanes)
      this.#work(lane).then(
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

  /** Tells a lane of events that are likely to come. */
  expect(lane: SlowLane, events: readonly Expected[]): void {
    this.#slow[lane].expect(events)
  }

  /** How far every answer in the log is known to be what follows. */
  get confirmed(): Position {
    return Math.min(this.#live.confirmed, this.#log.durableTo)
  }

  #work(lane: SlowLane): Promise<Position> {
    return this.#stopping(lane, this.#slow[lane].drain())
  }

  /** A lane that failed stays so until the platform is opened again. */
  async #stopping<T>(lane: LaneName, work: Promise<T>): Promise<T> {
    try {
      return await work
    } catch (error) {
      if (!this.#isClosed && !this.#stopped.has(lane)) {
        const reason = error instanceof Error ? error.message : String(error)
        this.#stopped.set(lane, reason)
        warn(`The ${lane} lane has stopped: ${reason}`)
      }
      throw error
    }
  }

  /** What each lane knows is kept, unless it is at work. */
  async close(): Promise<void> {
    this.#isClosed = true
    try {
      await settled([this.#live, ...Object.values(this.#slow)].map((lane) => lane.close()))
    } finally {
      await this.#flush()
    }
  }
}
