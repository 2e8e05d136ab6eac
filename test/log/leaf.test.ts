/** Ids and leaves: made of the event alone, and of all of it. */
import { hash } from 'node:crypto'
import { expect, test } from 'vitest'
import { sha256 } from '../../schemas/kernel/canonical.ts'
import { eventIdOf } from '../../streams/log/event-id.ts'
import { leafBytes, leafHash } from '../../streams/log/leaf.ts'
import { chunkRef } from '../contract/vocabulary.ts'

const batch = {
  ...{ stream: 'note-a', firstPosition: 4, firstRevision: 2, recordedAt: 1_221_508_800_000_000 },
  ...{ commandId: 'k', actor: 'ann', correlationId: 'c', causationId: null },
}
const event = {
  ...{
    position: 5,
    id: eventIdOf('k', 1),
    type: 'note.Written',
    version: 1,
    eventTime: -1,
    knownAt: 2 ** 52,
  },
  ...{ chunks: [chunkRef('c', 9)], data: Uint8Array.of(1, 2, 3) },
}

test('an event id is a UUID of version 8 and variant 10, from the command id and the place', () => {
  const id = eventIdOf('import-7', 3)
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  // printf 'import-7/3' | sha256sum
  expect(sha256('import-7/3').slice(0, 12)).toBe(id.replaceAll('-', '').slice(0, 12))
  expect(new Set([id, eventIdOf('import-7', 4), eventIdOf('import-8', 3)]).size).toBe(3)
})

test('a leaf is laid out as its docstring says', () => {
  const integer = (value: number) => {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64BE(BigInt(value))
    return bytes
  }
  const text = (value: string | Uint8Array) => {
    const bytes = Buffer.from(value)
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.length)
    return Buffer.concat([length, bytes])
  }
  const [chunk] = event.chunks
  const expected = Buffer.concat([
    Buffer.of(1),
    ...[integer(5), text(event.id), text('note-a'), integer(3), text('note.Written'), integer(1)],
    ...[integer(-1), integer(2 ** 52), integer(1_221_508_800_000_000)],
    ...[text('k'), text('ann'), text('c'), Buffer.alloc(4, 0xff)],
    ...[integer(1), text(chunk?.hash ?? ''), text('arrow'), integer(3), integer(9), integer(-5), integer(5)],
    text(event.data),
  ])
  expect(leafBytes(batch, event)).toEqual(expected)
  expect(leafHash(batch, event)).toEqual(hash('sha256', Buffer.concat([Buffer.of(0), expected]), 'buffer'))
})

test('a leaf differs where any field does', () => {
  const [chunk = chunkRef('', 0)] = event.chunks
  const changes = [
    ...[
      { position: 6 },
      { id: 'x' },
      { type: 'note.Burnt' },
      { version: 2 },
      { eventTime: 0 },
      { knownAt: 0 },
    ],
    ...[
      { data: Uint8Array.of(1, 2, 4) },
      { data: Uint8Array.of(1, 2) },
      { chunks: [] },
      { chunks: [chunk, chunk] },
    ],
    ...[{ hash: 'h' }, { format: 'json' as const }, { rows: 4 }, { bytes: 10 }].map((of) => ({
      chunks: [{ ...chunk, ...of }],
    })),
    ...[{ eventTimeFrom: 1 }, { eventTimeTo: 1 }].map((of) => ({ chunks: [{ ...chunk, ...of }] })),
  ].map((of) => leafHash(batch, { ...event, ...of }).toString('hex'))
  const batchChanges = [
    ...[
      { stream: 'note-b' },
      { firstPosition: 3 },
      { firstRevision: 3 },
      { recordedAt: 1 },
      { commandId: 'l' },
    ],
    ...[{ actor: 'bob' }, { correlationId: 'd' }, { causationId: '' }, { actor: 'annc', correlationId: '' }],
  ].map((of) => leafHash({ ...batch, ...of }, event).toString('hex'))
  const all = [leafHash(batch, event).toString('hex'), ...changes, ...batchChanges]
  // firstPosition 3 and firstRevision 3 both make this event revision 4: one fact, said in two ways.
  expect(new Set(all).size).toBe(all.length - 1)
})

test('a leaf larger than any before is whole', () => {
  const data = new Uint8Array(300_000).fill(5)
  expect(leafBytes({ ...batch, actor: 'é'.repeat(50_000) }, { ...event, data }).subarray(-300_000)).toEqual(
    Buffer.from(data),
  )
})
