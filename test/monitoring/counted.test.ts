/** What the gate counts on thousands of paths is what the live monitors would say of each, to the alarm. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { alarmsOn, type Evidence, evidenceAgainst, observe } from '../../streams/monitoring/e-process.ts'
import { afterDay, NO_LOSSES, reachedOn } from '../../streams/monitoring/loss-limit.ts'
import { breachesIn, type WatchRule, watchHistory } from '../../streams/monitoring/sharpe-watch.ts'

const RUNS = Number(process.env.RUNS ?? 300)

const usual = fc.integer({ min: -500, max: 500 }).map((basisPoints) => basisPoints / 1e4)
const nasty = fc.oneof(
  fc.double(),
  fc.constantFrom(0, -0, 0.01, 1e-12, 1e-170, 1e6, -1e6, 1e155, Number.NaN, Number.POSITIVE_INFINITY, -1, -2),
)
const returns = fc.oneof(
  fc.array(usual, { minLength: 10, maxLength: 80 }),
  fc.array(fc.oneof({ arbitrary: usual, weight: 9 }, nasty), { minLength: 10, maxLength: 80 }),
  fc.array(fc.constantFrom(0.01, 0.010000000000000002, -0.01), { minLength: 10, maxLength: 80 }),
)
const series = returns.map((values) => Float64Array.from(values))

describe('what is counted quickly is what is said day by day', () => {
  test('breaches of the Sharpe rule, however near the limit', () => {
    const direction = fc.constantFrom<WatchRule['direction']>('below', 'either')
    const numbers = fc.tuple(
      fc.integer({ min: -5, max: 5 }),
      fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constantFrom(1e-9, 1e9)),
      fc.integer({ min: 2, max: 25 }),
      fc.integer({ min: 0, max: 12 }).map((quarters) => quarters / 4),
    )
    let found = 0
    fc.assert(
      fc.property(
        series,
        direction,
        numbers,
        (path, direction, [mean, deviation, windowDays, deviations]) => {
          const expected = { mean, deviation, windows: 100, periodsPerYear: 252 }
          const rule = { windowDays, deviations, direction }
          const breaches = watchHistory(path, expected, rule).filter(({ breach }) => breach).length
          expect(breachesIn(path, expected, rule)).toBe(breaches)
          // A limit that a window meets to the last bit.
          const z = watchHistory(path, expected, rule).find((day) => day.z !== null)?.z ?? 0
          const met = { ...rule, deviations: Math.abs(z) }
          const meets = watchHistory(path, expected, met).filter(({ breach }) => breach).length
          expect(breachesIn(path, expected, met)).toBe(meets)
          found += breaches + meets
        },
      ),
      { numRuns: RUNS, seed: 11 },
    )
    expect(found).toBeGreaterThan(RUNS)
  })

  test('alarms of the always-valid test', () => {
    const start = fc.tuple(
      fc.double({ min: -0.02, max: 0.05, noNaN: true }),
      fc.constantFrom(0.001, 0.01, 1e-300),
    )
    let found = 0
    fc.assert(
      fc.property(series, start, fc.constantFrom(1, 3), (path, [mean, deviation], dependence) => {
        const none: Evidence = { ...evidenceAgainst(mean, deviation), dependence }
        const last = path.reduce<Evidence>((evidence, net) => observe(evidence, net), none)
        expect(alarmsOn(path, none)).toBe(last.alarm)
        if (last.alarm) found++
      }),
      { numRuns: RUNS, seed: 12 },
    )
    expect(found).toBeGreaterThan(RUNS / 50)
  })

  test('loss limits', () => {
    const limit = fc.double({ min: 0.001, max: 0.2, noNaN: true })
    fc.assert(
      fc.property(series, limit, limit, (path, dayLoss, drawdown) => {
        const rule = { dayLoss, drawdown, fractionAfter: 0 }
        let losses = NO_LOSSES
        const reached = { day: false, drawdown: false }
        for (const net of path) {
          const [after, breaches] = afterDay(losses, net, rule)
          losses = after
          for (const breach of breaches) reached[breach.rule] = true
        }
        expect(reachedOn(path, rule)).toEqual(reached)
      }),
      { numRuns: RUNS, seed: 13 },
    )
  })
})
