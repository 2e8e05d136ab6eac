/** How often an alarm is about nothing: tails that are told by their past, levels that share a budget, and chances that are those of the limits. */
import { describe, expect, test } from 'vitest'
import { levelOf } from '../../streams/monitoring/alert-rules.ts'
import {
  driftChance,
  driftOf,
  FALSE_ALARMS_A_YEAR,
  referenceOf,
} from '../../streams/monitoring/feature-drift.ts'
import { driftFindings, skillFindings } from '../../streams/monitoring/model-findings.ts'
import { discoveries } from '../../streams/monitoring/unusual.ts'
import { degreesOf, usualOf } from '../../streams/monitoring/usual.ts'
import { normals, xoshiro128 } from '../../streams/statistics/random.ts'
import { RULE } from '../support/alarm-feed.ts'
import { alarmSkill, type FigureCase } from '../support/alarm-skill.ts'
import { runOf } from '../support/small-platform.ts'

const SHAPE: FigureCase = { figures: 8, phi: 0, common: 0.3, tails: 'normal', history: 60, matters: 0.5 }

test.each([
  ['independent', SHAPE],
  ['persistent', { ...SHAPE, phi: 0.98 }],
  ['heavy-tailed', { ...SHAPE, tails: 't3' as const, phi: 0.5 }],
])('of figures that are %s five years have no more alarms than the budget', (_, shape) => {
  const { alarmsAYear, threeSigmaAYear, finds } = alarmSkill(shape, { years: 5, budget: 1, seed: 2 })
  expect(alarmsAYear).toBeLessThanOrEqual(1)
  // The customary rule alarms about nothing several times a year, and a gross fault is found all the same.
  expect(threeSigmaAYear).toBeGreaterThan(4)
  expect(finds[2]).toBeGreaterThan(0.4)
})

test('tails are as heavy as they show, within what so few moves can tell', () => {
  const uniform = xoshiro128(9)
  const normal = Array.from({ length: 20 }, () => normals(uniform, 60))
  const heavy = normal.map((some) =>
    some.map((z) => z / Math.sqrt(normals(uniform, 2).reduce((sum, one) => sum + one * one, 0) / 2)),
  )
  // Student's t with 2 degrees has the tail index 2.
  expect(degreesOf(heavy)).toBeGreaterThanOrEqual(2)
  expect(degreesOf(heavy)).toBeLessThan(3.5)
  expect(degreesOf(normal)).toBeGreaterThan(4.5)
  expect(degreesOf([])).toBe(6)
})

test('what walks is held against its last value, what comes back against its median, and few tell nothing', () => {
  const figure = { what: 'f', value: 1030, log: false, matters: 1 }
  const walk = Array.from({ length: 60 }, (_, at) => 970 + at + (at % 3))
  const [usual] = [usualOf({ values: walk, missed: 0 }, figure)]
  expect(usual).toMatchObject({ kind: 'measured', value: { usual: walk[59] } })
  const level = Array.from({ length: 60 }, (_, at) => 1000 + ((at * 37) % 11))
  expect(usualOf({ values: level, missed: 0 }, figure)).toMatchObject({ value: { usual: 1005 } })
  expect(usualOf({ values: level.slice(0, 20), missed: 0 }, figure)).toMatchObject({ kind: 'insufficient' })
})

test('a discovery is one by Benjamini & Yekutieli: the worked example of three chances', () => {
  // c(3) = 1 + 1/2 + 1/3; the thresholds of .05 are .05 i/(3 c(3)) = .00909, .01818, .02727.
  expect(discoveries(Float64Array.of(0.02, 0.009, 0.03), 0.05)).toEqual([false, true, false])
  expect(discoveries(Float64Array.of(0.018, 0.009, 0.0272), 0.05)).toEqual([true, true, true])
})

test('looks, checks and things share the budget of a rule', () => {
  const there = { datasets: ['a', 'b'], models: ['m'] }
  const looks = (of: Partial<typeof RULE>) => levelOf({ ...RULE, ...of }, there)
  expect(looks({ checks: ['range'] })).toBeCloseTo(1 / (252 * 2), 12)
  expect(looks({ checks: ['range', 'volume', 'skill'] })).toBeCloseTo(1 / (252 * 5), 12)
  expect(looks({ checks: ['range'], things: ['b'] })).toBeCloseTo(1 / 252, 12)
})

describe('feature drift', () => {
  const uniform = xoshiro128(4)
  const days = Array.from({ length: 1260 }, () => normals(uniform, 20))
  const reference = referenceOf(days, 2)
  if (reference.kind !== 'measured') throw new Error('no reference')
  const { psiLimit, ksLimit } = reference.value
  const level = FALSE_ALARMS_A_YEAR / (50 * 2 * 2)

  test('has at its limits the chance that they are the limits of', () => {
    // Each statistic has its level; the chance is of either.
    expect(driftChance(reference.value, { psi: psiLimit, ks: 0 })).toBeLessThanOrEqual(2 * level * 1.000001)
    expect(driftChance(reference.value, { psi: 0, ks: ksLimit })).toBeLessThanOrEqual(2 * level * 1.000001)
    expect(driftChance(reference.value, { psi: 0.09, ks: 0.09 })).toBe(1)
  })

  test('is one alarm of a model, with the features that drifted', async () => {
    const window = (shift: number) =>
      Float64Array.from(
        days.slice(-63).flatMap((day) => [...day]),
        (value) => value + shift,
      )
    const measured = [0, 2].map((shift, at) => {
      const drift = driftOf(reference.value, window(shift))
      if (drift.kind !== 'measured') throw new Error('no drift')
      return { feature: `f${at}`, ...drift.value, psiLimit, ksLimit, effectiveWindows: 19 }
    })
    const live = {
      ...{ model: 'm', artifact: 'a', promotion: 1, featureSet: 's', featureVersion: 1, dataset: 'd' },
      ...{ service: 'durable' as const, run: { ...runOf('momentum', 1, 'h'), features: ['f0', 'f1'] } },
    }
    const parts = {
      models: { inForce: () => live, trading: () => [live] },
      references: async () => [reference, reference],
    }
    const data = { model: 'm', currentRows: 1, referenceRows: 1, falseAlarmsAYear: 0.1, unjudged: [] }
    const { findings } = await driftFindings({ ...data, features: measured }, 0.02, parts)
    expect(findings.map(({ what }) => what.split(' ')[0])).toEqual(['f1'])
    expect((await driftFindings({ ...data, features: measured.slice(0, 1) }, 0.02, parts)).findings).toEqual(
      [],
    )
  })
})

test('skill is an alarm while the always-valid test has one', () => {
  const watched = {
    ...{ model: 'm', days: 30, sharpe: 0, expected: 1, deviation: 1, z: -1, breach: false, heldMean: 0 },
    ...{ eValue: 41, alarmAt: 40, alarm: true },
  }
  expect(skillFindings(watched).findings).toMatchObject([{ observed: 41, high: 40 }])
  expect(skillFindings({ ...watched, alarm: false }).findings).toEqual([])
})
