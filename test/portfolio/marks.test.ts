/** Returns by hand: what is missing, late, corrected, split, paid out, below zero or gone. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PriceFact } from '../../streams/portfolio/fact-queue.ts'
import { CLOSED, Marks, PRICED, UNPRICED } from '../../streams/portfolio/marks.ts'
import { near } from '../support/near.ts'

type Told = Partial<Omit<PriceFact, 'place'>> & Readonly<{ session: number; entity?: string }>

const RULE = { delistAfterSessions: 3, delistingReturn: -0.3 }

/** A session is known at its own number unless said otherwise. */
function marksOf(facts: readonly Told[], rule = RULE): Marks {
  const marks = new Marks(rule)
  const nothing = { price: Number.NaN, dividend: Number.NaN, split: Number.NaN, volume: Number.NaN }
  for (const { entity = 'A', ...fact } of facts)
    marks.learn({ entity, ...nothing, eventTime: fact.session, knownAt: fact.session, ...fact })
  return marks
}

/** The returns and states of the first entity, session by session. */
function stepped(facts: readonly Told[], sessions: number, rule = RULE) {
  const marks = marksOf(facts, rule)
  const steps = Array.from({ length: sessions }, (_, session) => marks.step(session, session))
  return { returns: steps.map(({ returns }) => returns[0]), states: steps.map(({ states }) => states[0]) }
}

const closes = (...prices: readonly number[]): Told[] =>
  prices.flatMap((price, session) => (Number.isNaN(price) ? [] : [{ session, price }]))

