/** A skill that decays, and returns that change: found within a stated time, and about nothing no more often than the budget. */
import { describe, expect, test } from 'vitest'
import { AlarmRaised } from '../../schemas/events/monitor.ts'
import { declareRule } from '../../serving/alerts.ts'
import { ingestRows } from '../../serving/ingest.ts'
import { replay } from '../../serving/replaying/replay.ts'
import { wireLane } from '../../serving/wire.ts'
import { changeFrom, detect, heldTo, isAlarm, NO_CHANGE } from '../../streams/monitoring/e-detector.ts'
import { earningScores, realizedOf, slopeOf } from '../../streams/monitoring/realized.ts'
import { normals, xoshiro128 } from '../../streams/statistics/random.ts'
import { RULE } from '../support/alarm-feed.ts'
import { decaySkill } from '../support/decay-skill.ts'
import { eventsOf } from '../support/memory-platform.ts'
import { act, closeDay, HISTORY_DAYS, judgedPlatform, MODEL, promoteRun } from '../support/small-platform.ts'
import { knownOf, NAMES, pricesOf, tableOf } from '../support/small-world.ts'

describe('the detector', () => {
  const past = normals(xoshiro128(2), 1000)
  const held = heldTo(past, { side: 'below' })
  if (held.kind !== 'measured') throw new Error('not held')

  test('is the recursion of Shin, Ramdas & Rinaldo over the factors of Delyon, by hand', () => {
    const plain = { side: 'below', usual: 0, mean: 0, deviation: 1, dependence: 1 } as const
    const once = detect(NO_CHANGE, -2, plain, 0.01)
    // λ ξ − λ² (ξ² + 2)/6 at ξ = 2: λ = .1 gives .19, λ = .4 gives .64.
    expect(once.evidence[1]).toBeCloseTo(Math.exp(0.19), 12)
    expect(once.evidence[3]).toBeCloseTo(Math.exp(0.64), 12)
    const twice = detect(once, -2, plain, 0.01)
    expect(twice.evidence[3]).toBeCloseTo(Math.exp(0.64) * (Math.exp(0.64) + 1), 12)
    expect(detect(twice, Number.NaN, plain, 0.01)).toBe(twice)
  })

  test('holds to less than the mean by its error, and to less still after many trials', () => {
    expect(held.value.mean).toBeLessThan(held.value.usual)
    const chosen = heldTo(past, { side: 'below', trials: 100 })
    expect(chosen.kind === 'measured' && chosen.value.mean).toBeLessThan(held.value.mean)
    const above = heldTo(past, { side: 'above' })
    expect(above.kind === 'measured' && above.value.mean).toBeCloseTo(
      2 * held.value.usual - held.value.mean,
      12,
    )
  })

  test('judges by no past that is short, stands still, or walks', () => {
    const walk = past.slice()
    for (let at = 1; at < walk.length; at++) walk[at] += walk[at - 1]
    for (const [of, reason] of [
      [past.subarray(0, 59), /^59 sessions/],
      [past.map(() => 3), /does not vary/],
      [walk, /walks/],
    ] as const)
      expect(heldTo(of, { side: 'below' })).toMatchObject({
        kind: 'insufficient',
        reason: expect.stringMatching(reason),
      })
  })

  test('tells where the change began, and is over once it is as it was', () => {
    const uniform = xoshiro128(8)
    const values = [...normals(uniform, 100), ...normals(uniform, 60).map((z) => z - 1.5)]
    let found = NO_CHANGE
    const alarms = values.flatMap((value, at) => {
      const before = isAlarm(found)
      found = detect(found, value, held.value, 1 / 252)
      return isAlarm(found) && !before ? [at] : []
    })
    expect(alarms).toHaveLength(1)
    expect(alarms[0]).toBeLessThan(120)
    expect(Math.abs(changeFrom(values, held.value) - 100)).toBeLessThan(6)
    let good = 0
    for (const value of normals(uniform, 252)) {
      if (!isAlarm(found)) break
      found = detect(found, value, held.value, 1 / 252)
      good++
    }
    expect(good).toBeLessThan(63)
    expect(found).toEqual(NO_CHANGE)
  })

  test.each([0, 0.5, 0.9])(
    'has, on an AR(1) with %f, no more alarms than the budget, and finds a shift',
    (phi) => {
      const { alarmsAYear, found } = decaySkill(
        { phi, pastDays: 756, shift: 1 },
        { models: 20, years: 5, seed: 3 },
      )
      expect(alarmsAYear).toBeLessThanOrEqual(1)
      // Stated in the README: half of them within 21, 40 and 140 sessions.
      expect(found.medianDays).toBeLessThanOrEqual({ 0: 30, 0.5: 55, 0.9: 200 }[phi] ?? 0)
    },
  )
})

