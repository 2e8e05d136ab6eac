/** The loss limits: one day, and the fall from the high-water mark. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { maxDrawdown } from '../../commands/gate/drawdown.ts'
import { beginEvidence, observe } from '../../streams/monitoring/e-process.ts'
import { afterDay, type LossBreach, NO_LOSSES } from '../../streams/monitoring/loss-limit.ts'
import { expectationOf, watch } from '../../streams/monitoring/sharpe-watch.ts'
import { normals, xoshiro128 } from '../../streams/statistics/random.ts'
import { cell } from '../support/holes.ts'

const RULE = { dayLoss: 0.1, drawdown: 0.25, fractionAfter: 0 }

function breaches(...nets: readonly number[]): readonly (readonly LossBreach[])[] {
  let losses = NO_LOSSES
  return nets.map((net) => {
    const [after, found] = afterDay(losses, net, RULE)
    losses = after
    return found
  })
}

const day = (loss: number): LossBreach => ({ rule: 'day', loss, limit: 0.1 })

test.each([-0.5, -1])(
  'one day of %d is caught on the day, where the 21-day rule and the always-valid test see nothing',
  (net) => {
    const backtest = normals(xoshiro128(1), 1260).map((z) => 0.01 * (z + 0.06))
    const rule = { windowDays: 21, deviations: 2, direction: 'below' } as const
    const expected = expectationOf(backtest, rule)
    if (expected === null) throw new Error('no expectation')
    const window = normals(xoshiro128(2), 21).map((z) => 0.01 * (z + 0.06))
    window[20] = net
    expect(watch(window, expected, rule).breach).toBe(false)
    expect(observe(beginEvidence(backtest, { trials: 1 }), net).alarm).toBe(false)
    expect(breaches(net)).toEqual([[day(-net), { rule: 'drawdown', loss: -net, limit: 0.25 }]])
  },
)

test.each([0.1, 0.15, 0.2, 0.25, 0.3, 0.35])(
  'a fall of exactly %d reaches a drawdown limit of as much',
  (limit) => {
    const [, found] = afterDay(NO_LOSSES, -limit, { dayLoss: 0.9, drawdown: limit, fractionAfter: 0 })
    expect(found.map(({ rule }) => rule)).toEqual(['drawdown'])
  },
)

test('a day at its limit breaches, each day anew; a fall breaches when it reaches its limit, once until it was smaller', () => {
  expect(breaches(-0.0999, -0.1)).toEqual([[], [day(0.1)]])
  // From 1.2 to .8749, 27.1 % below the mark; back to 1.0004, 16.6 % below; and down to .8873, 26.1 % below.
  const fall = breaches(0.2, -0.09, -0.09, -0.09, -0.0325, -0.01, 0.1, 0.05, -0.095, -0.02)
  expect(fall.map((found) => found.map(({ rule }) => rule))).toEqual([
    [],
    [],
    [],
    [],
    ['drawdown'],
    [],
    [],
    [],
    [],
    ['drawdown'],
  ])
  expect(fall[4][0].loss).toBeCloseTo(1 - 0.91 ** 3 * 0.9675, 12)
})

test('the fall is the drawdown of wealth, with the first day counted', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: -0.9, max: 0.9, noNaN: true }), { maxLength: 30 }), (nets) => {
      const reached = breaches(...nets)
        .flat()
        .some(({ rule }) => rule === 'drawdown')
      const worst = nets.length === 0 ? 0 : -maxDrawdown(Float64Array.from(nets))
      // Not at the limit itself, where the two may round otherwise.
      if (Math.abs(worst - RULE.drawdown) > 1e-9) expect(reached).toBe(worst > RULE.drawdown)
    }),
  )
})

test('on any returns, holes and total losses, every number is finite and a hole changes nothing', () => {
  fc.assert(
    fc.property(fc.array(cell, { maxLength: 30 }), (nets) => {
      let losses = NO_LOSSES
      for (const net of nets) {
        const [after, found] = afterDay(losses, net, RULE)
        if (Number.isNaN(net)) expect(after).toBe(losses)
        expect(after.wealth >= 0 && after.wealth <= after.peak && after.peak < Number.POSITIVE_INFINITY).toBe(
          true,
        )
        for (const { loss } of found) expect(loss > 0 && loss < Number.POSITIVE_INFINITY).toBe(true)
        losses = after
      }
    }),
  )
})

test('without limits nothing is breached, and a wealth of nothing stays nothing', () => {
  expect(afterDay(NO_LOSSES, -1, null)).toEqual([
    { wealth: 0, peak: 1, days: 1, drawdownBreached: false },
    [],
  ])
  expect(breaches(-1, 5, -0.01)).toEqual([[day(1), { rule: 'drawdown', loss: 1, limit: 0.25 }], [], []])
  expect(breaches(-3)[0][0]).toEqual(day(3))
})
