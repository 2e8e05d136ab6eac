/** A leaf is read back as it was written, whatever is in it, and nothing else is taken for one. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { leafBytes } from '../../streams/log/leaf.ts'
import { NotALeaf, readLeaf } from '../../streams/log/leaf-read.ts'
import { chunkRef } from '../contract/vocabulary.ts'

const whole = fc.maxSafeInteger()
const text = fc.string({ unit: 'grapheme' })
const batchOf = fc.record({
  ...{ stream: text, firstPosition: fc.constant(1), firstRevision: fc.constant(3), recordedAt: whole },
  ...{ commandId: text, actor: text, correlationId: text, causationId: fc.option(text) },
})
const eventOf = fc.record({
  ...{
    position: fc.integer({ min: 1, max: 9 }),
    id: text,
    type: text,
    version: whole,
    eventTime: whole,
    knownAt: whole,
  },
  chunks: fc.array(fc.constantFrom(chunkRef('a', 9), chunkRef('b', 0)), { maxLength: 3 }),
  data: fc.uint8Array({ maxLength: 20 }),
})

test('what a leaf covers is read back from it', () => {
  fc.assert(
    fc.property(batchOf, eventOf, (batch, event) => {
      const { firstPosition, firstRevision, ...said } = batch
      const read = readLeaf(leafBytes(batch, event))
      expect(read).toEqual({
        batch: said,
        event: { ...event, data: Buffer.from(event.data) },
        revision: firstRevision + event.position - firstPosition,
      })
      expect(leafBytes({ ...batch, ...read.batch }, read.event)).toEqual(leafBytes(batch, event))
    }),
    { numRuns: 200 },
  )
})

test('a leaf that is cut, or goes on, is none', () => {
  const [batch, event] = [
    fc.sample(batchOf, { numRuns: 1, seed: 1 })[0],
    fc.sample(eventOf, { numRuns: 1, seed: 1 })[0],
  ]
  const leaf = leafBytes(batch, event)
  for (let length = 0; length < leaf.length; length++)
    expect(() => readLeaf(leaf.subarray(0, length)), `${length} bytes`).toThrow(NotALeaf)
  expect(() => readLeaf(Buffer.concat([leaf, Buffer.of(0)]))).toThrow(NotALeaf)
  expect(() => readLeaf(Buffer.concat([Buffer.of(2), leaf.subarray(1)]))).toThrow(NotALeaf)
})