describe('realized', () => {
  test('each return is held against the decisions whose labels hold it', () => {
    const before = [1, 2, 3, 4, 5].map((score) => Float64Array.of(score, score * 10))
    // Entered a session after the decision: that of the session before last earns for the first time.
    expect(earningScores(before, { entry: 1, held: 1 }, 2)).toEqual(Float64Array.of(4, 40))
    expect(earningScores(before, { entry: 1, held: 3 }, 3)).toEqual(Float64Array.of(3, 30, Number.NaN))
    expect(earningScores(before, { entry: 3, held: 3 }, 2)).toBeNull()
  })

  test('the coefficient is alphalens’s, ties by average ranks', () => {
    // alphalens's convention, the value by SciPy: spearmanr(1..8, r).
    const returns = Float64Array.of(0.01, -0.02, 0.03, 0.02, 0.05, 0.04, 0.01, 0.06)
    const scores = Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8)
    expect(realizedOf(scores, returns, 0).coefficient).toBeCloseTo(0.6227656561948945, 12)
    expect(realizedOf(scores.subarray(0, 2), returns, 0).coefficient).toBeNaN()
    const exact = returns.map((value) => 3 + 2 * value)
    const slope = slopeOf([[exact, returns]])
    expect(slope).toBeCloseTo(0.5, 12)
    expect(realizedOf(exact, returns, 0).residual).toBeGreaterThan(-2)
    expect(realizedOf(exact, returns, slope).residual).toBeLessThan(-15)
  })
})

describe('a model in force', () => {
  const CHECKS = ['information-coefficient', 'residuals'] as const
  const DAYS = 80
  const PRICES = pricesOf(HISTORY_DAYS + DAYS)
  type Move = (usual: number, latest: readonly number[]) => number

  /** What names earn after the promotion, by what they would have and by their latest prices, the newest first. */
  async function lived(moveOf: Move, days: number) {
    const platform = await judgedPlatform()
    await promoteRun(platform, 'small-h3-momentum')
    const rule = { ...RULE, rule: 'skill', checks: [...CHECKS], things: [MODEL], falseAlarmsAYear: 12 }
    await declareRule(platform, rule, act('rule', 'ops'))
    const prices = PRICES.map((day) => [...day])
    for (let day = HISTORY_DAYS; day < HISTORY_DAYS + days; day++) {
      prices[day] = NAMES.map((_, at) => {
        const latest = [1, 2, 3, 4, 5, 6].map((back) => prices[day - back][at])
        return latest[0] * (1 + moveOf(PRICES[day][at] / PRICES[day - 1][at] - 1, latest))
      })
      platform.moment.advanceTo(knownOf(day))
      const rows = tableOf(prices, day, day + 1)
      await ingestRows(platform, { dataset: 'small', source: `day ${day}`, rows, actor: 'feed' })
      await closeDay(platform, day)
    }
    const events = await eventsOf(platform.log)
    const raised = events.flatMap((event) => (AlarmRaised.is(event) ? [event] : []))
    return { platform, events, raised }
  }

  /** What rose in a week falls. */
  const reverting: Move = (usual, latest) => usual - 0.3 * (latest[0] / latest[5] - 1)

  test('that is as good as it was has no alarm', async () => {
    expect((await lived((usual) => usual, 60)).raised).toEqual([])
  })

  test('whose trends turn is an alarm within 80 sessions of its coefficient, with the predictions that show it; a replay says the same', async () => {
    const { platform, events, raised } = await lived(reverting, DAYS)
    const data = raised.find((event) => event.data.check === 'information-coefficient')?.data
    if (data === undefined) throw new Error('no alarm')
    const [coefficient, evidence] = data.findings
    expect(coefficient.observed).toBeLessThan(coefficient.low ?? Number.NaN)
    expect(coefficient.usual).toBeGreaterThan(0.1)
    expect(evidence.observed).toBeGreaterThanOrEqual(evidence.high ?? Number.NaN)
    const cited = new Set(data.restsOn.map((at) => events.find(({ position }) => position === at)?.type))
    expect([...cited]).toEqual(['prediction.Made'])
    const range = { from: 1, to: (await platform.log.head()).position }
    const { first, equal } = await replay(platform.log, wireLane.live(platform.chunks), range)
    expect(first).toBeNull()
    expect(equal[AlarmRaised.type]).toBe(raised.length)
  })

  test('in a regime of moves three times as large is, within 30 sessions, an alarm of its residuals', async () => {
    const { raised } = await lived((usual) => 3 * usual, 30)
    expect(raised.map(({ data }) => data.check)).toContain('residuals')
    const found = raised.find(({ data }) => data.check === 'residuals')?.data.findings[0]
    expect(found?.observed).toBeGreaterThan(2 * (found?.usual ?? Number.NaN))
  })
})
