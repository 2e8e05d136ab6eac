/** What a candidate adds to the models in force. */
import { expect, test } from 'vitest'
import type { Days } from '../../commands/gate/days.ts'
import { marginalValue } from '../../commands/gate/sections/marginal.ts'
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import { known } from '../support/known.ts'
import { daysAt } from '../support/sessions.ts'

const series = (from: number, of: (day: number) => number): Days => {
  const net = Float64Array.from({ length: 120 - from }, (_, k) => of(from + k))
  // As far apart as trading sessions: 252 a year.
  const moments = net.map((_, k) => Math.round((from + k) * 1.45) * MICROS_PER_DAY)
  return daysAt(moments, { net })
}
const own = (day: number) => 0.001 + 0.01 * Math.sin(day * day)
const candidate = series(0, own)
const near = {
  model: 'near',
  run: 'a',
  days: series(0, (d) => 0.0005 + 0.008 * Math.cos(3 * d * d) + 0.3 * own(d)),
}
const late = { model: 'late', run: 'b', days: series(20, (d) => 0.0007 + 0.012 * Math.sin(5 * d * d + 1)) }

/** Python 3's statistics module on the same series: correlation, and mean over stdev of the mean of scaled series. */
test('likeness over the sessions that two share, the mix over those that all share', () => {
  const found = known(marginalValue(candidate, [near, late]))
  expect(found.models.map(({ model, sessions }) => [model, sessions])).toEqual([
    ['near', 120],
    ['late', 100],
  ])
  expect(found.models[0].correlation).toBeCloseTo(0.3397709389871455, 12)
  expect(found.models[1].correlation).toBeCloseTo(-0.04870543699105353, 12)
  expect(found.sessions).toBe(100)
  expect(found.sharpeWithout).toBeCloseTo(2.102057576128492, 10)
  expect(found.sharpeWith).toBeCloseTo(3.154578361135811, 10)
})

test('a model that is in force already adds nothing, and is explained whole', () => {
  const doubled = { ...candidate, net: candidate.net.map((value) => 2 * value) }
  const found = known(marginalValue(doubled, [{ model: 'same', run: 'r', days: candidate }]))
  expect(found.models[0].correlation).toBeCloseTo(1, 12)
  expect(found.sharpeWith).toBeCloseTo(found.sharpeWithout ?? Number.NaN, 10)
  expect(found.explained).toBeCloseTo(1, 12)
  expect(found.alphaAnnual).toBeCloseTo(0, 12)
})

test('none in force, none with sessions in common, and two that are one: said, and nothing made up', () => {
  expect(marginalValue(candidate, [])).toMatchObject({ reason: 'no other model is in force' })
  const apart = {
    ...near,
    days: { ...near.days, sessions: near.days.sessions.map((session) => session + 1e4) },
  }
  expect(marginalValue(candidate, [apart])).toMatchObject({
    reason: expect.stringContaining('shares 30 sessions'),
  })
  const found = known(marginalValue(candidate, [near, apart]))
  expect(found.models.map(({ sessions, correlation }) => [sessions, correlation === null])).toEqual([
    [120, false],
    [0, true],
  ])
  const twice = known(marginalValue(candidate, [near, { ...near, model: 'again' }]))
  expect([twice.explained, twice.alphaT]).toEqual([null, null])
  expect(twice.sharpeWithout).toBeCloseTo(known(marginalValue(candidate, [near])).sharpeWithout ?? 0, 10)
})
