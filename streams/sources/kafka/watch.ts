/** Watches what the brokers say of a topic: that it is there, that nothing is gone that was not read, and how much is to be read. */
import type { Admin } from 'kafkajs'
import { refuse } from '../../../schemas/kernel/fault.ts'
import type { Place } from './gather.ts'

type Watched = Readonly<{
  topic: string
  dataset: string
  place: (partition: number) => Place | undefined
}>

type Bounds = Readonly<{ low: number; high: number }>

const EVERY_MILLIS = 3_000

export class Watch {
  readonly #admin: Admin
  readonly #watched: Watched
  readonly #bounds = new Map<number, Bounds>()

  constructor(admin: Admin, watched: Watched) {
    this.#admin = admin
    this.#watched = watched
  }

  /** @returns the id of the cluster. @throws Refusal `intake.expired`, `intake.made-anew`; Error for what passes */
  async open(): Promise<string> {
    await this.#admin.connect()
    const { clusterId } = await this.#admin.describeCluster()
    await this.check()
    return clusterId
  }

  /**
   * @throws Refusal `intake.expired` where messages that were not read are gone, `intake.made-anew` where those that were read are
   * not there; Error where the topic is not there
   */
  async check(): Promise<void> {
    const { topic, dataset, place } = this.#watched
    for (const { partition, low, high } of await this.#offsets()) {
      this.#bounds.set(partition, { low, high })
      const next = place(partition)?.next
      if (next === undefined) continue
      if (low > next) throw refuse('intake.expired', { topic, dataset, partition, low, next })
      if (high < next)
        throw refuse('intake.made-anew', {
          ...{ topic, dataset, partition },
          why: `it ends at offset ${high}, and was read up to ${next}`,
        })
    }
  }

  /** Where reading a partition begins: with the message that was read last, where it is there, to see that it is the same one. */
  beginning(partition: number): number {
    const place = this.#watched.place(partition)
    const { low = 0 } = this.#bounds.get(partition) ?? {}
    if (place === undefined) return low
    return place.last !== null && place.last.offset >= low ? place.last.offset : place.next
  }

  /** How many offsets lie between what was gathered and the end. */
  lag(): number {
    let lag = 0
    for (const [partition, { low, high }] of this.#bounds)
      lag += Math.max(0, high - (this.#watched.place(partition)?.next ?? low))
    return lag
  }

  /** Checks now and then until it is over. @throws as `check` does */
  async follow(told: (lag: number) => void, over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      await new Promise((resolve) => setTimeout(resolve, EVERY_MILLIS).unref())
      if (over.aborted) return
      await this.check()
      told(this.lag())
    }
  }

  async #offsets() {
    const offsets = await this.#admin.fetchTopicOffsets(this.#watched.topic)
    return offsets.map(({ partition, low, high }) => ({ partition, low: Number(low), high: Number(high) }))
  }
}
