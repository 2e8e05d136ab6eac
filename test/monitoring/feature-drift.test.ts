/** Drift of a feature: what is seen, what is not judged, and how often nothing is called something. */
import { describe, expect, test } from 'vitest'
import {
  driftOf,
  FALSE_ALARMS_A_YEAR,
  LEAST_WINDOWS,
  referenceOf,
  WINDOW_DAYS,
} from '../../streams/monitoring/feature-drift.ts'
import { gapLimit, logLimit, scaleOf, spreadOf } from '../../streams/monitoring/window-null.ts'
import { meanOf, sdOf } from '../../streams/statistics/moments.ts'
import { normals, xoshiro128 } from '../../streams/statistics/random.ts'
import { known } from '../support/known.ts'
import { driftSkill } from '../support/monitor-skill.ts'
import { near, nearRelative } from '../support/near.ts'

const NAMES = 20
const DAYS = 1260
const uniform = xoshiro128(4)
const noise = Array.from({ length: DAYS }, () => normals(uniform, NAMES))

const daysOf = (value: (day: number, name: number) => number, days = DAYS) =>
  Array.from({ length: days }, (_, day) =>
    Float64Array.from({ length: NAMES }, (__, name) => value(day, name)),
  )
const rowsOf = (value: (row: number) => number) =>
  Float64Array.from({ length: WINDOW_DAYS * NAMES }, (_, row) => value(row))
const reference = (days: readonly Float64Array[]) => known(referenceOf(days, 1))
const found = (days: readonly Float64Array[], window: Float64Array) => known(driftOf(reference(days), window))

describe('where many rows share a value', () => {
  const constant = daysOf(() => 1)
  /** Set for all names one day in twenty, and one name in twenty on all days. */
  const flagByDay = daysOf((day) => Number(day % 20 === 7))
  const flagByName = daysOf((_, name) => Number(name === 3))

  test.each([
    ['a constant 1 that becomes 5', constant, rowsOf(() => 5)],
    ['a constant 1 that becomes -5', constant, rowsOf(() => -5)],
    ['a constant 1 that becomes a hair more', constant, rowsOf(() => 1 + Number.EPSILON)],
    ['a constant 1 that becomes noise about 1', constant, rowsOf((row) => 1 + Math.sin(row))],
    ['a flag of one day in twenty that is always set', flagByDay, rowsOf(() => 1)],
    ['a flag of one name in twenty that is always set', flagByName, rowsOf(() => 1)],
    [
      'a flag of one name in twenty that becomes 2 where it is set',
      flagByName,
      rowsOf((row) => (row % 4 ? 0 : 2)),
    ],
    ['noise that stands still', noise, rowsOf(() => noise[0][0])],
    ['a constant 1 that is missing', constant, rowsOf(() => Number.NaN)],
    [
      'noise of which half is missing',
      noise,
      rowsOf((row) => (row % 2 ? Number.NaN : noise[row % 60][row % 20])),
    ],
  ])('%s has drifted', (_, days, window) => {
    expect(found(days, window)).toMatchObject({ drifted: true })
  })

  test.each([
    ['a constant', constant, rowsOf(() => 1)],
    ['a flag by day', flagByDay, rowsOf((row) => Number(Math.floor(row / NAMES) % 20 === 2))],
    ['a flag by name', flagByName, rowsOf((row) => Number(row % NAMES === 3))],
    ['noise', noise, normals(xoshiro128(99), WINDOW_DAYS * NAMES)],
    ['noise with one wild row', noise, normals(xoshiro128(98), WINDOW_DAYS * NAMES).fill(1e12, 5, 6)],
  ])('%s that goes on has not', (_, days, window) => {
    expect(found(days, window)).toMatchObject({ drifted: false })
  })
})

test('what is missing has no part in the distance, and a bin of its own in the index', () => {
  const holes = noise.map((day) => day.map((value, name) => (name % 4 === 0 ? Number.NaN : value)))
  const same = rowsOf((row) => (row % 4 === 0 ? Number.NaN : noise[row % 61][row % 20]))
  const { psi, ks, drifted } = found(holes, same)
  expect(drifted).toBe(false)
  expect(psi).toBeLessThan(0.05)
  expect(ks).toBeLessThan(0.1)
})

test('a window that lost most of its rows is not judged; one that lost most of its values is not judged by KS', () => {
  const frozen = reference(noise)
  expect(driftOf(frozen, new Float64Array())).toMatchObject({ kind: 'insufficient' })
  expect(driftOf(frozen, rowsOf(() => 9).subarray(0, 600))).toMatchObject({
    kind: 'insufficient',
    reason: 'the latest 63 days have 600 rows of it, at least 630 are needed',
  })
})

