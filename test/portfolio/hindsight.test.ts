/** A book accounted again by hand: crashes, splits and corrections that came late, each in the session that it is of. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PortfolioSpec } from '../../schemas/events/experiment.ts'
import { BookInHindsight, type Restated } from '../../streams/portfolio/book-in-hindsight.ts'
import type { PriceFact } from '../../streams/portfolio/fact-queue.ts'
import { HINDSIGHT_SESSIONS, Hindsight } from '../../streams/portfolio/hindsight.ts'
import { Ledger } from '../../streams/portfolio/ledger.ts'
import { Marks } from '../../streams/portfolio/marks.ts'
import { near } from '../support/near.ts'

const FREE: PortfolioSpec = {
  construction: 'long-only',
  maxWeight: null,
  neutralise: null,
  holdingDays: 1,
  spreadBps: 0,
  commissionBps: 0,
  borrowBps: 0,
  impact: null,
}

type Told = Partial<Omit<PriceFact, 'place'>> & Readonly<{ session: number; entity?: string }>
type Life = Readonly<{
  facts: readonly Told[]
  closed: readonly number[]
  /** What is decided in each session, one weight for each name in the order in which they are told. */
  decide?: (session: number) => readonly number[]
  spec?: PortfolioSpec
  delistAfterSessions?: number
}>

/** A book of weights that are given. A session is decided at its own number, and what it is told is known then unless said otherwise. */
function lived({ facts, closed, decide = () => [0.5], spec = FREE, delistAfterSessions = 100 }: Life) {
  const marks = new Marks({ delistAfterSessions, delistingReturn: -0.3 })
  const nothing = { price: Number.NaN, dividend: Number.NaN, split: Number.NaN, volume: Number.NaN }
  for (const { entity = 'A', ...fact } of facts)
    marks.learn({ entity, ...nothing, eventTime: fact.session, knownAt: fact.session, ...fact })
  const hindsight = new Hindsight(marks, closed[0] - 1)
  const ledger = new Ledger(spec)
  let book: BookInHindsight | null = null
  const observed = new Map<number, number>()
  const said = new Map<number, readonly Restated[]>()
  const closedIn = (place: number): number => marks.closedIn(place)
  for (const [place, session] of closed.entries()) {
    const learned = marks.take(session, session)
    const step = marks.advance(session, learned)
    hindsight.close({ facts: learned, marks: step, closedIn })
    if (book !== null) {
      const { net } = ledger.settle(step, session - closed[place - 1])
      observed.set(session, net)
      book.close(hindsight, { session, net })
      said.set(session, book.restate())
    }
    const weights = Float64Array.from(decide(session))
    const decision = { target: weights, weights }
    ledger.take(decision)
    if (book === null) book = new BookInHindsight(ledger, session)
    else book.take(session, { decision, successor: null })
  }
  const restated = new Map([...said.values()].flat().map(({ session, net }) => [session, net]))
  return {
    observed,
    said: (session: number) => said.get(session) ?? [],
    known: new Map([...observed, ...restated]),
  }
}

const closes = (...prices: readonly number[]): Told[] => prices.map((price, session) => ({ session, price }))
const late = (session: number, price: number, knownAt: number): Told => ({ session, price, knownAt })
const upTo = (last: number): number[] => Array.from({ length: last + 1 }, (_, session) => session)
const growth = (nets: Iterable<number>): number => [...nets].reduce((wealth, net) => wealth * (1 + net), 1)

/** The figures to 12 digits: 1 + 0.5 × 1.5 is not what the sums of a book come to in their last bit. */
function expectRestated(restated: readonly Restated[], ...expected: readonly Restated[]): void {
  expect(restated.map(({ session }) => session)).toEqual(expected.map(({ session }) => session))
  for (const [place, { was, net }] of expected.entries()) {
    near(restated[place].net, net, 1e-12)
    if (was === null) expect(restated[place].was).toBeNull()
    else near(restated[place].was ?? Number.NaN, was, 1e-12)
  }
}

