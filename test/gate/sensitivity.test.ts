/** What the candidate depends on, by hand. */
import { expect, test } from 'vitest'
import { type Retraded, retradedStudy, sensitivity } from '../../commands/gate/sections/sensitivity.ts'
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import { insufficient, measured } from '../../streams/statistics/measured.ts'
import { normals, xoshiro128 } from '../../streams/statistics/random.ts'
import { sharpeOf } from '../../streams/statistics/sharpe.ts'
import { madeEvidence, policyOf, runSpec, studyIn } from '../support/gate.ts'
import { known } from '../support/known.ts'
import { near, nearRelative } from '../support/near.ts'
import { daysAt } from '../support/sessions.ts'

/** A session a day. */
const YEAR = Math.sqrt(365)
const gross = normals(xoshiro128(1), 300).map((z) => 0.002 + 0.01 * z)
const cost = gross.map((_, day) => 0.0005 + 0.0001 * (day % 3))
const net = gross.map((value, day) => value - cost[day])
const days = daysAt(
  net.map((_, day) => day * MICROS_PER_DAY),
  { net, gross, cost },
)

const trades: Retraded = {
  net: ({ delaySessions }) => net.map((_, day) => net[day - delaySessions] ?? 0),
  earnedByName: () =>
    new Map([
      ['A', 3],
      ['B', -2],
      ['C', 1],
      ['D', 6],
      ['E', 1],
      ['F', 0.5],
      ['G', 0.5],
    ]),
}

test('doubled costs, one session later, without the best ten days, and the names that earned it', () => {
  const found = known(sensitivity(days, measured(trades)))
  nearRelative(
    found.doubledCosts ?? 0,
    sharpeOf(gross.map((value, day) => value - 2 * cost[day])) * YEAR,
    1e-12,
  )
  const delayed = found.delayed.kind === 'measured' ? found.delayed.value : null
  expect(delayed?.sessions).toBe(1)
  nearRelative(delayed?.sharpeAnnual ?? 0, sharpeOf(Float64Array.of(0, ...net.subarray(0, -1))) * YEAR, 1e-12)
  const rest = [...net].sort((a, b) => a - b).slice(0, -10)
  nearRelative(found.withoutBestDays.sharpeAnnual ?? 0, sharpeOf(Float64Array.from(rest)) * YEAR, 1e-12)
  const [all, left] = [net, rest].map((values) => [...values].reduce((sum, value) => sum + value, 0))
  near(found.withoutBestDays.share ?? 0, 1 - left / all, 1e-12)
  // Of 10 in all, 6 and then 3, 1, 1 and .5; what B lost makes the five together more than the whole.
  expect(found.names).toMatchObject({
    value: { top1: 0.6, best: [{ name: 'D', share: 0.6 }, { name: 'A' }, {}, {}, {}] },
  })
  near(found.names.kind === 'measured' ? (found.names.value.top5 ?? 0) : 0, 1.15, 1e-12)
})

test('without trades that can be made again, and where nothing was earned', () => {
  const bare = known(sensitivity(days, insufficient('there is no study')))
  expect(bare.delayed).toEqual({ kind: 'insufficient', reason: 'there is no study' })
  expect(bare.doubledCosts).not.toBeNull()
  const lost = { ...trades, earnedByName: () => new Map([['A', -1]]) }
  expect(known(sensitivity(days, measured(lost))).names.kind).toBe('insufficient')
})

test('what is traded again is what was traded; skill that looks one day ahead is gone one day later', () => {
  const run = runSpec('a', ['x0'])
  const shape = { names: 8, days: 700, features: 1, seed: 4, skill: 0.3 }
  const oneDay = { ...run, portfolio: { ...run.portfolio, holdingDays: 1 } }
  const { evidence } = madeEvidence(shape, [oneDay], policyOf([]))
  const again = retradedStudy(studyIn(evidence), oneDay)
  expect([...again.net({ delaySessions: 0 })]).toEqual([...evidence.days.net])
  expect(sharpeOf(again.net({ delaySessions: 1 }))).toBeLessThan(sharpeOf(evidence.days.net) / 4)
  const earned = [...again.earnedByName().values()].reduce((sum, value) => sum + value, 0)
  nearRelative(
    earned,
    [...evidence.days.gross].reduce((sum, value) => sum + value, 0),
    1e-10,
  )
})
