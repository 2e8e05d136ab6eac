/** Losses that come to light late: each counts once, as if it had been seen on its day. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { afterDay, NO_LOSSES } from '../../streams/monitoring/loss-limit.ts'
import {
  afterObserved,
  afterRestated,
  afterReview,
  type LossPath,
  newPath,
} from '../../streams/monitoring/loss-path.ts'
import { HINDSIGHT_SESSIONS } from '../../streams/portfolio/hindsight.ts'

const RULE = { dayLoss: 0.1, drawdown: 0.25, fractionAfter: 0 }

/** A model, from its promotion on; each act gives its breaches in words. */
function watched(first: typeof RULE | null = RULE) {
  let rule = first
  let path: LossPath = newPath(undefined)
  return {
    path: () => path,
    observe(session: number, net: number): string[] {
      const [after, found] = afterObserved(path, { session, net }, rule)
      path = after
      return found.map((one) => `${one.rule} ${one.loss.toFixed(3)}`)
    },
    restate(nets: Readonly<Record<number, number>>): string[] {
      const sessions = Object.entries(nets).map(([session, net]) => ({ session: Number(session), net }))
      const [after, found] = afterRestated(path, sessions, rule)
      path = after
      return found.map((one) => `${one.rule} ${one.loss.toFixed(3)} in ${one.session}`)
    },
    review() {
      path = afterReview(path)
    },
    limit(next: typeof RULE | null) {
      rule = next
    },
    promote() {
      path = newPath(path)
    },
  }
}

test('a crash that came with its rebound breaches on its own day, once', () => {
  const model = watched()
  expect(model.observe(1, 0)).toEqual([])
  expect(model.observe(2, 0)).toEqual([])
  expect(model.restate({ 1: -0.3, 2: 0.4286 })).toEqual(['day 0.300 in 1', 'drawdown 0.300 in 1'])
  expect(model.restate({ 1: -0.31 })).toEqual([])
  expect(model.path().now.wealth).toBeCloseTo(0.69 * 1.4286, 12)
})

test('a loss that was seen in the session that learned of it is not one again, and what was hidden beside it is', () => {
  const moved = watched()
  moved.observe(1, 0)
  expect(moved.observe(2, -0.3)).toEqual(['day 0.300', 'drawdown 0.300'])
  expect(moved.restate({ 1: -0.3, 2: 0 })).toEqual([])
  const hidden = watched()
  hidden.observe(1, 0)
  hidden.observe(2, 0)
  hidden.observe(3, -0.2)
  expect(hidden.restate({ 1: -0.2, 2: -0.15, 3: 0.15 })).toEqual(['day 0.150 in 2', 'drawdown 0.320 in 2'])
  const worse = watched()
  worse.observe(1, 0)
  worse.observe(2, -0.2)
  expect(worse.restate({ 1: -0.5, 2: 0.6 })).toEqual(['day 0.500 in 1', 'drawdown 0.500 in 1'])
})

test('a loss that was seen, answered and then moved to its day is not held against the model again', () => {
  const model = watched({ ...RULE, drawdown: 0.5 })
  model.observe(1, 0)
  expect(model.observe(2, -0.3)).toEqual(['day 0.300'])
  model.review()
  model.observe(3, 0)
  expect(model.restate({ 1: -0.3, 2: 0 })).toEqual([])
  // Beside a gain of the other names the loss of the day was a hair larger; beyond what was seen it must reach the limit.
  const beside = watched({ ...RULE, drawdown: 0.9 })
  beside.observe(1, 0)
  expect(beside.observe(2, -0.29)).toEqual(['day 0.290'])
  expect(beside.restate({ 1: -0.3, 2: 0.01 })).toEqual([])
  expect(beside.restate({ 1: -0.3, 2: -0.2 })).toEqual([])
})

test('limits that are tightened judge what comes to light from then on', () => {
  const model = watched({ ...RULE, drawdown: 0.9 })
  expect(model.observe(1, -0.08)).toEqual([])
  model.limit({ ...RULE, dayLoss: 0.05, drawdown: 0.9 })
  model.observe(2, 0)
  expect(model.restate({ 1: -0.6, 2: 1.3 })).toEqual(['day 0.600 in 1'])
  const none = watched(null)
  none.observe(1, -0.3)
  none.limit({ ...RULE, drawdown: 0.95 })
  expect(none.restate({ 1: -0.9, 2: 5 })).toContain('day 0.900 in 1')
  const fallen = watched({ ...RULE, drawdown: 0.2 })
  fallen.observe(1, -0.09)
  fallen.observe(2, -0.06)
  fallen.limit({ ...RULE, drawdown: 0.12 })
  expect(fallen.observe(3, 0.05)).toEqual([])
  expect(fallen.restate({ 2: -0.095, 3: 0.001 })).toEqual(['drawdown 0.176 in 2'])
  expect(fallen.observe(4, -0.09)).toEqual([])
})