// What is decided in session 0 is traded at the close of 1, and earns from 2 on.
describe('a price that comes after its session was decided', () => {
  test('a crash that came with the rebound is a day of -30 % for half of the book, and one of 43 %', () => {
    const { observed, said } = lived({
      facts: [...closes(100, 100), late(2, 40, 2.5), { session: 3, price: 100 }, { session: 4, price: 100 }],
      closed: upTo(4),
    })
    expect([...observed.values()]).toEqual([0, 0, 0, 0])
    // 0.2 of 0.7 were left in it when it rose by 150 %.
    expectRestated(said(3), { session: 2, was: 0, net: -0.3 }, { session: 3, was: 0, net: 0.3 / 0.7 })
    expect(said(4), 'it is said once').toEqual([])
  })

  test('a fall of two days that is told a day late: each has its own, and all in all it is the same loss', () => {
    const { observed, known } = lived({
      facts: [...closes(100, 100), late(2, 40, 2.5), late(3, 16, 3.5), { session: 4, price: 16 }],
      closed: upTo(4),
      decide: (session) => (session === 0 ? [0.5] : [0]),
    })
    expect([...observed].map(([session]) => session)).toEqual([1, 2, 3, 4])
    near(observed.get(3) ?? 0, -0.3, 1e-12)
    near(observed.get(4) ?? 0, (0.2 / 0.7) * -0.6, 1e-12)
    near(known.get(2) ?? 0, -0.3, 1e-12)
    near(known.get(3) ?? 0, (0.2 / 0.7) * -0.6, 1e-12)
    near(known.get(4) ?? 1, 0, 1e-12)
    near(growth(known.values()), growth(observed.values()), 1e-12)
    near(growth(known.values()), 0.58, 1e-12)
  })

  test('that comes with the crash of its own session is not told again', () => {
    const { said } = lived({ facts: closes(100, 100, 40, 100), closed: upTo(3) })
    expect(said(2)).toEqual([])
    expect(said(3)).toEqual([])
  })

  test('that is told again and again is restated as often as it changes', () => {
    const { said } = lived({
      facts: [
        ...closes(100, 100),
        late(2, 40, 2.5),
        late(2, 40, 3.5),
        late(2, 50, 4.5),
        ...[3, 4, 5, 6].map((session) => ({ session, price: 100 })),
      ],
      closed: upTo(6),
    })
    expectRestated(said(3), { session: 2, was: 0, net: -0.3 }, { session: 3, was: 0, net: 0.3 / 0.7 })
    expect(said(4)).toEqual([])
    expectRestated(
      said(5),
      { session: 2, was: -0.3, net: -0.25 },
      { session: 3, was: 0.3 / 0.7, net: 0.25 / 0.75 },
    )
    expect(said(6)).toEqual([])
  })

  test('of a position that was closed for good before it came is no news', () => {
    const { said, observed } = lived({
      facts: [
        ...closes(100, 100),
        late(2, 40, 4.5),
        ...closes(1, 1, 1, 1, 1, 1).map((one) => ({ ...one, entity: 'B' })),
      ],
      closed: upTo(5),
      decide: () => [0.5, 0],
      delistAfterSessions: 3,
    })
    near(observed.get(4) ?? 0, 0.5 * -0.3, 1e-12)
    expect(upTo(5).flatMap(said)).toEqual([])
  })
})