describe('a return', () => {
  test('is the whole move on the day the price is back, and nothing before', () => {
    const { returns, states } = stepped(closes(100, Number.NaN, 110, 121), 4)
    expect(returns.slice(0, 2)).toEqual([Number.NaN, Number.NaN])
    near(returns[2], 0.1, 1e-15)
    near(returns[3], 0.1, 1e-15)
    expect(states).toEqual([PRICED, UNPRICED, PRICED, PRICED])
  })

  test('counts a price that comes after the decision in the next session, and a correction in the session that learns of it', () => {
    const late = stepped(
      [...closes(100), { session: 1, price: 110, knownAt: 1.5 }, { session: 2, price: 121 }],
      3,
    )
    expect(late.returns[1]).toBeNaN()
    near(late.returns[2], 0.21, 1e-15)
    const corrected = stepped(
      [...closes(100, 110), { session: 1, price: 105, knownAt: 2 }, { session: 2, price: 120 }],
      3,
    )
    near(corrected.returns[1], 0.1, 1e-15)
    // From the mark that was accounted, not from the price that is now known to have been right.
    near(corrected.returns[2], 120 / 110 - 1, 1e-15)
  })

  test("is that of a share that was split 7 for 1: Apple's on 2014-06-09, from 645.57 to 93.70", () => {
    const { returns } = stepped([...closes(645.57, 93.7), { session: 1, split: 7 }], 2)
    near(returns[1], (93.7 * 7) / 645.57 - 1, 1e-15)
  })

  test('holds the dividend, also over a session without a price, and one that is told again only once', () => {
    const paid = { session: 1, dividend: 2 }
    near(stepped([...closes(100, 99), paid], 2).returns[1], 0.01, 1e-15)
    near(stepped([...closes(100, Number.NaN, 99), paid], 3).returns[2], 0.01, 1e-15)
    const again = stepped([...closes(100, 99, 99), paid, { ...paid, knownAt: 2 }], 3)
    near(again.returns[2], 0, 1e-15)
    const more = stepped([...closes(100, 99, 99), paid, { ...paid, dividend: 3, knownAt: 2 }], 3)
    near(more.returns[2], 1 / 99, 1e-15)
  })

  test('a dividend before a split is of the old share, one after it of each new one', () => {
    const facts = [...closes(100, Number.NaN, 49), { session: 1, dividend: 1 }, { session: 2, split: 2 }]
    near(stepped(facts, 3).returns[2], 0.99 - 1, 1e-15)
    const after = [...closes(100, Number.NaN, 49), { session: 1, split: 2 }, { session: 2, dividend: 1 }]
    near(stepped(after, 3).returns[2], 0, 1e-15)
  })

  describe('of a name that is split while it has no price', () => {
    const SPLIT = { session: 2, split: 2 }
    const rest = { session: 3, price: 50 }

    test('a late price of before the split is one of old shares', () => {
      const late = [...closes(100), { session: 1, price: 100, knownAt: 1.5 }, SPLIT, rest]
      expect(stepped(late, 4).returns.slice(2)).toEqual([0, 0])
    })

    test('so is a corrected one, and a dividend is earned when the price is without it', () => {
      const corrected = [...closes(100, 100), { session: 1, price: 101, knownAt: 2 }, SPLIT, rest]
      const { returns } = stepped(corrected, 4)
      near(returns[2], 0.01, 1e-15)
      near(returns[3], 100 / 101 - 1, 1e-15)
      const paid = { session: 2, dividend: 2 }
      const late = [...closes(100), { session: 1, price: 100, knownAt: 2 }, paid, { session: 3, price: 98 }]
      expect(stepped(late, 4).returns.slice(2)).toEqual([0, 0])
    })

    test('where every price comes a session late and splits are known ahead, nobody earns a split', () => {
      const told = [100, 100, 50, 50].map((price, session) => ({ session, price, knownAt: session + 0.5 }))
      const { returns } = stepped([...told, { ...SPLIT, knownAt: 0 }], 5)
      expect(returns.slice(2)).toEqual([0, 0, 0])
    })

    test('a split that was known before the first price counts when it comes', () => {
      expect(stepped([{ ...SPLIT, knownAt: 0 }, ...closes(100, 100, 50)], 3).returns.slice(1)).toEqual([0, 0])
    })

    test('closed before a price is back, it is worth its last price in old shares, and what was paid out since', () => {
      const gone = [...closes(100, 100), SPLIT, { session: 2, dividend: 5 }]
      near(stepped(gone, 5).returns[4], -0.25, 1e-15)
    })
  })

  describe('with actions that are told late', () => {
    test('holds a dividend of before a split by the shares of its time', () => {
      const facts = [
        ...closes(700, 700, 100, 100),
        { session: 2, split: 7 },
        { session: 1, dividend: 4.65, knownAt: 3 },
      ]
      near(stepped(facts, 4).returns[3], 4.65 / 700, 1e-15)
    })

    test('is the same in whatever order two of them are told', () => {
      const dividend = { session: 1, dividend: 20, knownAt: 3 }
      const split = { session: 2, split: 2, knownAt: 3 }
      const prices = closes(100, 100, 50, 50)
      for (const told of [
        [dividend, split],
        [split, dividend],
      ]) {
        const { returns } = stepped([...prices, ...told], 4)
        near(returns[2], -0.5, 1e-15)
        // 2 shares of 50 and the 20 that one share was paid, on the 50 that it was taken for.
        near(returns[3], (2 * 50 + 20 - 50) / 50, 1e-15)
      }
    })

    test('has nothing of what went ex before the position was there', () => {
      const late = [
        { session: 0, split: 2, knownAt: 2 },
        { session: 0, dividend: 5, knownAt: 2 },
      ]
      expect(stepped([...closes(Number.NaN, 100, 100, 100), ...late], 4).returns.slice(2)).toEqual([0, 0])
      const sameDay = late.map((one) => ({ ...one, session: 1 }))
      expect(stepped([...closes(Number.NaN, 100, 100, 100), ...sameDay], 4).returns.slice(2)).toEqual([0, 0])
    })
  })

  test('is measured on the last price above zero: oil on 2020-04-20, from 18.27 to -37.63 and back to 10.01', () => {
    const { returns } = stepped(closes(18.27, -37.63, 10.01, 13.78), 4)
    near(returns[1], -55.9 / 18.27, 1e-14)
    near(returns[2], 47.64 / 18.27, 1e-14)
    near(returns[3], 13.78 / 10.01 - 1, 1e-14)
  })
})

test('a name that stops trading is closed after so many sessions at its declared return; a later price begins anew', () => {
  const { returns, states } = stepped(
    [...closes(100, 50), { session: 6, price: 80 }, { session: 7, price: 88 }],
    8,
  )
  expect(states).toEqual([PRICED, PRICED, UNPRICED, UNPRICED, CLOSED, UNPRICED, PRICED, PRICED])
  near(returns[4], -0.3, 1e-15)
  expect(returns[6]).toBeNaN()
  near(returns[7], 0.1, 1e-15)
})

test('a late price of an old session does not begin the count of sessions without a price anew', () => {
  const late = { session: 1, price: 90, knownAt: 3 }
  expect(stepped([...closes(100), late], 6).states).toEqual([
    ...[PRICED, UNPRICED, UNPRICED, UNPRICED, CLOSED, UNPRICED],
  ])
})

