/** Two events, one of them in its second version, and short ways to make batches of them. */
import { z } from 'zod'
import type { AppendBatch, ChunkRef, Draft, RecordedBatch } from '../../schemas/envelope.ts'
import { defineEvent } from '../../schemas/event.ts'
import { sha256 } from '../../schemas/kernel/canonical.ts'
import type { Registry } from '../../streams/log/codec.ts'
import type { EventLog } from '../../streams/log/port.ts'

export const NoteWritten = defineEvent({
  type: 'note.Written',
  version: 1,
  data: z.strictObject({ text: z.string(), weight: z.number().nullable(), tags: z.array(z.string()) }),
})

const priceOfVersion1 = z.strictObject({ price: z.number() })
export const PriceSeen = defineEvent({
  type: 'price.Seen',
  version: 2,
  data: z.strictObject({ price: z.number(), currency: z.string().min(1) }),
  old: {
    1: {
      data: priceOfVersion1,
      upcast: ({ price }: z.infer<typeof priceOfVersion1>) => ({ price, currency: 'USD' }),
    },
  },
})
/** The same event as a program of an earlier release knows it. */
export const PriceSeenVersion1 = defineEvent({ type: 'price.Seen', version: 1, data: priceOfVersion1 })

export const VOCABULARY: Registry = new Map<string, typeof NoteWritten | typeof PriceSeen>([
  [NoteWritten.type, NoteWritten],
  [PriceSeen.type, PriceSeen],
])

export const EARLIER_VOCABULARY: Registry = new Map<string, typeof NoteWritten | typeof PriceSeenVersion1>([
  [NoteWritten.type, NoteWritten],
  [PriceSeenVersion1.type, PriceSeenVersion1],
])

export const note = (text: string, knownAt = 1000, chunks: readonly ChunkRef[] = []): Draft =>
  NoteWritten.draft({ text, weight: null, tags: [] }, { eventTime: 0, knownAt }, chunks)

export const price = (value: number, knownAt = 1000): Draft =>
  PriceSeen.draft({ price: value, currency: 'EUR' }, { eventTime: 0, knownAt })

export const chunkRef = (content: string, bytes: number): ChunkRef => ({
  hash: sha256(content),
  format: 'arrow',
  rows: 3,
  bytes,
  eventTimeFrom: -5,
  eventTimeTo: 5,
})

/** A batch whose command id is its stream and expected revision, where no other is given. */
export function batchOf(
  stream: string,
  expected: number,
  events: readonly Draft[],
  more: Partial<AppendBatch> = {},
): AppendBatch {
  const commandId = `${stream}/${expected}`
  return {
    stream,
    expected,
    events,
    commandId,
    actor: 'ann',
    correlationId: 'c-1',
    causationId: null,
    ...more,
  }
}

export async function collect(batches: AsyncIterable<RecordedBatch>): Promise<RecordedBatch[]> {
  const all: RecordedBatch[] = []
  for await (const batch of batches) all.push(batch)
  return all
}

/** A clock that a test sets. */
export class TestClock {
  now = 1_000_000
  nowMicros(): number {
    return this.now
  }
}

export async function append(log: EventLog, batch: AppendBatch) {
  const answer = await log.append(batch)
  if (!answer.ok) throw new Error(answer.error.fault.message)
  return answer.value
}

export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2))
}

export async function follow(
  batches: AsyncIterable<RecordedBatch>,
  see: (position: number) => void,
): Promise<void> {
  for await (const batch of batches) for (const { position } of batch) see(position)
}