describe('a split that comes late', () => {
  test('is no crash: what looked like one is taken back', () => {
    const { observed, said } = lived({
      facts: [...closes(100, 100, 50, 50, 50), { session: 2, split: 2, knownAt: 2.5 }],
      closed: upTo(4),
    })
    near(observed.get(2) ?? 0, -0.25, 1e-12)
    expectRestated(said(3), { session: 2, was: -0.25, net: 0 }, { session: 3, was: 0.5, net: 0 })
    expect(said(4)).toEqual([])
  })

  test('with the price that it is of is no crash, and a dividend is earned on its day', () => {
    const split = lived({
      facts: [...closes(100, 100), { ...late(2, 50, 2.5), split: 2 }, { session: 3, price: 50 }],
      closed: upTo(3),
    })
    expect(split.said(3)).toEqual([])
    const paid = lived({
      facts: [...closes(100, 100, 98, 98, 98), { session: 2, dividend: 2, knownAt: 2.5 }],
      closed: upTo(4),
    })
    expectRestated(
      paid.said(3),
      { session: 2, was: -0.01, net: 0 },
      { session: 3, was: 0.5 * (2 / 98), net: 0 },
    )
  })

  test('of a name that has no price until later is taken back when it is told', () => {
    const { said } = lived({
      facts: [...closes(100, 100, 50), { session: 2, split: 2, knownAt: 2.5 }, { session: 4, price: 50 }],
      closed: upTo(4),
    })
    expectRestated(said(3), { session: 2, was: -0.25, net: 0 })
    expectRestated(said(4), { session: 4, was: 0.5, net: 0 })
  })
})

describe('a price that was told wrong', () => {
  const wrong = closes(100, 100, 40, 100, 100)

  test('and corrected after its session is taken back, and so is the gain of the next', () => {
    const { observed, said } = lived({ facts: [...wrong, late(2, 100, 2.5)], closed: upTo(4) })
    near(observed.get(2) ?? 0, -0.3, 1e-12)
    near(observed.get(3) ?? 0, 0.75, 1e-12)
    expectRestated(said(3), { session: 2, was: -0.3, net: 0 }, { session: 3, was: 0.75, net: 0 })
    expect(said(4)).toEqual([])
  })

  test('and corrected before its session is decided never counts', () => {
    const { observed, said } = lived({
      facts: [...closes(100, 100), late(2, 40, 1.8), late(2, 100, 1.9), ...closes(1, 1, 1, 100).slice(3)],
      closed: upTo(3),
    })
    expect([...observed.values()]).toEqual([0, 0, 0])
    expect(said(3)).toEqual([])
  })
})

describe('a session that was never closed', () => {
  const facts = [
    ...closes(100, 100),
    late(2, 40, 3.5),
    ...[3, 4, 5].map((session) => ({ session, price: 100 })),
  ]

  test('is accounted when its data come', () => {
    const { said, observed } = lived({ facts, closed: [0, 1, 3, 4, 5] })
    expect([...observed.keys()]).toEqual([1, 3, 4, 5])
    expectRestated(said(4), { session: 2, was: null, net: -0.3 }, { session: 3, was: 0, net: 0.3 / 0.7 })
    expect(said(5)).toEqual([])
  })

  test('pays to borrow for its own days, and brings no name nearer to its closing', () => {
    const spec = { ...FREE, borrowBps: 3650 }
    const short = lived({ facts, closed: [0, 1, 3, 4], decide: () => [-0.5], spec })
    near(short.observed.get(3) ?? 0, -0.001, 1e-12)
    const [crash, rebound] = short.said(4)
    near(crash.net, 0.3 - 0.0005, 1e-12)
    // 0.2 of 1.3 were short of it through the rebound.
    near(rebound.net, (-0.2 / 1.3) * 1.5 - (0.2 / 1.3) * 0.001, 1e-12)
    const other = (session: number): Told => ({ entity: 'B', session, price: 100 })
    const quiet = lived({
      facts: [...closes(100, 100), { ...other(2), knownAt: 3.5 }, ...[0, 1, 3, 4, 5].map(other)],
      closed: [0, 1, 3, 4, 5],
      decide: () => [0.5, 0],
      delistAfterSessions: 3,
    })
    near(quiet.observed.get(5) ?? 0, -0.15, 1e-12)
    expect(quiet.said(5)).toEqual([])
  })

  test('before the book was there is none of its own', () => {
    const { said } = lived({ facts, closed: [3, 4, 5] })
    expect(said(4)).toEqual([])
  })
})