test('a fall that was taken back hides none of a later day', () => {
  const model = watched({ ...RULE, drawdown: 0.08 })
  model.observe(1, 0)
  expect(model.observe(2, -0.085)).toEqual(['drawdown 0.085'])
  model.observe(3, 0.1)
  model.restate({ 2: 0, 3: 0 })
  for (let session = 4; session <= HINDSIGHT_SESSIONS + 2; session++) model.observe(session, 0)
  expect(model.restate({ 3: -0.085, 4: 0.1 })).toEqual(['drawdown 0.085 in 3'])
})

test('a wrong price that is taken back breaches nothing, and its breach stands', () => {
  const model = watched()
  model.observe(1, 0)
  expect(model.observe(2, -0.3)).toEqual(['day 0.300', 'drawdown 0.300'])
  model.observe(3, 0.75)
  expect(model.restate({ 2: 0, 3: 0 })).toEqual([])
  expect(model.path().now).toEqual({ wealth: 1, peak: 1, days: 3, drawdownBreached: false })
  // Told as at first after all: it was found then.
  expect(model.restate({ 2: -0.3, 3: 0.4286 })).toEqual([])
})

test('a slow fall that came late breaches the limit of a fall on the day that reached it', () => {
  const model = watched()
  for (const session of [1, 2, 3, 4, 5]) model.observe(session, 0)
  expect(model.restate({ 1: -0.09, 2: -0.09, 3: -0.09, 4: -0.09, 5: 0.45 })).toEqual(['drawdown 0.314 in 4'])
})

test('a session that was never accounted takes its place', () => {
  const model = watched()
  model.observe(1, 0)
  model.observe(3, 0)
  expect(model.restate({ 2: -0.3, 3: 0.4286 })).toEqual(['day 0.300 in 2', 'drawdown 0.300 in 2'])
  expect(model.path().days.map(({ session }) => session)).toEqual([1, 2, 3])
})

test('a review answers what was found, and not what comes to light after it', () => {
  const model = watched()
  model.observe(1, 0)
  expect(model.observe(2, -0.3)).toHaveLength(2)
  model.review()
  expect(model.path().now).toEqual(NO_LOSSES)
  expect(model.restate({ 2: -0.32 })).toEqual([])
  expect(model.path().now).toEqual(NO_LOSSES)
  model.observe(3, 0)
  expect(model.restate({ 1: -0.2, 3: 0.25 })).toEqual(['day 0.200 in 1'])
  // From the mark of the review on.
  expect(model.path().now.wealth).toBeCloseTo(1.25, 12)
})

test('what an earlier model did, and what is too old to be restated, is not held against it', () => {
  const model = watched()
  model.observe(1, 0)
  model.promote()
  expect(model.restate({ 1: -0.3 })).toEqual([])
  for (let session = 2; session < 3 + HINDSIGHT_SESSIONS; session++) model.observe(session, 0)
  expect(model.path().days).toHaveLength(HINDSIGHT_SESSIONS)
  expect(model.restate({ 2: -0.3 })).toEqual([])
  expect(model.restate({ 3: -0.3 })).toHaveLength(2)
})

const days = fc.array(fc.double({ min: -0.4, max: 0.4, noNaN: true }), { maxLength: 2 * HINDSIGHT_SESSIONS })

test('what is observed is judged day by day as before, whatever was let go of', () => {
  fc.assert(
    fc.property(days, (nets) => {
      const model = watched()
      let losses = NO_LOSSES
      for (const [session, net] of nets.entries()) {
        const [after, breaches] = afterDay(losses, net, RULE)
        losses = after
        expect(model.observe(session, net)).toEqual(
          breaches.map((one) => `${one.rule} ${one.loss.toFixed(3)}`),
        )
        expect(model.path().now).toEqual(losses)
      }
    }),
  )
})

test('days that are restated stand where they would had they been observed so, and nothing is found twice', () => {
  fc.assert(
    fc.property(days, fc.infiniteStream(fc.double({ min: -0.4, max: 0.4, noNaN: true })), (nets, others) => {
      const [late, prompt] = [watched(), watched()]
      for (const [session, net] of nets.entries()) {
        late.observe(session, others.next().value)
        prompt.observe(session, net)
        const oldest = Math.max(0, session - HINDSIGHT_SESSIONS + 1)
        const all = Object.fromEntries(
          nets.slice(oldest, session + 1).map((one, place) => [oldest + place, one]),
        )
        late.restate(all)
        expect(late.restate(all)).toEqual([])
      }
      expect(late.path().now.wealth).toBeCloseTo(prompt.path().now.wealth, 9)
      expect(late.path().now).toMatchObject({ days: prompt.path().now.days })
    }),
    { numRuns: 50 },
  )
})

test('without limits nothing is breached, and every day is known', () => {
  const [path, found] = afterRestated(
    afterObserved(newPath(undefined), { session: 1, net: 0 }, null)[0],
    [{ session: 1, net: -1 }],
    null,
  )
  expect(found).toEqual([])
  expect(path.now.wealth).toBe(0)
})
