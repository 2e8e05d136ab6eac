/** The trials of a family together. */
import { expect, test } from 'vitest'
import type { Days } from '../../commands/gate/days.ts'
import { familyOf, type TrialEvidence } from '../../commands/gate/family.ts'
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import { normals, xoshiro128 } from '../../streams/statistics/random.ts'
import { sharpeOf } from '../../streams/statistics/sharpe.ts'

const net = normals(xoshiro128(1), 200)

/** A trial that traded from one day to another; its return of a day is that day's own. */
function trial(run: string, from: number, to: number, scale = 1): TrialEvidence {
  const returns = net.slice(from, to).map((value) => scale * value)
  const none = new Float64Array(returns.length)
  const moments = returns.map((_, day) => (from + day) * MICROS_PER_DAY)
  const days: Days = { moments, gross: returns, cost: none, net: returns, turnover: none }
  return { run, family: 'made', status: 'finished', started: from + 1, days }
}

test('ratios across trials are of one length of history: the days that all who finished have', () => {
  const failed: TrialEvidence = { run: 'failed', family: 'made', status: 'failed', started: 9, days: null }
  const family = familyOf([trial('long', 0, 200), failed, trial('late', 60, 200, 2), trial('short', 0, 150)])
  const common = net.slice(60, 150)
  expect(family.trials).toHaveLength(4)
  expect(family.runs).toEqual(['long', 'late', 'short'])
  expect(family.returns).toEqual([common, common.map((value) => 2 * value), common])
  for (const sharpe of family.sharpes) expect(sharpe).toBeCloseTo(sharpeOf(common), 14)
})

test('a trial that never traded leaves no ratio, and is a trial all the same', () => {
  const family = familyOf([trial('one', 0, 200), trial('still', 0, 200, 0)])
  expect(family.trials).toHaveLength(2)
  expect(family.sharpes).toEqual(Float64Array.of(sharpeOf(net)))
})