test(`what is older than ${HINDSIGHT_SESSIONS} sessions is accounted in the sum alone`, () => {
  const life = (sessionsAgo: number) => {
    const last = 80
    const day = last - sessionsAgo
    const facts = upTo(last).map((session) => ({ entity: 'B', session, price: 100 }))
    const held = upTo(day - 1).map((session) => ({ entity: 'A', session, price: 100 }))
    return lived({
      facts: [...facts, ...held, { ...late(day, 40, last - 0.5), entity: 'A' }],
      closed: upTo(last),
      decide: () => [0, 0.5],
    })
  }
  const [within, beyond] = [life(HINDSIGHT_SESSIONS - 1), life(HINDSIGHT_SESSIONS)]
  for (const { observed } of [within, beyond]) near(observed.get(80) ?? 0, -0.3, 1e-12)
  expectRestated(
    within.said(80),
    { session: 81 - HINDSIGHT_SESSIONS, was: 0, net: -0.3 },
    { session: 80, was: -0.3, net: 0 },
  )
  expect(beyond.said(80)).toEqual([])
})

/** Days of three names: their returns, by how many sessions each price is late, and what was decided. */
const days = fc.array(
  fc.array(
    fc.record({
      move: fc.constantFrom(-0.6, -0.05, 0, 0.02, 1.5),
      by: fc.constantFrom(0, 0, 0, 1, 2, 5),
      weight: fc.constantFrom(-0.3, 0, 0.2, 0.4),
    }),
    { minLength: 3, maxLength: 3 },
  ),
  { minLength: 4, maxLength: 30 },
)

/** Every price is told by the end, so that it is the truth that is known then. */
function told(story: readonly (readonly { move: number; by: number }[])[]) {
  const prices = [[100, 100, 100]]
  for (const [day, names] of story.entries())
    prices.push(names.map(({ move }, name) => prices[day][name] * (1 + move)))
  const last = prices.length + 5
  const by = (day: number, name: number): number => (day < 2 ? 0 : (story[day - 1]?.[name].by ?? 0))
  const price = (day: number, name: number): number => prices[Math.min(day, prices.length - 1)][name]
  const facts = upTo(last).flatMap((day) =>
    [0, 1, 2].map((name) => ({
      entity: 'ABC'[name],
      session: day,
      price: price(day, name),
      knownAt: by(day, name) === 0 ? day : day + by(day, name) - 0.5,
    })),
  )
  return { facts, price, by, last }
}

test('each session ends as a book that knew all prices at their session says, with what was decided and could be traded', () => {
  fc.assert(
    fc.property(days, (story) => {
      const { facts, price, by, last } = told(story)
      const decide = (day: number) => story[Math.min(day, story.length - 1)].map(({ weight }) => weight)
      const { known } = lived({ facts, closed: upTo(last), decide })
      let held = [0, 0, 0]
      for (let day = 1; day <= last; day++) {
        const moves = held.map((_, name) => price(day, name) / price(day - 1, name) - 1)
        const net = held.reduce((sum, weight, name) => sum + weight * moves[name], 0)
        near(known.get(day) ?? Number.NaN, net, 1e-9)
        const drifted = held.map((weight, name) => (net > -1 ? (weight * (1 + moves[name])) / (1 + net) : 0))
        held = drifted.map((weight, name) =>
          by(day, name) === 0 && net > -1 ? decide(day - 1)[name] : weight,
        )
      }
    }),
    { numRuns: 300 },
  )
})

test('what is not traded while its prices are late grows as it was observed to grow', () => {
  fc.assert(
    fc.property(days, (story) => {
      const { facts, last } = told(story)
      // Nothing comes in time until the last session: what was bought in session 1 is held.
      const hidden = facts.map((fact) =>
        fact.session < 2 || fact.session === last
          ? fact
          : { ...fact, knownAt: Math.max(fact.knownAt, fact.session + 0.5) },
      )
      const { known, observed } = lived({ facts: hidden, closed: upTo(last), decide: () => [0.3, 0.2, 0.4] })
      near(growth(known.values()), growth(observed.values()), 1e-9)
    }),
    { numRuns: 200 },
  )
})
