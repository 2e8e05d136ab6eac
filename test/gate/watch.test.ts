/** What the gate's report says of the rules that would watch a candidate. */
import { expect, test } from 'vitest'
import { watchAlarms } from '../../commands/gate/sections/watch.ts'
import { normals, xoshiro128 } from '../../streams/statistics/random.ts'
import { known } from '../support/known.ts'
import { near } from '../support/near.ts'
import { SMALL_POLICY } from '../support/small-platform.ts'

const LIMITS = { dayLoss: 0.1, drawdown: 0.25, fractionAfter: 0 }
const rules = (losses: typeof LIMITS | null) => ({
  sharpe: { windowDays: 21, deviations: 2, direction: 'below', fractionAfter: 0.5 } as const,
  losses,
})
const alarms = (net: Float64Array, losses: typeof LIMITS | null = LIMITS) =>
  known(watchAlarms({ net, periodsPerYear: 252, trials: 1 }, rules(losses), [xoshiro128(1), xoshiro128(2)]))

const calm = normals(xoshiro128(7), 504).map((z) => 0.005 * z)

test('how often the loss limits are reached on paths of the backtest', () => {
  expect(alarms(calm).losses).toEqual({ ...LIMITS, anyDay: 0, anyDrawdown: 0, either: 0 })
  // One day in 504 loses 12 %: a path of 252 days holds it with a chance of 1 - (1 - 1/504)^252.
  const once = calm.slice().fill(-0.12, 100, 101)
  const found = alarms(once).losses
  near(found?.anyDay ?? 0, 1 - (1 - 1 / 504) ** 252, 0.06)
  expect(found?.either).toBeGreaterThanOrEqual(found?.anyDay ?? 1)
  // One in 504 loses everything: whatever path holds it falls, too.
  const total = alarms(calm.slice().fill(-1, 100, 101)).losses
  expect(total?.anyDrawdown).toBe(total?.anyDay)
})

test('a policy without limits has none to report; a hole in the backtest is no figure', () => {
  expect(alarms(calm, null).losses).toBeNull()
  const holed = calm.slice().fill(Number.NaN, 3, 4)
  const found = watchAlarms({ net: holed, periodsPerYear: 252, trials: 1 }, SMALL_POLICY, [
    xoshiro128(1),
    xoshiro128(2),
  ])
  expect(found.kind).toBe('insufficient')
})
