/**
 * The one writer of a log. The appends of a tick are one transaction, and what was written is made durable and sealed beside it: one
 * sync serves all that was written before it began.
 */
import type { AppendBatch, Position } from '../../schemas/envelope.ts'
import { type Fault, fault, Refusal } from '../../schemas/kernel/fault.ts'
import type { Clock, Micros } from '../../schemas/kernel/time.ts'
import type { Bell } from './arrivals.ts'
import type { ChunkStore } from './chunks.ts'
import type { Codec } from './codec.ts'
import { type Answer, GroupPlan, type Planned } from './group.ts'
import type { EventLog, Once } from './port.ts'
import { recordedAtFor } from './recorded-at.ts'
import type { LiveSeal } from './seal/live.ts'
import type { LogStore } from './stored.ts'

type Pending = Planned &
  Readonly<{
    once: Once
    resolve: (answer: Answer) => void
    reject: (reason: unknown) => void
  }>

/** Somebody who waits until the log is durable up to a position. */
type Waiting = Readonly<{ position: Position; resolve: () => void; reject: (reason: unknown) => void }>

/** What appends to a log, wherever it is made durable. */
export type LogWriter = Pick<EventLog, 'append' | 'durable' | 'durableTo' | 'close'>

export type WriterParts = Readonly<{
  store: LogStore
  codec: Codec
  clock: Clock
  bell: Bell
  /** Null for a log that keeps none. */
  seal: LiveSeal | null
  /** Where the chunks lie that events name. */
  chunks?: Pick<ChunkStore, 'sync'> | undefined
  /** The latest moment at which somebody has said that the clock is right, though it is far ahead of the last event. */
  clockTrustedUntil?: Micros | undefined
}>

/** Nobody waits for what follows from an act until the act is answered: it is made durable soon by itself. */
const SOON_MILLIS = 20

export class Writer implements LogWriter {
  readonly #parts: WriterParts
  #pending: Pending[] = []
  #refusal: Fault | null = null
  /** Written, and neither durable nor sealed. */
  #leaves: Uint8Array[] = []
  #written: Position
  #durable: Position
  #waiting: Waiting[] = []
  #syncing: Promise<void> | null = null
  #soon: NodeJS.Timeout | undefined

  constructor(parts: WriterParts) {
    this.#parts = parts
    // What was there is sealed, and so it is durable.
    this.#written = parts.store.tail().position
    this.#durable = this.#written
  }

  get durableTo(): Position {
    return this.#durable
  }

  async append(batch: AppendBatch, once: Once = 'durable'): Promise<Answer> {
    this.#assertAccepting()
    const events = this.#parts.codec.encode(batch)
    return new Promise<Answer>((resolve, reject) => {
      if (this.#pending.length === 0) setImmediate(() => this.#flush())
      this.#pending.push({ batch, events, once, resolve, reject })
    })
  }

  async durable(): Promise<void> {
    this.#flush()
    if (this.#durable === this.#written) return
    this.#assertAccepting()
    return new Promise((resolve, reject) => this.#waitFor({ resolve, reject }))
  }

  /** Tells somebody once all that is written by now is durable. */
  #waitFor(who: Omit<Waiting, 'position'>): void {
    this.#waiting.push({ ...who, position: this.#written })
    this.#syncing ??= this.#sync()
  }

  /** Writes what is pending, refuses every append from now on, and makes durable what is written. */
  async close(): Promise<void> {
    this.#flush()
    const failure = this.#refusal
    this.#refusal ??= fault('log.closed')
    clearTimeout(this.#soon)
    while (this.#syncing !== null) await this.#syncing
    // No file stays open of a chunk that no event came to name.
    await this.#parts.chunks?.sync().catch(() => undefined)
    if (failure !== null || this.#durable === this.#written) return
    await this.#syncStores(() => undefined)
    this.#parts.seal?.extend(this.#leaves.splice(0))
    this.#durable = this.#written
  }

  #assertAccepting(): void {
    if (this.#refusal !== null) throw new Refusal(this.#refusal)
  }

  #flush(): void {
    const group = this.#pending
    this.#pending = []
    if (group.length === 0) return
    try {
      this.#assertAccepting()
      const { store, clock, clockTrustedUntil } = this.#parts
      const recorded = recordedAtFor(clock.nowMicros(), store.tail(), clockTrustedUntil)
      if ('fault' in recorded) {
        for (const { reject } of group) reject(new Refusal(recorded.fault))
        return
      }
      const plan = new GroupPlan(store, recorded.at)
      const answers = group.map((pending) => plan.add(pending))
      if (plan.batches.length > 0) {
        store.write(plan.batches)
        for (const { events } of plan.batches) for (const { leaf } of events) this.#leaves.push(leaf)
        this.#written = plan.position
        this.#syncLater()
      }
      for (const [index, { once, resolve, reject }] of group.entries()) {
        const answer = answers[index]
        if (answer instanceof Refusal) reject(answer)
        // An append that was repeated may be as little durable as the first one.
        else if (answer.ok && once === 'durable' && this.#durable < this.#written)
          this.#waitFor({ resolve: () => resolve(answer), reject })
        else resolve(answer)
      }
    } catch (error) {
      // Whether the transaction will be found after a crash is not known, so nothing can be promised from here on.
      this.#fail(error, group)
    }
  }

  #syncLater(): void {
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined
      // One that is under way goes on for what it did not meet.
      if (this.#durable < this.#written) this.#syncing ??= this.#sync()
    }, SOON_MILLIS).unref()
  }

  /** Makes durable and seals what is written, until nobody waits any more. It never fails: whoever waits is told. */
  async #sync(): Promise<void> {
    const { seal, bell } = this.#parts
    try {
      do {
        const [leaves, position] = [this.#leaves, this.#written]
        this.#leaves = []
        const ahead = await this.#syncStores(() => seal?.ahead(leaves))
        seal?.extend(leaves, ahead)
        this.#durable = position
        const done = this.#waiting.filter((one) => one.position <= position)
        this.#waiting = this.#waiting.filter((one) => one.position > position)
        for (const { resolve } of done) resolve()
        bell.ring()
      } while (this.#waiting.length > 0)
      if (this.#durable < this.#written) this.#syncLater()
    } catch (error) {
      this.#fail(error, this.#waiting.splice(0))
    } finally {
      this.#syncing = null
    }
  }

  /** Chunks first: what is durable in the log names none that could be lost. @param meanwhile is done while the disk is waited for */
  async #syncStores<T>(meanwhile: () => T): Promise<T> {
    await this.#parts.chunks?.sync()
    const synced = this.#parts.store.sync()
    // A disk that fails is told below.
    synced.catch(() => undefined)
    const done = meanwhile()
    await synced
    return done
  }

  #fail(error: unknown, told: readonly Pick<Waiting, 'reject'>[]): void {
    this.#refusal ??= faultOf(error)
    for (const { reject } of told) reject(error)
  }
}

function faultOf(error: unknown): Fault {
  if (error instanceof Refusal) return error.fault
  return fault('log.failed', {
    folder: 'the seal',
    problem: error instanceof Error ? error.message : String(error),
  })
}
