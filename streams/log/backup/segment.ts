/** Segments: the leaves of consecutive events, each behind its length, packed with gzip. `zcat` and the docstring of a leaf read them without Asof. */
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import type { Position } from '../../../schemas/envelope.ts'
import { type Refusal, refuse } from '../../../schemas/kernel/fault.ts'
import { MOST_ROW_BYTES } from '../embedded/database.ts'
import { NotALeaf, readLeaf, type SealedEvent } from '../leaf-read.ts'
import type { Segment } from './manifest.ts'

/** Where every segment ends, so that two backups cut the same events alike. */
export const SEGMENT_EVENTS = 4_096
export const SEGMENT_BYTES = 16 << 20
/** Beyond its bytes a segment has one more event, which may be a large one, and lengths. */
const MOST_BYTES = SEGMENT_BYTES + 2 * MOST_ROW_BYTES + 4 * SEGMENT_EVENTS

const packed = promisify(gzip)
const unpacked = promisify(gunzip)

/** Leaves until they are enough for a segment. */
export class SegmentCut {
  readonly #from: Position
  readonly #parts: Uint8Array[] = []
  #events = 0
  #bytes = 0

  constructor(from: Position) {
    this.#from = from
  }

  get events(): number {
    return this.#events
  }

  add(leaf: Uint8Array): void {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(leaf.length)
    this.#parts.push(length, leaf)
    this.#events++
    this.#bytes += leaf.length
  }

  get isWhole(): boolean {
    return (this.#from + this.#events - 1) % SEGMENT_EVENTS === 0 || this.#bytes >= SEGMENT_BYTES
  }

  async pack(): Promise<Readonly<{ bytes: Uint8Array; of: Pick<Segment, 'from' | 'to' | 'isWhole'> }>> {
    const bytes = await packed(Buffer.concat(this.#parts))
    return { bytes, of: { from: this.#from, to: this.#from + this.#events - 1, isWhole: this.isWhole } }
  }
}

/** An event of a segment with the very bytes that its leaf hash is of. */
export type SegmentEvent = SealedEvent & Readonly<{ leaf: Uint8Array }>

/** @throws Refusal `backup.unsound` for bytes that are not the events of the segment */
export async function eventsOf(bytes: Uint8Array, { from, to }: Segment): Promise<readonly SegmentEvent[]> {
  const unsound = (problem: string): Refusal =>
    refuse('backup.unsound', { what: `The segment of events ${from} to ${to}`, problem })
  const whole = await unpacked(bytes, { maxOutputLength: MOST_BYTES }).catch((error: unknown) => {
    throw unsound(error instanceof Error ? error.message : String(error))
  })
  const events: SegmentEvent[] = []
  for (let at = 0; at < whole.length; ) {
    const length = at + 4 <= whole.length ? whole.readUInt32BE(at) : Number.POSITIVE_INFINITY
    if (at + 4 + length > whole.length) throw unsound('it ends in the middle of an event')
    const leaf = whole.subarray(at + 4, at + 4 + length)
    at += 4 + length
    try {
      const read = readLeaf(leaf)
      if (read.event.position !== from + events.length)
        throw new NotALeaf(`event ${read.event.position} stands in the place of ${from + events.length}`)
      events.push({ ...read, leaf })
    } catch (error) {
      throw error instanceof NotALeaf ? unsound(error.message) : error
    }
  }
  if (events.length !== to - from + 1) throw unsound(`it has ${events.length} events`)
  return events
}
