/** Between an event of a log and one of KurrentDB: Avro as its data, the rest as JSON in its metadata, and an id made of its leaf hash. */
import { hash } from 'node:crypto'
import { z } from 'zod'
import type { Provenance } from '../../../schemas/envelope.ts'
import { refuse } from '../../../schemas/kernel/fault.ts'
import type { EncodedEvent } from '../codec.ts'
import { eventIdOf, uuidOf } from '../event-id.ts'
import type { StoredBatch, StoredEvent } from '../stored.ts'
import type { NewEvent, ServerEvent } from './server.ts'

const whole = z.int()
const metadata = z.strictObject({
  stream: z.string().min(1),
  revision: whole.positive(),
  version: whole.positive(),
  eventTime: whole,
  knownAt: whole,
  recordedAt: whole,
  commandId: z.string().min(1),
  actor: z.string().min(1),
  /** What KurrentDB's own projection by correlation id looks for. */
  $correlationId: z.string().min(1),
  causationId: z.string().min(1).optional(),
  /** Which event of its append it is, from 0. */
  index: whole.nonnegative(),
  /** Of how many, and, of two machines that say the same at the same moment, the one that did. The first event of an append says it for all. */
  of: whole.positive().optional(),
  writer: z
    .string()
    .regex(/^[0-9a-f]{16}$/)
    .optional(),
  chunks: z
    .array(
      z.strictObject({
        hash: z.string().regex(/^[0-9a-f]{64}$/),
        format: z.enum(['arrow', 'onnx', 'json', 'html', 'file']),
        rows: whole,
        bytes: whole,
        eventTimeFrom: whole,
        eventTimeTo: whole,
      }),
    )
    .optional(),
})

/**
 * An id that two events share only if they are the same in every field, place, moment and writer: KurrentDB takes an append whose ids it has at
 * that place for a repetition, and answers that it was kept.
 */
export const idOf = (leaf: Uint8Array, writer: string): string =>
  uuidOf(hash('sha256', Buffer.concat([leaf, Buffer.from(writer, 'hex')])))

const TEXT = new TextEncoder()

/** A batch that has its place, as it is sent. */
export const eventsOf = (batch: StoredBatch, writer: string): NewEvent[] =>
  batch.events.map((event, index) => newEvent(batch, event, { index, writer }))

function newEvent(
  batch: StoredBatch,
  event: StoredEvent,
  { index, writer }: Readonly<{ index: number; writer: string }>,
): NewEvent {
  const { stream, firstRevision, recordedAt, commandId, actor, correlationId, causationId } = batch
  const { type, version, eventTime, knownAt, chunks, data, leaf } = event
  const told: z.input<typeof metadata> = {
    ...{ stream, revision: firstRevision + index, version, eventTime, knownAt, recordedAt },
    ...{ commandId, actor, $correlationId: correlationId },
    ...(causationId !== null && { causationId }),
    index,
    ...(index === 0 && { of: batch.eventCount, writer }),
    ...(chunks.length > 0 && { chunks: [...chunks] }),
  }
  return { id: idOf(leaf, writer), type, data: plain(data), metadata: TEXT.encode(JSON.stringify(told)) }
}

/** The client looks at the constructor, and takes a Buffer for JSON. */
const plain = (bytes: Uint8Array): Uint8Array =>
  new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** What an event of the server says of its batch and of itself. */
export type Read = Readonly<{
  batch: Pick<StoredBatch, 'stream' | 'recordedAt'> & Provenance
  revision: number
  index: number
  /** What the first event of an append says; null on the others. */
  first: Readonly<{ of: number; writer: string }> | null
  event: EncodedEvent
}>

/** @throws Refusal `log.damaged` for an event that no writer of a log made */
export function readEvent({ type, revision: at, metadata: told, data }: ServerEvent): Read {
  const parsed = metadata.safeParse(told)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const problem = `in KurrentDB, its metadata is none of Asof's: ${issue?.path.join('.')}: ${issue?.message}`
    throw refuse('log.damaged', { position: at + 1, problem })
  }
  const { stream, revision, version, eventTime, knownAt, recordedAt, commandId, actor } = parsed.data
  const { $correlationId: correlationId, causationId = null, index, of, writer, chunks = [] } = parsed.data
  const id = eventIdOf(commandId, index)
  return {
    batch: { stream, recordedAt, commandId, actor, correlationId, causationId },
    ...{ revision, index, first: of === undefined || writer === undefined ? null : { of, writer } },
    event: { id, type, version, eventTime, knownAt, chunks, data },
  }
}
