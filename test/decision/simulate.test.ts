/** Capital rules along a path: each cut, what it withheld adds up, and what they find where the truth is known. */
import fc from 'fast-check'
import { assert, expect, test } from 'vitest'
import { knownTruth } from '../../commands/capital/known-truth.ts'
import { type CapitalRules, type Held, simulate } from '../../commands/capital/simulate.ts'
import { evidenceAgainst } from '../../streams/monitoring/e-process.ts'
import { normals, xoshiro128 } from '../../streams/statistics/random.ts'

const NONE: CapitalRules = { sharpe: null, losses: null, ladder: null }
const LOSSES = { dayLoss: 0.1, drawdown: 0.25, fractionAfter: 0.5 }
const LADDER = { steps: [1, 0.5, 0.25, 0], raiseAfterDays: 3 }
/** Independent days with a mean of 10 bps and a deviation of 1 %. */
const HELD: Held = { expected: null, none: evidenceAgainst(0.001, 0.01) }
const run = (net: readonly number[], rules: Partial<CapitalRules>, reviewAfter = 2) =>
  simulate(Float64Array.from(net), { ...NONE, ...rules }, { held: HELD, reviewAfter })

test('a cut holds from the next session to its review, and what it withheld is worked out by hand', () => {
  const found = run([0.01, -0.1, 0.02, -0.04, 0.03], { losses: LOSSES })
  expect([...found.fraction]).toEqual([1, 1, 0.5, 0.5, 1])
  const [cut] = found.cuts
  expect(found.cuts).toHaveLength(1)
  expect(cut).toMatchObject({ at: 1, cause: 'day', value: 0.1, from: 1, to: 0.5, until: 4 })
  // Half of 2 % - 4 %: it saved one percent of full capital.
  expect(cut.withheld).toBeCloseTo(-0.01, 12)
  expect([found.full, found.earned]).toEqual([expect.closeTo(-0.08, 12), expect.closeTo(-0.07, 12)])
})

test('the ladder goes down a step for each alarm, and up a step at a time', () => {
  // The evidence of 1 % lost each day passes its alarm after the same days each time: it begins anew.
  const found = run(Array(60).fill(-0.01), { ladder: LADDER }, 1_000)
  const steps = found.cuts.map(({ from, to }) => [from, to])
  expect(steps).toEqual([
    [1, 0.5],
    [0.5, 0.25],
    [0.25, 0],
  ])
  const [first, second, third] = found.cuts.map(({ at }) => at)
  expect([second - first, third - second]).toEqual([first + 1, first + 1])
  const calm = run([...Array(first + 1).fill(-0.01), ...Array(12).fill(0.01)], { ladder: LADDER })
  // One step down is one step up: the review gives all of it back.
  expect([...calm.fraction.slice(first, first + 5)]).toEqual([1, 0.5, 0.5, 1, 1])
  const deep = run(
    [...Array(second + 1).fill(-0.01), ...Array(12).fill(0.01)],
    { ladder: LADDER },
    second - first + 1,
  )
  expect([...deep.fraction.slice(second, second + 7)]).toEqual([0.5, 0.25, 0.5, 0.5, 0.5, 1, 1])
})

test('what cuts withheld is what was not earned, whatever the path and the rules', () => {
  const rules = fc.record({
    sharpe: fc.constantFrom(null, {
      windowDays: 5,
      deviations: 1,
      direction: 'below' as const,
      fractionAfter: 0.5,
    }),
    losses: fc.constantFrom(null, { dayLoss: 0.02, drawdown: 0.05, fractionAfter: 0.3 }),
    ladder: fc.constantFrom(null, LADDER),
  })
  const held = { ...HELD, expected: { mean: 1, deviation: 2, windows: 100, periodsPerYear: 252 } }
  const day = fc.oneof(fc.double({ min: -0.1, max: 0.1, noNaN: true }), fc.constant(Number.NaN))
  fc.assert(
    fc.property(
      fc.array(day, { maxLength: 60 }),
      rules,
      fc.integer({ min: 1, max: 10 }),
      (net, own, reviewAfter) => {
        const found = simulate(Float64Array.from(net), own, { held, reviewAfter })
        const withheld = found.cuts.reduce((sum, cut) => sum + cut.withheld, 0)
        expect(found.full - found.earned).toBeCloseTo(withheld, 10)
        for (const { from, to } of found.cuts) expect(to).toBeLessThan(from)
        expect(found.fraction.every((value) => value >= 0 && value <= 1)).toBe(true)
        // Nothing is known of a session before it is over.
        const shorter = simulate(Float64Array.from(net.slice(0, -1)), own, { held, reviewAfter })
        expect([...found.fraction.slice(0, shorter.fraction.length)]).toEqual([...shorter.fraction])
      },
    ),
    { numRuns: 60 },
  )
})

test('the always-valid ladder hardly ever cuts what is as its backtest, and finds what has turned', () => {
  const backtest = normals(xoshiro128(3), 1_500).map((z) => 0.001 + 0.01 * z)
  const found = knownTruth(backtest, { ...NONE, ladder: LADDER }, { held: HELD, reviewAfter: 5, paths: 100 })
  assert(found.kind === 'measured')
  const share = (truth: string) => found.value.rows.find((row) => row.truth === truth)?.within.at(-1)?.share
  expect(share('works')).toBeLessThan(0.1)
  expect(share('turned')).toBeGreaterThan(0.6)
  // Of what lost money it withheld losses; of what works nothing is saved beyond chance.
  const turned = found.value.rows.find((row) => row.truth === 'turned')
  expect(turned?.withheld).toBeLessThan(-2 * (turned?.error ?? 0))
})
