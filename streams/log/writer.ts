/** The one writer of a log: it puts the appends of a tick into one transaction and answers each of them after it. */
import type { AppendBatch } from '../../schemas/envelope.ts'
import { type Fault, fault, Refusal, refuse } from '../../schemas/kernel/fault.ts'
import { err, ok, type Result } from '../../schemas/kernel/result.ts'
import type { Clock, Micros } from '../../schemas/kernel/time.ts'
import type { Bell } from './arrivals.ts'
import type { Codec, EncodedEvent } from './codec.ts'
import { leafHash } from './leaf.ts'
import type { AppendConflict, Appended } from './port.ts'
import { recordedAtFor } from './recorded-at.ts'
import type { LiveSeal } from './seal/live.ts'
import type { LogStore, StoredBatch, Tail } from './stored.ts'

type Answer = Result<Appended, AppendConflict>
type Pending = Readonly<{
  batch: AppendBatch
  events: readonly EncodedEvent[]
  resolve: (answer: Answer) => void
  reject: (reason: unknown) => void
}>

type WriterParts = Readonly<{
  store: LogStore
  codec: Codec
  clock: Clock
  bell: Bell
  /** Null for a log that keeps none. */
  seal: LiveSeal | null
  /** The latest moment at which somebody has said that the clock is right, though it is far ahead of the last event. */
  clockTrustedUntil?: Micros | undefined
}>

export class Writer {
  readonly #parts: WriterParts
  #pending: Pending[] = []
  #refusal: Fault | null = null

  constructor(parts: WriterParts) {
    this.#parts = parts
  }

  async append(batch: AppendBatch): Promise<Answer> {
    this.#assertAccepting()
    const events = this.#parts.codec.encode(batch)
    return new Promise((resolve, reject) => {
      if (this.#pending.length === 0) setImmediate(() => this.#flush())
      this.#pending.push({ batch, events, resolve, reject })
    })
  }

  /** Writes what is pending; afterwards every append is refused. */
  close(): void {
    this.#flush()
    this.#refusal ??= fault('log.closed')
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
      const { store, clock, seal, clockTrustedUntil, bell } = this.#parts
      const recorded = recordedAtFor(clock.nowMicros(), store.tail(), clockTrustedUntil)
      if ('fault' in recorded) {
        for (const { reject } of group) reject(new Refusal(recorded.fault))
        return
      }
      const plan = new GroupPlan(store, recorded.at)
      const answers = group.map((pending) => plan.add(pending))
      if (plan.batches.length > 0) {
        store.write(plan.batches)
        seal?.extend(plan.batches.flatMap(({ events }) => events.map(({ leaf }) => leaf)))
      }
      for (const [index, { resolve, reject }] of group.entries()) {
        const answer = answers[index]
        if (answer instanceof Refusal) reject(answer)
        else if (answer !== undefined) resolve(answer)
      }
      if (plan.batches.length > 0) bell.ring()
    } catch (error) {
      // Whether the transaction will be found after a crash is not known, so nothing can be promised from here on.
      this.#refusal ??= faultOf(error)
      for (const { reject } of group) reject(error)
    }
  }
}

/** Gives each append of a group its place, seeing what earlier ones of the group will have written. */
class GroupPlan {
  readonly batches: StoredBatch[] = []
  readonly #store: LogStore
  readonly #revisions = new Map<string, number>()
  readonly #commands = new Map<string, StoredBatch>()
  #tail: Tail
  readonly #recordedAt: Micros

  constructor(store: LogStore, recordedAt: Micros) {
    this.#store = store
    this.#tail = store.tail()
    this.#recordedAt = recordedAt
  }

  add({ batch, events }: Pending): Answer | Refusal {
    const { commandId, stream, expected } = batch
    const before = this.#commands.get(commandId) ?? this.#store.batchOf(commandId)
    if (before !== undefined) {
      if (before.stream === stream) return ok(appendedOf(before, true))
      return refuse('log.command-reused', { commandId, stream, used: before.stream })
    }
    const actual = this.#revisions.get(stream) ?? this.#store.revisionOf(stream)
    if (actual !== expected) {
      return err({ fault: fault('log.conflict', { stream, expected, actual }), stream, expected, actual })
    }
    const stored = this.#place(batch, events)
    this.#revisions.set(stream, actual + events.length)
    this.#commands.set(commandId, stored)
    this.batches.push(stored)
    return ok(appendedOf(stored, false))
  }

  #place(batch: AppendBatch, encoded: readonly EncodedEvent[]): StoredBatch {
    const { stream, expected, commandId, actor, correlationId, causationId } = batch
    const firstPosition = this.#tail.position + 1
    const place = { stream, firstPosition, firstRevision: expected + 1, recordedAt: this.#recordedAt }
    const head = { ...place, commandId, actor, correlationId, causationId }
    let { knownHigh } = this.#tail
    let late = 0
    const events = encoded.map((event, index) => {
      if (event.knownAt < knownHigh) late = 1
      knownHigh = Math.max(knownHigh, event.knownAt)
      const { id, type, version, eventTime, knownAt, chunks, data } = event
      const placed = { position: firstPosition + index, id, type, version, eventTime, knownAt, chunks, data }
      return { ...placed, leaf: leafHash(head, placed) }
    })
    const position = this.#tail.position + events.length
    this.#tail = { position, recordedAt: this.#recordedAt, knownHigh }
    return { ...head, knownHigh, late, eventCount: events.length, events }
  }
}

function appendedOf(batch: StoredBatch, repeated: boolean): Appended {
  const more = batch.eventCount - 1
  return {
    position: batch.firstPosition + more,
    revision: batch.firstRevision + more,
    recordedAt: batch.recordedAt,
    repeated,
  }
}

function faultOf(error: unknown): Fault {
  if (error instanceof Refusal) return error.fault
  return fault('log.failed', {
    folder: 'the seal',
    problem: error instanceof Error ? error.message : String(error),
  })
}
