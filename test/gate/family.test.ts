/** The trials of a family together. */
import { expect, test } from 'vitest'
import type { Days } from '../../commands/gate/days.ts'
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

const daysOf = ({ days }: TrialEvidence): Days => {
  if (days === null) throw new Error('it did not finish')
  return days
}

test("trials are compared over the candidate's sessions, on which a trial that was not held out earned nothing", () => {
  const failed: TrialEvidence = { run: 'failed', family: 'made', status: 'failed', started: 9, days: null }
  const long = trial('long', 0, 200)
  const family = familyOf([long, failed, trial('late', 60, 200, 2), trial('short', 0, 150)], daysOf(long))
  expect(family.trials).toHaveLength(4)
  expect(family.runs).toEqual(['long', 'late', 'short'])
  expect(family.shared).toEqual([200, 140, 150])
  expect(family.returns).toEqual([
    net,
    net.map((value, day) => (day < 60 ? 0 : 2 * value)),
    net.map((value, day) => (day < 150 ? value : 0)),
  ])
  const expected = [net, net.slice(60), net.slice(0, 150)].map(sharpeOf)
  for (const [k, sharpe] of family.sharpes.entries()) expect(sharpe).toBeCloseTo(expected[k], 14)
})

/** The mean over its error: what a test of one trial rests on. */
const tOf = (returns: Float64Array): number => Math.sqrt(returns.length) * sharpeOf(returns)

test('sessions without a position leave the t-statistic of a trial what it is over the sessions that it has', () => {
  const [, late] = familyOf([trial('long', 0, 200), trial('late', 60, 200)]).returns
  const own = tOf(net.slice(60))
  // The squares about a mean that is nearly 0 hardly change: 1/sqrt(1 + t²/n (1 - f)/f) is the whole difference.
  expect(Math.abs(tOf(late) / own - 1)).toBeLessThan(0.01)
})

test('trials on few sessions, on none, or with a hole hide nobody, and are trials all the same', () => {
  const others = ['a', 'b', 'c'].map((run, k) => trial(run, 0, 200, 1 + k))
  const holed = trial('holed', 0, 200, 3)
  const hole = daysOf(holed).net.map((value, day) => (day === 50 ? Number.NaN : value))
  const broken = { ...holed, days: { ...daysOf(holed), net: hole } }
  const shift = (one: TrialEvidence): TrialEvidence => ({
    ...one,
    days: { ...daysOf(one), sessions: daysOf(one).sessions.map((session) => session + 1000) },
  })
  const family = familyOf(
    [...others, trial('eve', 190, 200), shift(trial('elsewhere', 0, 200)), broken],
    daysOf(others[0]),
  )
  expect(family.trials).toHaveLength(6)
  expect(family.shared).toEqual([200, 200, 200, 10, 0, 199])
  expect(family.incomparable).toBeNull()
  for (const section of [
    family.effective,
    family.clusters,
    overfitting(family),
    reality(family, xoshiro128(1)),
  ])
    expect(section.kind).toBe('measured')
  expect(family.sharpes, 'ten sessions make no ratio').toHaveLength(4)
})

test('of the candidate itself nothing is filled in, and few sessions are few', () => {
  const own = trial('own', 0, 200)
  const holed: Days = { ...daysOf(own), net: net.map((value, day) => (day === 3 ? Number.NaN : value)) }
  for (const [candidate, reason] of [
    [holed, /no return on 1 of its days/],
    [daysOf(trial('brief', 190, 200)), /10 sessions, at least 30/],
  ] as const) {
    const family = familyOf([own, { ...own, run: 'candidate', days: candidate }], candidate)
    for (const section of [
      family.effective,
      family.clusters,
      overfitting(family),
      reality(family, xoshiro128(1)),
    ])
      expect(section).toMatchObject({ kind: 'insufficient', reason: expect.stringMatching(reason) })
  }
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
