/** The trials of a family together. */
import { expect, test } from 'vitest'
import { familyOf, type TrialEvidence } from '../../commands/gate/family.ts'
import { probabilisticSharpe, trackRecord } from '../../commands/gate/psr.ts'
import { deflation } from '../../commands/gate/sections/deflation.ts'
import { overfitting } from '../../commands/gate/sections/overfitting.ts'
import { reality } from '../../commands/gate/sections/reality.ts'
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import { normals, xoshiro128 } from '../../streams/statistics/random.ts'
import { sharpeOf } from '../../streams/statistics/sharpe.ts'
import { known } from '../support/known.ts'
import { daysAt } from '../support/sessions.ts'

const net = normals(xoshiro128(1), 200)

/** A trial that traded from one day to another; its return of a day is that day's own. */
function trial(run: string, from: number, to: number, scale = 1): TrialEvidence {
  const returns = net.slice(from, to).map((value) => scale * value)
  const moments = returns.map((_, day) => (from + day) * MICROS_PER_DAY)
  const days = daysAt(moments, { net: returns })
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

test('a trial on other days, which leaves too few in common, is named with the remedy in every comparison', () => {
  const others = ['a', 'b', 'c'].map((run, k) => trial(run, 0, 200, 1 + k))
  const family = familyOf([...others.slice(0, 2), trial('eve', 190, 200), ...others.slice(2)])
  const sections = [family.effective, family.clusters, overfitting(family), reality(family, xoshiro128(1))]
  for (const section of sections)
    expect(section).toMatchObject({
      kind: 'insufficient',
      reason: expect.stringMatching(/10 days in common.*eve has 10 of the 200 days.*family without it/),
    })
  expect(familyOf([...others, trial('eve', 100, 200)]).incomparable).toBeNull()
  expect(familyOf([trial('eve', 190, 200)]).incomparable).toBeNull()
})

test('each trial has the false discovery rate at which it would be one; what has no ratio would never be', () => {
  const strong = trial('strong', 0, 200)
  const skilled = { ...strong, days: strong.days && { ...strong.days, net: net.map((value) => value + 0.5) } }
  const failed: TrialEvidence = { run: 'failed', family: 'made', status: 'failed', started: 9, days: null }
  const { adjustedP } = familyOf([skilled, trial('weak', 0, 200), trial('still', 0, 200, 0), failed])
  const p = 1 - known(probabilisticSharpe(known(trackRecord(skilled.days?.net ?? net)))).probability
  // Benjamini & Yekutieli: the least of four is multiplied by 4 (1 + 1/2 + 1/3 + 1/4).
  expect(adjustedP[0]).toBeCloseTo((4 * 25 * p) / 12, 14)
  expect(adjustedP[0]).toBeLessThan(0.05)
  expect([...adjustedP.slice(2)]).toEqual([1, 1])
})

test('a trial that never traded leaves no ratio, and is a trial all the same', () => {
  const family = familyOf([trial('one', 0, 200), trial('still', 0, 200, 0)])
  expect(family.trials).toHaveLength(2)
  expect(family.sharpes).toEqual(Float64Array.of(sharpeOf(net)))
})

test('trials without returns count whole among the effective ones: copies of the candidate hide nothing', () => {
  const failed = Array.from(
    { length: 97 },
    (_, k): TrialEvidence => ({ ...trial(`f${k}`, 0, 1), status: 'failed', days: null }),
  )
  const copies = [trial('one', 0, 200), trial('copy', 0, 200, 1.01), trial('still', 0, 200, 0)]
  const found = known(deflation(trackRecord(net), familyOf([...copies, ...failed])))
  const row = (basis: string) => found.rows.find((one) => one.basis === basis)
  expect(row('null-effective')?.trials).toBeCloseTo(99, 6)
  expect(row('null-effective')?.judged).toBe(true)
  expect(found.probability).toBeLessThanOrEqual(row('null-effective')?.probability ?? 0)
})
