/** A relay over a log that is read, in the thread of whoever runs it. */
import { setTimeout } from 'node:timers/promises'
import type { Position } from '../../schemas/envelope.ts'
import { type KafkaOptions, kafkaBus } from '../../streams/relay/kafka/bus.ts'
import { Translator } from '../../streams/relay/messages.ts'
import { Relay, type RelayParts } from '../../streams/relay/relay.ts'
import { standings } from './standings.ts'

/** The first attempt comes soon: most failures are a broker that restarts. */
const PAUSES_MILLIS = [200, 500, 1_000, 2_000, 5_000]

/** Whoever watches is told of a broker that takes so long to answer. */
const SLOW_MILLIS = 5_000

/** How far the log may be published, told from outside, and waited for. */
export class Limit {
  #upTo: Position = 0
  readonly #over = new AbortController()
  readonly #waiting: (() => void)[] = []

  raise(upTo: Position): void {
    this.#upTo = Math.max(this.#upTo, upTo)
    this.#wake()
  }

  end(): void {
    this.#over.abort()
    this.#wake()
  }

  get isOver(): boolean {
    return this.#over.signal.aborted
  }

  /** Resolves once it lies beyond a position; with null when it is over. */
  async beyond(position: Position): Promise<Position | null> {
    while (!this.isOver && this.#upTo <= position)
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    return this.isOver ? null : this.#upTo
  }

  /** Waits so long, or until it is over. */
  async pause(millis: number): Promise<void> {
    await setTimeout(millis, undefined, { signal: this.#over.signal }).catch(() => undefined)
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }
}

type Ways = Pick<RelayParts, 'onStatus' | 'mostMessages'>

export const relayOver = (
  log: RelayParts['log'],
  options: KafkaOptions,
  limit: Limit,
  ways: Ways = {},
): Relay =>
  new Relay({
    log,
    bus: kafkaBus(options),
    translator: () => new Translator(options.log, standings()),
    beyond: (position) => limit.beyond(position),
    isOver: () => limit.isOver,
    pause: (failures) => limit.pause(PAUSES_MILLIS[Math.min(failures, PAUSES_MILLIS.length) - 1]),
    slow(onSlow) {
      const timer = globalThis.setTimeout(onSlow, SLOW_MILLIS)
      return () => clearTimeout(timer)
    },
    ...ways,
  })
