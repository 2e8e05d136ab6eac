/** The relay: it follows the log and publishes it, in order, in transactions that carry its place. A broker that is away is waited for. */
import type { Position, Recorded } from '../../schemas/envelope.ts'
import { type Fault, Refusal, refuse } from '../../schemas/kernel/fault.ts'
import type { LogReader } from '../log/port.ts'
import type { Translator } from './messages.ts'
import type { Bus, Message, Place, Publisher } from './ports.ts'

export type RelayState = 'connecting' | 'publishing' | 'waiting' | 'stopped'
export type RelayStatus = Readonly<{
  state: RelayState
  /** All up to here is published. */
  position: Position
  /** Why it waits or has stopped; null while it works. */
  reason: string | null
  /** What somebody has to mend before it goes on; null unless it has stopped. */
  fault: Fault | null
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
  /** Whether it is to end, also while it connects. */
  isOver: () => boolean
  /** Waits before it connects anew. @param failures in a row, from 1 */
  pause: (failures: number) => Promise<void>
  onStatus?: (status: RelayStatus) => void
  /** Calls back once a publication takes long. @returns calls it off */
  slow?: (onSlow: () => void) => () => void
  /** How many messages go into one transaction at most. */
  mostMessages?: number
}>

/** What goes into one transaction at most: more per round trip gains nothing, and would hold readers up. */
const BATCH_MESSAGES = 1_000
const BATCH_BYTES = 4 * 1024 * 1024

export class Relay {
  readonly #parts: RelayParts
  #status: RelayStatus = { state: 'connecting', position: 0, reason: null, fault: null, reopened: 0 }
  #translator: Translator
  /** The translator has taken in all before it. */
  #translated: Position = 1
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
    for (let failures = 0; !this.#parts.isOver(); ) {
      try {
        await this.#connectAndFollow(() => (failures = 0))
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error)
        if (this.#parts.isOver()) break
        if (error instanceof Refusal) {
          this.#tell({ state: 'stopped', reason, fault: error.fault })
          break
        }
        failures++
        this.#tell({ state: 'waiting', reason, reopened: this.#status.reopened + 1 })
        await this.#close()
        if (!this.#parts.isOver()) await this.#parts.pause(failures)
      }
    }
    await this.#close()
  }

  async #connectAndFollow(onWork: () => void): Promise<void> {
    this.#publisher = await this.#parts.bus.open()
    await this.#place(this.#publisher.place)
    for (;;) {
      this.#tell({ state: 'publishing', reason: null })
      onWork()
      const upTo = await this.#parts.beyond(this.#translated - 1)
      if (upTo === null) return
      await this.#follow(upTo)
    }
  }

  /** Finds its place again, in the log that was published, and not where another relay left off. */
  async #place({ next, last, isOwn }: Place): Promise<void> {
    const { position: head } = await this.#parts.log.head()
    if (next > head + 1) throw refuse('relay.ahead', { next, head })
    if (this.#next !== null && next !== this.#next && !isOwn)
      throw refuse('relay.second', { found: next, own: this.#next })
    if (last !== null && next > 1) await this.#assertIs(next - 1, last)
    if (this.#translated !== next || next === 1) await this.#rebuild(next)
    this.#published(next)
  }

  /** A log that was restored and went on otherwise has other events under the same positions. */
  async #assertIs(position: Position, last: string): Promise<void> {
    for await (const [event] of this.#parts.log.readAll(position, { positionAtMost: position }))
      if (event !== undefined && markOf(event) !== last) throw refuse('relay.other-log', { position })
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
    let last: Recorded | null = null
    // While one batch is on its way, the next is made: never two on their way.
    let sending: Promise<void> = Promise.resolve()
    const send = async (until: Recorded): Promise<void> => {
      const batch = messages
      messages = []
      bytes = 0
      await sending
      sending = this.#publish(publisher, batch, until)
      sending.catch(() => undefined)
    }
    const from = this.#translated
    const most = this.#parts.mostMessages ?? BATCH_MESSAGES
    try {
      for await (const batch of this.#parts.log.readAll(from, { positionAtMost: upTo })) {
        for (const event of batch) {
          const said = await this.#translator.say(event, (subject) => publisher.schemaId(subject))
          bytes += said.reduce((sum, { value }) => sum + (value?.length ?? 0), 0)
          messages.push(...said)
          this.#translated = event.position + 1
          last = event
          if (messages.length >= most || bytes >= BATCH_BYTES) await send(event)
        }
      }
    } finally {
      // What was said before a failure is published.
      if (messages.length > 0 && last !== null) await send(last)
      await sending
    }
    // What was passed over is done with too.
    this.#tell({ position: upTo })
  }

  async #publish(publisher: Publisher, messages: readonly Message[], last: Recorded): Promise<void> {
    const next = last.position + 1
    const reason = 'the broker has not acknowledged yet what was sent to it'
    const done = this.#parts.slow?.(() => this.#tell({ state: 'waiting', reason }))
    try {
      await publisher.publish(messages, { next, last: markOf(last) })
    } finally {
      done?.()
    }
    if (this.#status.state === 'waiting') this.#tell({ state: 'publishing', reason: null })
    this.#published(next)
  }

  #published(next: Position): void {
    this.#next = next
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

/** Two logs that were one have the same ids, and were never recorded at the same moments. */
const markOf = ({ id, recordedAt }: Recorded): string => `${id} ${recordedAt}`
