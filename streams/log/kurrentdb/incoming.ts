/** Events of the server become batches again, each of them checked: whole, in order, and by its leaf hash what it was when it was appended. */
import type { Position, Revision, StreamName } from '../../../schemas/envelope.ts'
import { type Refusal, refuse } from '../../../schemas/kernel/fault.ts'
import { placedAfter, tailAfter } from '../group.ts'
import type { LogStore, StoredBatch, Tail } from '../stored.ts'
import { idOf, type Read, readEvent } from './event.ts'
import type { ServerEvent } from './server.ts'

type Open = Read['batch'] & Readonly<{ firstRevision: Revision; of: number; writer: string }>

export class Incoming {
  readonly #store: Pick<LogStore, 'tail' | 'revisionOf'>
  /** The last revisions of streams, as of the batches that were handed out. */
  readonly #revisions = new Map<StreamName, Revision>()
  #tail: Tail
  #open: Open | null = null
  #events: Read['event'][] = []
  #ids: string[] = []

  constructor(store: Pick<LogStore, 'tail' | 'revisionOf'>) {
    this.#store = store
    this.#tail = store.tail()
  }

  /** The next event that it waits for. */
  get next(): Position {
    return this.#tail.position + this.#events.length + 1
  }

  /** Whoever writes by himself what stands on the server begins again where that ends. */
  goOn(): void {
    this.#tail = this.#store.tail()
    this.#revisions.clear()
    this.#clear()
  }

  /**
   * @returns the batch that an event completes, where it does; events that were there before are passed over
   * @throws Refusal `log.damaged`
   */
  add(sent: ServerEvent): StoredBatch | null {
    const position = sent.revision + 1
    if (position < this.next) return null
    if (position > this.next)
      throw this.#damaged(`KurrentDB has no event between ${this.next - 1} and ${position}`)
    const { batch, revision, index, first, event } = readEvent(sent)
    if (first !== null && this.#open === null) this.#open = { ...batch, firstRevision: revision, ...first }
    const open = this.#open
    const isNext = index === this.#events.length && (index === 0) === (first !== null)
    if (open === null || !isNext || batch.commandId !== open.commandId)
      throw this.#damaged('it is none of the append that it stands in')
    this.#events.push(event)
    this.#ids.push(sent.id)
    return this.#events.length === open.of ? this.#whole(open) : null
  }

  #whole({ of: _, writer, ...head }: Open): StoredBatch {
    const last = this.#revisions.get(head.stream) ?? this.#store.revisionOf(head.stream)
    const placed = this.#placed(head)
    const isSame = placed.events.every(({ leaf }, index) => idOf(leaf, writer) === this.#ids[index])
    if (!isSame) throw this.#damaged('it is not what its id says it was')
    if (head.firstRevision !== last + 1)
      throw this.#damaged(`it is revision ${head.firstRevision} of ${head.stream}, after ${last}`)
    if (head.recordedAt < this.#tail.recordedAt)
      throw this.#damaged('it was recorded before the one before it')
    this.#revisions.set(head.stream, last + placed.eventCount)
    this.#tail = tailAfter(placed)
    this.#clear()
    return placed
  }

  #placed(head: Omit<Open, 'of' | 'writer'>): StoredBatch {
    try {
      return placedAfter(this.#tail, head, this.#events)
    } catch (error) {
      throw this.#damaged(error instanceof Error ? error.message : String(error))
    }
  }

  #clear(): void {
    this.#open = null
    this.#events = []
    this.#ids = []
  }

  #damaged(problem: string): Refusal {
    return refuse('log.damaged', { position: this.#tail.position + 1, problem })
  }
}
