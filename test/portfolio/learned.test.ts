/** A session learns no less from what is kept of its facts than from all of them. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { PriceFact } from '../../streams/portfolio/fact-queue.ts'
import { Learned } from '../../streams/portfolio/learned.ts'
import { Marks } from '../../streams/portfolio/marks.ts'

const NAMES = ['A', 'B', 'C']
const orNone = <T>(some: fc.Arbitrary<T>) => fc.option(some, { nil: Number.NaN })

/** Facts of one session's bars, in the order in which they were told: late bars, the same bar twice, missing prices, actions. */
const sessionOf = (session: number): fc.Arbitrary<PriceFact[]> =>
  fc.array(
    fc
      .record({
        place: fc.nat(NAMES.length - 1),
        bar: fc.nat(4),
        price: orNone(fc.constantFrom(1, 2, 3, 5)),
        dividend: orNone(fc.constantFrom(0, 0.25)),
        split: orNone(fc.constantFrom(1, 2)),
        volume: fc.constantFrom(100, 200),
      })
      .map(({ bar, ...fact }) => ({ ...fact, session, eventTime: 10 * session + bar, knownAt: session })),
    { maxLength: 30 },
  )

test('marks of what is kept are those of all, to the bit', () => {
  const days = fc.tuple(...[0, 1, 2, 3, 4, 5].map(sessionOf))
  fc.assert(
    fc.property(days, (told) => {
      const [whole, kept] = [0, 1].map(() => {
        const marks = new Marks({ delistAfterSessions: 2, delistingReturn: -0.3 })
        for (const name of NAMES) marks.placeOf(name)
        return marks
      })
      for (const [session, facts] of told.entries())
        expect(kept.advance(session, Learned.of(facts).facts)).toEqual(whole.advance(session, facts))
      expect(kept.save()).toEqual(whole.save())
    }),
    { numRuns: 300 },
  )
})

test('of a session of minute bars the last price of each name is kept, and every action', () => {
  const bar = (place: number, minute: number, split = Number.NaN): PriceFact => ({
    place,
    session: 7,
    eventTime: minute,
    knownAt: minute + 1,
    price: 100 + minute,
    dividend: Number.NaN,
    split,
    volume: 10,
  })
  const bars = [0, 1].flatMap((place) => Array.from({ length: 390 }, (_, minute) => bar(place, minute)))
  const { facts } = Learned.of([bar(0, 0, 2), ...bars, bar(1, 380)])
  expect(facts.map(({ place, price, split }) => [place, price, split])).toEqual([
    [0, Number.NaN, 2],
    [0, 489, Number.NaN],
    [1, 489, Number.NaN],
  ])
})
