/** Walks the events: dense, in order, readable, and each the one that its leaf was made of. */
import type { StreamName } from '../../../schemas/envelope.ts'
import { SealKeyRotated } from '../../../schemas/events/access.ts'
import { Refusal } from '../../../schemas/kernel/fault.ts'
import type { Codec } from '../codec.ts'
import { eventIdOf } from '../event-id.ts'
import { leafHash } from '../leaf.ts'
import type { Rotation, RotationAt } from '../seal/keys.ts'
import { sameHash } from '../seal/tree.ts'
import type { StoredBatch, StoredEvent } from '../stored.ts'
import { batchDamage, type Damage, eventDamage } from './damage.ts'

export class EventWalk {
  readonly damages: Damage[] = []
  /** Where the log says that another key seals it. */
  readonly rotations: RotationAt[] = []
  readonly #codec: Codec
  readonly #revisions = new Map<StreamName, number>()
  #position = 0
  #recordedAt = Number.MIN_SAFE_INTEGER
  #knownHigh = Number.MIN_SAFE_INTEGER

  constructor(codec: Codec) {
    this.#codec = codec
  }

  /** How many events were walked. */
  get events(): number {
    return this.#position
  }

  /** Checks a batch and gives the leaf hash of each of its events, made anew from its columns. */
  add(batch: StoredBatch): readonly Uint8Array[] {
    this.#checkBatch(batch)
    return batch.events.map((event, index) => {
      this.#position++
      this.#checkEvent(batch, event, index)
      return this.#checkLeaf(batch, event, index)
    })
  }

  #checkBatch(batch: StoredBatch): void {
    const { firstPosition, stream, firstRevision, eventCount, recordedAt, knownHigh, late, events } = batch
    const report = (column: string, is: number, not: number | string) =>
      this.damages.push(batchDamage(batch, column, `it is ${is}, not ${not}`))
    if (firstPosition !== this.#position + 1) report('first_position', firstPosition, this.#position + 1)
    if (eventCount !== events.length) report('events', eventCount, events.length)
    const revision = (this.#revisions.get(stream) ?? 0) + 1
    if (firstRevision !== revision) report('first_revision', firstRevision, revision)
    this.#revisions.set(stream, revision - 1 + events.length)
    if (recordedAt < this.#recordedAt) report('recorded_at', recordedAt, `${this.#recordedAt} or later`)
    this.#recordedAt = recordedAt
    let disorder = 0
    for (const { knownAt } of events) {
      if (knownAt < this.#knownHigh) disorder = 1
      this.#knownHigh = Math.max(this.#knownHigh, knownAt)
    }
    if (late !== disorder) report('late', late, disorder)
    if (knownHigh !== this.#knownHigh) report('known_high', knownHigh, this.#knownHigh)
  }

  #checkEvent(batch: StoredBatch, event: StoredEvent, index: number): void {
    const { position, id } = event
    const report = (column: string, problem: string) =>
      this.damages.push(eventDamage(batch, event, { column, problem }))
    if (position !== this.#position) report('column position', `it is ${position}, not ${this.#position}`)
    const derived = eventIdOf(batch.commandId, index)
    if (id !== derived) report('column id', `it is ${id}, and command ${batch.commandId} makes ${derived}`)
    try {
      const [{ type, data }] = this.#codec.decode({ ...batch, events: [event] })
      if (type === SealKeyRotated.type) this.rotations.push({ position, rotation: data as Rotation })
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      report(error.fault.code === 'log.damaged' ? 'column data' : 'column type or version', error.message)
    }
  }

  #checkLeaf(batch: StoredBatch, event: StoredEvent, index: number): Uint8Array {
    const leaf = leafOrNull(batch, event)
    if (leaf !== null && sameHash(leaf, event.leaf)) return leaf
    const derived = { ...event, id: eventIdOf(batch.commandId, index) }
    const mended = leafOrNull(batch, derived)
    const isId = mended !== null && sameHash(mended, event.leaf)
    const column = isId ? 'column id' : 'column leaf or one that it covers'
    this.damages.push(eventDamage(batch, event, { column, problem: 'its columns do not make its leaf' }))
    return leaf ?? new Uint8Array(0)
  }
}

/** Null where a column holds a number that no event can have. */
function leafOrNull(batch: StoredBatch, event: StoredEvent): Uint8Array | null {
  const { position, version, eventTime, knownAt, chunks } = event
  const ofChunks = chunks.flatMap((chunk) => [
    chunk.rows,
    chunk.bytes,
    chunk.eventTimeFrom,
    chunk.eventTimeTo,
  ])
  const numbers = [position, version, eventTime, knownAt, batch.recordedAt, ...ofChunks]
  const revision = batch.firstRevision + (position - batch.firstPosition)
  return [...numbers, revision].every(Number.isSafeInteger) ? leafHash(batch, event) : null
}
