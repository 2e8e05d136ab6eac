/** Values of metrics in chunks: the same bytes each time, the same values back, and nothing else is read. */
import { tableFromIPC } from 'apache-arrow'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodePoints, encodePoints } from '../../streams/log/points.ts'

const text = fc.constantFrom('', 'loss', 'val/loss', 'naïve', '数')
const point = fc.record({
  key: fc.constantFrom('loss', 'rmse', 'a b'),
  value: fc.double(),
  timestamp: fc.maxSafeInteger(),
  step: fc.integer(),
  loggedModel: text,
  dataset: text,
  datasetDigest: text,
})

test('come back bit for bit, numbers that are none with them, and make the same bytes again', () => {
  fc.assert(
    fc.property(fc.array(point, { minLength: 1, maxLength: 300 }), (points) => {
      const bytes = encodePoints(points)
      expect(decodePoints(bytes)).toEqual(points)
      expect(Buffer.compare(encodePoints(points), bytes)).toBe(0)
    }),
    { numRuns: 40 },
  )
})

test('are a table of Arrow that others read', () => {
  const points = Array.from({ length: 1_000 }, (_, at) => ({
    ...{ key: `m${at % 50}`, value: at / 7, timestamp: 1_795_000_000_000 + at, step: Math.floor(at / 50) },
    ...{ loggedModel: '', dataset: '', datasetDigest: '' },
  }))
  const bytes = encodePoints(points)
  const table = tableFromIPC(bytes)
  expect(table.schema.fields.map(({ name }) => name)).toEqual(['key', 'step', 'timestamp', 'value'])
  expect(table.get(999)?.toJSON()).toEqual({
    key: 'm49',
    step: 19n,
    timestamp: 1_795_000_000_999n,
    value: 999 / 7,
  })
  // 20,000 runs of 5,000 values are to fit in 2 GiB, files of 4 KiB pages and events with them.
  expect(bytes.length / points.length).toBeLessThan(21)
})

test('are refused where a byte is another', () => {
  const bytes = encodePoints([
    { key: 'a', value: 1, timestamp: 2, step: 3, loggedModel: '', dataset: '', datasetDigest: '' },
  ])
  let same = 0
  for (let at = 0; at < bytes.length; at++) {
    const flipped = bytes.slice()
    flipped[at] ^= 0x41
    try {
      decodePoints(flipped)
      same++
    } catch (error) {
      expect(error).toMatchObject({ fault: { code: 'chunk.malformed' } })
    }
  }
  // A flip in a name or a number is another table of the same form: its hash tells it, not its form.
  expect(same).toBeLessThan(bytes.length / 8)
})