test('a first price that is told when a position at it would be over begins none', () => {
  const { returns, states } = stepped(
    [
      { session: 0, price: 100, knownAt: 4 },
      { session: 6, price: 90 },
    ],
    7,
  )
  expect(states).toEqual([...Array(6).fill(UNPRICED), PRICED])
  expect(returns.every(Number.isNaN)).toBe(true)
})

test('a delisting return is lost of a price below zero too', () => {
  near(stepped(closes(20, -10), 5).returns[4], -0.15, 1e-15)
})

test('an action that is known ahead and taken back before its session is none; of what waits the one that became known last counts', () => {
  const told = [
    { session: 3, split: 2, knownAt: 0 },
    { session: 3, split: 1, knownAt: 1 },
  ]
  expect(stepped([...closes(100, 100, 100, 100), ...told], 4).returns.slice(1)).toEqual([0, 0, 0])
})

test('a price of before the closure that is told after it begins no position, and nothing is closed twice', () => {
  const late = { session: 2, price: 90, knownAt: 5 }
  const { returns, states } = stepped([...closes(100, 100), late], 10)
  expect(states).toEqual([PRICED, PRICED, UNPRICED, UNPRICED, CLOSED, ...Array(5).fill(UNPRICED)])
  expect(returns.slice(5).every(Number.isNaN)).toBe(true)
})

test('the price of a session is that of its greatest event time, whenever an earlier one is told', () => {
  const noon = { session: 1, eventTime: 0.5, price: 70 }
  const inTime = stepped([...closes(100, 110, 121), { ...noon, knownAt: 1 }], 3)
  const late = stepped([...closes(100, 110, 121), { ...noon, knownAt: 2 }], 3)
  for (const { returns } of [inTime, late]) {
    near(returns[1], 0.1, 1e-15)
    near(returns[2], 0.1, 1e-15)
  }
})

test('an old price that is told after a name was closed begins nothing', () => {
  const told = [...closes(100, 50), { session: 0, price: 90, knownAt: 5 }, { session: 6, price: 80 }]
  const { returns, states } = stepped(told, 7)
  expect(states).toEqual([PRICED, PRICED, UNPRICED, UNPRICED, CLOSED, UNPRICED, PRICED])
  expect(returns.slice(5)).toEqual([Number.NaN, Number.NaN])
})

const fact = fc.record({
  session: fc.integer({ min: 0, max: 12 }),
  lag: fc.integer({ min: 0, max: 5 }),
  price: fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 1, max: 9 }) }, fc.constant(Number.NaN)),
  dividend: fc.constantFrom(Number.NaN, 0, 1),
  split: fc.constantFrom(Number.NaN, 1, 2),
})

test('law: what becomes known later changes nothing earlier, in whatever order it is told', () => {
  fc.assert(
    fc.property(
      fc.array(fact, { minLength: 1, maxLength: 30 }),
      fc.integer({ min: 0, max: 12 }),
      (told, cut) => {
        const facts = told.map(({ lag, ...rest }) => ({ ...rest, knownAt: rest.session + lag }))
        const whole = stepped(facts, 13)
        const known = facts.filter(({ knownAt }) => knownAt <= cut)
        if (known.length === 0) return
        const then = stepped(known, cut + 1)
        expect(whole.returns.slice(0, cut + 1)).toEqual(then.returns)
        expect(whole.states.slice(0, cut + 1)).toEqual(then.states)
        const sorted = [...facts].sort((a, b) => a.knownAt - b.knownAt)
        expect(stepped(sorted, 13)).toEqual(whole)
      },
    ),
  )
})

test('law: a holder of one share earns the change of its price, whatever is missing in between', () => {
  const prices = fc.array(fc.option(fc.integer({ min: 1, max: 1000 }), { freq: 4, nil: Number.NaN }), {
    minLength: 2,
    maxLength: 20,
  })
  fc.assert(
    fc.property(prices, (all) => {
      const { returns } = stepped(closes(...all), all.length, { ...RULE, delistAfterSessions: 100 })
      const known = all.filter((price) => !Number.isNaN(price))
      const grown = returns.reduce((wealth, one) => (Number.isNaN(one) ? wealth : wealth * (1 + one)), 1)
      if (known.length > 0) near(grown, known[known.length - 1] / known[0], 1e-9 * grown)
    }),
  )
})
