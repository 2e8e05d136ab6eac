/** The online store in a process, and the rows that are read from its vectors: the same as the point-in-time index gives. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PointInTime } from '../../projections/feature/point-in-time.ts'
import { digestFrom, from, packed, rowsIn, unpacked } from '../../streams/features/online/entry.ts'
import { openOnlineMemory } from '../../streams/features/online/memory.ts'
import { onlineStoreContract } from '../contract/online-store.contract.ts'

onlineStoreContract('in a process', openOnlineMemory, (store) => store)

const FEATURES = ['mom', 'vol']
const STALE = 30
const rows = fc.array(
  fc.record({
    eventTime: fc.integer({ min: 0, max: 50 }),
    knownAt: fc.integer({ min: 0, max: 80 }),
    mom: fc.oneof(fc.double(), fc.constant(Number.NaN)),
  }),
  { minLength: 1, maxLength: 20 },
)

test('for every moment from the one it was packed at on, a row is what the index says', () => {
  fc.assert(
    fc.property(
      rows,
      fc.integer({ min: 0, max: 90 }),
      fc.integer({ min: 0, max: 60 }),
      (told, packedAt, later) => {
        const index = new PointInTime({ features: FEATURES, stalenessMicros: STALE })
        for (const [i, { eventTime, knownAt, mom }] of told.entries())
          index.add(
            {
              ...{ length: 1, entities: ['A'], entity: Uint32Array.of(0) },
              ...{ eventTime: Float64Array.of(eventTime), knownAt: Float64Array.of(knownAt) },
              columns: [
                { name: 'mom', values: Float64Array.of(mom) },
                { name: 'vol', values: Float64Array.of(i) },
              ],
            } as Parameters<PointInTime['add']>[0],
            i + 1,
          )
        const moment = packedAt + later
        const entry = packed(index.told('A', packedAt))
        const [row] = rowsIn(
          [entry],
          { features: FEATURES, stalenessMicros: STALE },
          { entities: ['A'], names: ['vol', 'mom'], moment },
        )
        const truth = index.asOf('A', moment)
        // Before anything was known there is no vector to say so: the process is asked.
        if (truth.status === 'NOT_YET_KNOWN') return row === null
        if (row === null) return false
        expect(row.eventTime).toBe(truth.eventTime)
        expect([...row.values]).toEqual([truth.value('vol'), truth.value('mom')])
        for (const name of ['vol', 'mom'])
          expect(row.unusable.find(({ feature }) => feature === name)?.status ?? 'PRESENT').toBe(
            truth.statusOf(name),
          )
        return true
      },
    ),
    { numRuns: 2_000 },
  )
})

test('bytes that are no vectors of the set are none, and nothing is read from before the oldest', () => {
  const of = { features: FEATURES, stalenessMicros: STALE }
  const ask = { entities: ['A'], names: FEATURES, moment: 5 }
  for (const bytes of [new Uint8Array(), new Uint8Array(39), new Uint8Array(41)]) {
    expect(unpacked(bytes, 2)).toBeNull()
    expect(rowsIn([bytes], of, ask)).toEqual([null])
  }
  expect(rowsIn([packed([{ eventTime: 1, knownAt: 6, position: 1, values: [1, 2] }])], of, ask)).toEqual([
    null,
  ])
  expect(rowsIn([null], of, ask)[0]?.unusable.map(({ status }) => status)).toEqual(['NOT_FOUND', 'NOT_FOUND'])
})

test('a digest is of what a moment asks for, however it was packed, and of each bit', () => {
  const steps = [1, 2, 3].map((at) => ({ eventTime: at, knownAt: 10 * at, position: at, values: [at, -at] }))
  const of = { features: FEATURES }
  const digest = (entry: Uint8Array, moment: number) => digestFrom(new Map([['A', entry]]), of, moment)
  expect(digest(packed(steps), 25)).toBe(digest(packed(from(steps, 20)), 25))
  expect(digest(packed(steps), 25)).not.toBe(digest(packed(steps), 35))
  const flipped = packed(steps)
  flipped[flipped.length - 1] ^= 1
  expect(digest(flipped, 25)).not.toBe(digest(packed(steps), 25))
})
