/** Trials over the days of the candidate: what has holes keeps them, what cannot be compared counts whole. */
import { expect, test } from 'vitest'
import { alignedTrials } from '../../commands/gate/aligned.ts'
import type { Days } from '../../commands/gate/days.ts'
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import { normals, xoshiro128 } from '../../streams/statistics/random.ts'
import { daysAt } from '../support/sessions.ts'

const net = normals(xoshiro128(1), 200)

function daysFrom(from: number, to: number): Days {
  const returns = net.slice(from, to)
  return daysAt(
    returns.map((_, day) => (from + day) * MICROS_PER_DAY),
    { net: returns },
  )
}
const trial = (run: string, days: Days | null) =>
  ({ run, family: 'made', status: days === null ? 'failed' : 'finished', started: 1, days }) as const

test('few days in common, no days, a return that is missing', () => {
  const whole = daysFrom(0, 200)
  const holed = { ...whole, net: net.map((value, day) => (day === 9 ? Number.NaN : value)) }
  const trials = [
    trial('a', whole),
    trial('few', daysFrom(190, 200)),
    trial('half', daysFrom(100, 200)),
    trial('failed', null),
    trial('holed', holed),
    trial('b', whole),
  ]
  const { runs, candidate, columns, uncounted } = alignedTrials('b', whole, trials)
  expect(runs).toEqual(['a', 'half', 'b'])
  expect([candidate, uncounted]).toEqual([2, 3])
  expect([...columns[1].subarray(98, 102)]).toEqual([Number.NaN, Number.NaN, net[100], net[101]])
})

test('a candidate that is not among the trials counts too', () => {
  expect(alignedTrials('x', daysFrom(0, 200), [trial('a', daysFrom(0, 200))])).toMatchObject({
    runs: ['x', 'a'],
    candidate: 0,
    uncounted: 0,
  })
})