test('a reference that is too short, or moves too slowly, is not judged by', () => {
  const least = LEAST_WINDOWS * WINDOW_DAYS
  expect(referenceOf(noise.slice(0, least - 1), 1)).toMatchObject({
    kind: 'insufficient',
    reason: `the training set has ${least - 1} days of it, at least ${least} are needed`,
  })
  const trend = daysOf((day, name) => day + name / 100)
  expect(referenceOf(trend, 1)).toMatchObject({ reason: expect.stringContaining('moves so slowly') })
  expect(referenceOf([], 1).kind).toBe('insufficient')
  expect(
    referenceOf(
      daysOf(() => Number.NaN),
      1,
    ).kind,
  ).toBe('insufficient')
  expect(referenceOf(new Array<Float64Array>(DAYS).fill(new Float64Array()), 1).kind).toBe('insufficient')
})

describe('limits', () => {
  const windows = 40
  const spread = (deviations: readonly number[], effective = windows) => ({
    deviations: Float64Array.from(deviations),
    windows,
    effective,
  })

  // scipy.stats.t.ppf(1 - level / 2, 39)
  test.each([
    [0.05, 2.022690920036761],
    [0.001, 3.5581200813327714],
  ])("of one figure are Student's prediction limits, at %d", (level, t) => {
    nearRelative(gapLimit(spread([0.1]), level), 0.1 * t * Math.sqrt(1 + 1 / windows), 1e-9)
    // Two alike share the level, and one that does not move takes none of it.
    nearRelative(gapLimit(spread([0.1, 0, 0.1]), 2 * level), gapLimit(spread([0.1]), level), 1e-12)
  })

  test('of a logarithm are those of its prediction', () => {
    const values = normals(xoshiro128(9), windows).map((z) => Math.exp(0.3 * z - 2))
    const logs = values.map(Math.log)
    const limit = meanOf(logs) + 3.3127880826719003 * sdOf(logs) * Math.sqrt(1 + 1 / windows)
    // scipy.stats.t.ppf(1 - .001, 39)
    nearRelative(logLimit(values, windows, 0.001), Math.exp(limit), 1e-8)
  })

  test('of windows that follow each other are wider: by what their mean hides and by fewer degrees', () => {
    nearRelative(scaleOf(windows, windows), Math.sqrt(1 + 1 / windows), 1e-12)
    // sigma^2 (1 + 1/10) of a new one, sigma^2 (1 - 1/10) 40/39 shown.
    nearRelative(scaleOf(windows, 10), Math.sqrt(1.1 / (0.9 * (40 / 39))), 1e-12)
    expect(gapLimit(spread([0.1], 10), 0.001)).toBeGreaterThan(1.3 * gapLimit(spread([0.1]), 0.001))
    const walk = normals(xoshiro128(3), 2000)
    for (let k = 1; k < walk.length; k++) walk[k] += 0.5 * walk[k - 1]
    // K (1 - rho) / (1 + rho)
    near(spreadOf(Array.from(walk, (value) => Float64Array.of(value))).effective / 2000, 1 / 3, 0.05)
  })

  test('shrink with the length of the reference, and grow with how slowly it moves and with the features', () => {
    const short = known(referenceOf(noise.slice(0, 756), 1))
    const slow = known(
      referenceOf(
        noise.map((_, day) => noise[day - (day % 20)]),
        1,
      ),
    )
    expect(known(referenceOf(noise, 50)).ksLimit).toBeGreaterThanOrEqual(reference(noise).ksLimit)
    expect(short.effectiveWindows).toBeLessThan(reference(noise).effectiveWindows)
    expect(slow.ksLimit).toBeGreaterThan(reference(noise).ksLimit)
  })
})

// A year of checks, nothing changed: the share of models with any alarm is within the promise, and a change is seen.
test.each([
  { sees: 'shiftHalf', form: 'level', phi: 0, common: 0.3, referenceDays: 1260, features: 1 },
  { sees: 'shiftTwo', form: 'rank', phi: 0.9, common: 0.3, referenceDays: 1260, features: 1 },
  { sees: null, form: 'level', phi: 0.97, common: 1, referenceDays: 1260, features: 2 },
] as const)('false alarms in a year of %j', ({ sees, ...panel }) => {
  const models = 15
  const found = driftSkill(panel, models, 5)
  // Two standard errors above the promise.
  const error = Math.sqrt((FALSE_ALARMS_A_YEAR * (1 - FALSE_ALARMS_A_YEAR)) / models)
  expect(found.anyInAYear).toBeLessThanOrEqual(FALSE_ALARMS_A_YEAR + 2 * error)
  if (sees !== null) expect(found[sees]).toBeGreaterThan(0.5)
})
