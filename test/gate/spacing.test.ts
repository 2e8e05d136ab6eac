/** Annual figures follow from how far the sessions lie apart: weekly rows are weekly. */
import { expect, test } from 'vitest'
import { performance } from '../../commands/gate/sections/performance.ts'
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import { normals, xoshiro128 } from '../../streams/statistics/random.ts'
import { sharpeOf } from '../../streams/statistics/sharpe.ts'
import { known } from '../support/known.ts'
import { nearRelative } from '../support/near.ts'
import { daysAt } from '../support/sessions.ts'

const net = normals(xoshiro128(1), 400).map((value) => 0.001 + 0.01 * value)

test.each([
  ['every 7 days', 7, 52],
  ['every month of 30.4375 days', 30.4375, 12],
  ['daily, weekends too', 1, 365],
  ['every weekday but holidays', 365.25 / 251, 252],
])('returns %s are annual by %s days apart: %i of them a year', (_, apart, perYear) => {
  const moments = net.map((_value, day) => Math.round(day * apart) * MICROS_PER_DAY)
  const found = known(performance(daysAt(moments, { net })))
  expect(found.periodsPerYear).toBe(perYear)
  nearRelative(found.sharpeAnnual ?? 0, sharpeOf(net) * Math.sqrt(perYear))
  nearRelative(
    found.volatilityAnnual ?? 0,
    (found.sharpeDaily === null ? 0 : 1) * Math.sqrt(perYear) * sd(net),
  )
})

function sd(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1))
}
