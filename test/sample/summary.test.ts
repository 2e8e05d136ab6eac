/** The figures of the summary that are worked out there. */
import { expect, test } from 'vitest'
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import { liveSharpeOf } from '../../serving/sample/summary.ts'
import { damageText } from '../../serving/sealing.ts'
import { sharpeOf } from '../../streams/statistics/sharpe.ts'

const NET = Array.from({ length: 105 }, (_, k) => 0.001 + 0.01 * Math.sin(k * k))
const RATIO = sharpeOf(Float64Array.from(NET))

test.each([
  ['weekly', 7, 52],
  ['daily, weekends too', 1, 365],
  ['of the trading days of a year', 365.25 / 252, 252],
])('the live Sharpe ratio of %s outcomes is annual by their spacing', (_, apart, perYear) => {
  const days = NET.map((net, k) => ({ day: Math.round(k * apart) * MICROS_PER_DAY, net }))
  expect(liveSharpeOf(days)).toBeCloseTo(RATIO * Math.sqrt(perYear), 12)
})

test('fewer than two days, or days that do not vary, have none', () => {
  expect(liveSharpeOf([])).toBeNull()
  expect(liveSharpeOf([{ day: 0, net: 1 }])).toBeNull()
  expect(liveSharpeOf([0, 1, 2].map((k) => ({ day: k * MICROS_PER_DAY, net: 0.01 })))).toBeNull()
})

test('damage is counted in words', () => {
  expect([0, 1, 2].map(damageText)).toEqual(['no damage', '1 damage', '2 damages'])
})
