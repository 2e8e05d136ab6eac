/** The relay: it follows the log and publishes it, in order, in transactions that carry its place. A broker that is away is waited for. */
import type { Position, Recorded } from '../../schemas/envelope.ts'
import { Refusal, refuse } from '../../schemas/kernel/fault.ts'
import type { LogReader } from '../log/port.ts'
import type { Translator } from './messages.ts'
import type { Bus, Message, Publisher } from './ports.ts'
import { MAX_MESSAGE_BYTES } from './topics.ts'

export type RelayState = 'connecting' | 'publishing' | 'waiting' | 'stopped'
export type RelayStatus = Readonly<{
  state: RelayState
  /** All up to here is published. */
  position: Position
  /** Why it waits or has stopped; null while it works. */
  reason: string | null
  /** How often it had to connect anew. */
  reopened: number
}>

export type RelayParts = Readonly<{
  log: Pick<LogReader, 'readAll' | 'head'>
  bus: Bus
  /** A translator that has taken in nothing yet. */
  translator: () => Translator
  /** Resolves with how far the log may be published, once that is beyond a position; null when the relay is to end. */
  beyond: (position: Position) => Promise<Position | null>
  /** Waits before it connects anew. @param failures in a row, from 1 */
  pause: (failures: number) => Promise<void>
  onStatus?: (status: RelayStatus) => void
  /** Keeps how far the log is known to be published. */
  onPublished?: (next: Position) => void
}>

/** What goes into one transaction at most: more per round trip gains nothing, and would hold readers up. */
export const BATCH_MESSAGES = 1_000
export const BATCH_BYTES = 4 * 1024 * 1024

export class Relay {
  readonly #parts: RelayParts
  #status: RelayStatus = { state: 'connecting', position: 0, reason: null, reopened: 0 }
  #translator: Translator
  /** The translator has taken in all before it. */
  #translated: Position = 1
  /** The place that was sent last, where it is not known whether it was published. */
  #attempted: Position | null = null
  /** Where this relay knows its place to be; null before the first time. */
  #next: Position | null = null
  #publisher: Publisher | null = null

  constructor(parts: RelayParts) {
    this.#parts = parts
    this.#translator = parts.translator()
  }

  get status(): RelayStatus {
    return this.#status
  }

  /** Publishes until `beyond` says that it is to end. It never throws: what it cannot mend is in its status, and it has stopped then. */
  async run(): Promise<void> {
    for (let failures = 0; ; ) {
      try {
        if (await this.#connectAndFollow(() => (failures = 0))) break
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error)
        if (error instanceof Refusal) {
          this.#tell({ state: 'stopped', reason })
          break
        }
        failures++
        this.#tell({ state: 'waiting', reason, reopened: this.#status.reopened + 1 })
        await this.#close()
        // Ends also while the broker is away.
        if ((await this.#parts.beyond(0)) === null) break
        await this.#parts.pause(failures)
      }
    }
    await this.#close()
  }

  /** @returns true where it is to end */
  async #connectAndFollow(onWork: () => void): Promise<boolean> {
    this.#publisher = await this.#parts.bus.open()
    await this.#place(this.#publisher.next)
    for (;;) {
      this.#tell({ state: 'publishing', reason: null })
      onWork()
      const upTo = await this.#parts.beyond(this.#translated - 1)
      if (upTo === null) return true
      await this.#follow(upTo)
    }
  }

  /** Finds its place again. A place that neither was nor could have become its own is another relay's. */
  async #place(next: Position): Promise<void> {
    const { position: head } = await this.#parts.log.head()
    if (next > head + 1) throw refuse('relay.ahead', { next, head })
    if (this.#next !== null && next !== this.#next && next !== this.#attempted)
      throw refuse('relay.second', { found: next, own: this.#next })
    this.#attempted = null
    if (this.#translated !== next || next === 1) await this.#rebuild(next)
    this.#published(next)
  }

  /** Has a new translator take in all before a position. */
  async #rebuild(next: Position): Promise<void> {
    const translator = this.#parts.translator()
    const filter = { types: translator.handles, positionAtMost: next - 1 }
    if (next > 1)
      for await (const batch of this.#parts.log.readAll(1, filter))
        for (const event of batch) await translator.take(event)
    this.#translator = translator
    this.#translated = next
  }

  async #follow(upTo: Position): Promise<void> {
    const publisher = this.#publisher
    if (publisher === null) return
    let messages: Message[] = []
    let bytes = 0
    const from = this.#translated
    for await (const batch of this.#parts.log.readAll(from, { positionAtMost: upTo })) {
      for (const event of batch) {
        const said = await this.#translator.say(event, (subject) => publisher.schemaId(subject))
        this.#translated = event.position + 1
        messages.push(...said)
        bytes += said.reduce((sum, message) => sum + sized(message, event), 0)
        if (messages.length < BATCH_MESSAGES && bytes < BATCH_BYTES) continue
        await this.#publish(publisher, messages)
        messages = []
        bytes = 0
      }
    }
    if (messages.length > 0) await this.#publish(publisher, messages)
    // What was passed over is done with too.
    this.#tell({ position: upTo })
  }

  async #publish(publisher: Publisher, messages: readonly Message[]): Promise<void> {
    const next = this.#translated
    this.#attempted = next
    await publisher.publish(messages, next)
    this.#attempted = null
    this.#published(next)
  }

  #published(next: Position): void {
    this.#next = next
    this.#parts.onPublished?.(next)
    this.#tell({ position: next - 1 })
  }

  #tell(change: Partial<RelayStatus>): void {
    this.#status = { ...this.#status, ...change }
    this.#parts.onStatus?.(this.#status)
  }

  async #close(): Promise<void> {
    const publisher = this.#publisher
    this.#publisher = null
    await publisher?.close()
  }
}

/** @throws Refusal `relay.too-large`: part of an event is no event */
function sized({ topic, value }: Message, { position, type }: Recorded): number {
  if (value.length > MAX_MESSAGE_BYTES)
    throw refuse('relay.too-large', { position, type, topic, bytes: value.length, most: MAX_MESSAGE_BYTES })
  return value.length
}
