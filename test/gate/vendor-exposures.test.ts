/** A vendor's exposures: what made the returns is found, by what was known at each decision and nothing that came later. */
import { describe, expect, test } from 'vitest'
import type { GivenData, Study } from '../../commands/gate/evidence.ts'
import { vendorExposures } from '../../commands/gate/sections/vendor-exposures.ts'
import { exposuresKnown } from '../../commands/gate/vendor-exposures.ts'
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import type { Rows } from '../../schemas/rows.ts'
import { targetOf } from '../../streams/portfolio/weights.ts'
import { leastSquares } from '../../streams/statistics/linear.ts'
import { meanOf, sdOf } from '../../streams/statistics/moments.ts'
import { normals, xoshiro128 } from '../../streams/statistics/random.ts'
import { layoutOf } from '../../streams/training/held-out.ts'
import { RETURN } from '../../streams/training/sample.ts'
import { runSpec, trainingSet } from '../support/gate.ts'
import { known } from '../support/known.ts'
import { near } from '../support/near.ts'
import { longDataset } from '../support/sessions.ts'

const EVER = Number.MAX_SAFE_INTEGER
const [NAMES, DAYS] = [24, 700]
const base = trainingSet({ names: NAMES, days: DAYS, features: 1, seed: 3, skill: 0 })
const moments = base.eventTime.filter((_, row) => row % NAMES === 0)

/** Of each factor: an exposure of each name, and a return of each day. */
const LOADINGS = ['size', 'value'].map((name, k) => ({ name, values: normals(xoshiro128(20 + k), NAMES) }))
const RETURNS = LOADINGS.map((_, k) => normals(xoshiro128(30 + k), DAYS).map((z) => 0.001 * k + 0.01 * z))
const MARKET = normals(xoshiro128(40), DAYS).map((z) => 0.01 * z)
const OWN = normals(xoshiro128(50), NAMES * DAYS)

/** A market that these factors made, and a candidate that ranks by value, rebalanced every day. */
function studyWith(ownVolatility: number): Study {
  const values = Float64Array.from(base.entity, (name, row) => {
    const day = Math.floor(row / NAMES)
    const byFactors = LOADINGS.reduce((sum, { values }, k) => sum + values[name] * RETURNS[k][day], 0)
    return MARKET[day] + byFactors + ownVolatility * OWN[row]
  })
  const columns = base.columns.map((one) => (one.name === RETURN ? { ...one, values } : one))
  const rows = { ...base, columns }
  const layout = layoutOf(rows, 5)
  return { rows, layout, scores: Array.from(layout.moments, () => LOADINGS[1].values) }
}

const study = studyWith(0)
const spec = runSpec('r', ['x0'])
const run = { ...spec, portfolio: { ...spec.portfolio, holdingDays: 1 } }
const book = targetOf(LOADINGS[1].values, run.portfolio)
/** The first held-out day, and how many there are. */
const held = study.layout.moments.length
const first = DAYS - held

type Delivery = Readonly<{ columns?: Rows['columns']; every?: number; lagDays?: number; until?: number }>

/** Exposures of all names every so many days, known so many days later. */
function delivered({ columns = LOADINGS, every = 30, lagDays = 0, until = DAYS }: Delivery): Rows {
  const about = moments.slice(0, until).filter((_, day) => day % every === 0)
  const length = about.length * NAMES
  const entity = Uint32Array.from({ length }, (_, row) => row % NAMES)
  const eventTime = Float64Array.from({ length }, (_, row) => about[Math.floor(row / NAMES)])
  return {
    length,
    entities: base.entities,
    entity,
    eventTime,
    knownAt: eventTime.map((moment) => moment + lagDays * MICROS_PER_DAY),
    columns: columns.map(({ name, values }) => ({
      name,
      values: Float64Array.from(entity, (place) => values[place]),
    })),
  }
}

const given = (...arrivals: readonly Rows[]): GivenData => {
  const spec = longDataset('vendor', [{ name: 'value', unit: '' }])
  return { dataset: 'vendor', spec, arrivals, asOf: EVER }
}
const found = (...arrivals: readonly Rows[]) => known(vendorExposures(given(...arrivals), study, run))
const reasonOf = (of: GivenData): string => {
  const section = vendorExposures(of, study, run)
  return section.kind === 'insufficient' ? section.reason : 'measured'
}

describe('known loadings', () => {
  const { factors, ...rest } = found(delivered({}))
  const row = (name: string) => factors.find(({ factor }) => factor === name)

  test('the book is exposed by its weights, and the factor returns are those that made the market', () => {
    expect(factors.map(({ factor }) => factor)).toEqual(['size', 'value', 'all names'])
    for (const { name, values } of LOADINGS) {
      const exposure = book.reduce((sum, weight, place) => sum + weight * values[place], 0)
      near(row(name)?.meanExposure ?? 0, exposure, 1e-12)
    }
    expect(row('value')?.meanExposure).toBeGreaterThan(0.5)
    near(row('all names')?.meanExposure ?? 9, 0, 1e-12)
    const explained = [...RETURNS, MARKET].map((series) => 365 * meanOf(series.subarray(first + 2)))
    for (const [k, value] of explained.entries()) near(factors[k].returnAnnual ?? 0, value, 1e-10)
    near(rest.meanRSquared, 1, 1e-10)
    near(rest.varianceExplained ?? 0, 1, 1e-10)
    expect(rest).toMatchObject({ days: held - 2, daysLeftOut: 0, meanCoverage: 1, collinear: [] })
  })

  // The residuals of least squares times the book are the returns times what the exposures leave of the book.
  test('what the book holds beside the factor portfolios of its own market is not explained', () => {
    const scores = normals(xoshiro128(70), NAMES)
    const made = studyWith(0.02)
    const { layout } = made
    const mixed = { ...made, scores: made.scores.map(() => scores) }
    const weights = targetOf(scores, run.portfolio)
    const columns = [...LOADINGS.map(({ values }) => values), new Float64Array(NAMES).fill(1)]
    const fit = leastSquares(columns, weights)
    const beside = weights.map((weight, name) =>
      columns.reduce((rest, column, k) => rest - fit[k] * column[name], weight),
    )
    const varianceOf = (held: Float64Array) =>
      sdOf(
        Float64Array.from(layout.returns.slice(2), (returns) =>
          held.reduce((sum, weight, name) => sum + weight * returns[name], 0),
        ),
      ) ** 2
    const { varianceExplained } = known(vendorExposures(given(delivered({})), mixed, run))
    near(varianceExplained ?? 0, 1 - varianceOf(beside) / varianceOf(weights), 1e-10)
    expect(varianceExplained).toBeLessThan(0.9)
  })

  test("a vendor's own market factor takes the place of ours", () => {
    const one = { name: 'country', values: new Float64Array(NAMES).fill(1) }
    const { factors } = found(delivered({ columns: [one, ...LOADINGS] }))
    expect(factors.map(({ factor }) => factor)).toEqual(['country', 'size', 'value'])
    near(factors[0].returnAnnual ?? 0, 365 * meanOf(MARKET.subarray(first + 2)), 1e-10)
  })
})

describe('as it was known', () => {
  const wrong = LOADINGS.map(({ name, values }) => ({ name, values: values.map((value) => value ** 2) }))

  test('a correction that came after the last decision changes nothing; one that came before it does', () => {
    const before = found(delivered({}))
    expect(found(delivered({}), delivered({ columns: wrong, lagDays: 5000 }))).toEqual(before)
    expect(found(delivered({}), delivered({ columns: wrong, lagDays: 1 }))).not.toEqual(before)
  })

  test('each decision reads the latest date that it knew, and of that the latest word', () => {
    const early = delivered({ every: 30, until: 31, lagDays: 2 })
    const corrected = delivered({ columns: wrong, every: 60, until: 1, lagDays: 10 })
    const at = exposuresKnown(given(early, corrected), base.entities)
    const sizes = [1, 2, 9, 10, 31, 32, 92, 93].map(
      (day) => at(moments[0] + day * MICROS_PER_DAY)[5]?.[0] ?? null,
    )
    const [right, spoilt] = [LOADINGS[0].values[5], wrong[0].values[5]]
    expect(sizes).toEqual([null, right, right, spoilt, spoilt, right, right, null])
  })

  test('a row about a day to come waits for it, and what the request could not know does not exist', () => {
    const ahead = delivered({ every: 30, until: 31, lagDays: -20 })
    const at = exposuresKnown(given(ahead), base.entities)
    expect(at(moments[0] - 1)[0]).toBeNull()
    expect(at(moments[0])[0]).not.toBeNull()
    expect(reasonOf({ ...given(delivered({})), asOf: moments[0] - 1 })).toMatch(/^0 of \d+ days/)
  })

  test('an exposure of long ago is none', () => {
    const { days, daysLeftOut } = found(delivered({ until: first + 300 }))
    expect(days + daysLeftOut).toBe(held - 2)
    expect(days).toBeLessThan(300 + 63)
    expect(reasonOf(given(delivered({ until: first + 100 })))).toMatch(/at least 252/)
  })
})

test('a collinear factor is named', () => {
  const sum = {
    name: 'blend',
    values: LOADINGS[0].values.map((value, name) => value + 2 * LOADINGS[1].values[name]),
  }
  expect(reasonOf(given(delivered({ columns: [...LOADINGS, sum] })))).toMatch(/blend is a combination/)
  const empty = { name: 'industry', values: new Float64Array(NAMES) }
  expect(reasonOf(given(delivered({ columns: [empty, ...LOADINGS] })))).toMatch(/industry/)
  // For a while only: those days are left out and counted.
  const blends = [...LOADINGS, { ...sum, values: normals(xoshiro128(60), NAMES) }]
  const late = delivered({ columns: [...LOADINGS, sum], until: first + 50 })
  const rest = delivered({ columns: blends })
  const after = { ...rest, knownAt: rest.eventTime.map((moment) => Math.max(moment, moments[first + 50])) }
  const { collinear, daysLeftOut } = found(late, after)
  expect(collinear).toEqual([{ factor: 'blend', days: daysLeftOut }])
  expect(daysLeftOut).toBeGreaterThan(40)
})

test('names without all exposures are left out; too much of the book among them leaves the day out', () => {
  const lightest = [...book.keys()].sort((a, b) => Math.abs(book[a]) - Math.abs(book[b]))
  const without = (names: readonly number[]) =>
    LOADINGS.map(({ name, values }, k) => ({
      name,
      values: values.map((value, place) => (k === 1 && names.includes(place) ? Number.NaN : value)),
    }))
  const { factors, meanCoverage, daysLeftOut } = found(delivered({ columns: without(lightest.slice(0, 4)) }))
  const missing = lightest.slice(0, 4).reduce((sum, name) => sum + Math.abs(book[name]), 0)
  near(meanCoverage, 1 - missing, 1e-12)
  expect(daysLeftOut).toBe(0)
  near(factors[0].returnAnnual ?? 0, 365 * meanOf(RETURNS[0].subarray(first + 2)), 1e-10)
  const heavy = lightest.slice(-3)
  expect(reasonOf(given(delivered({ columns: without(heavy) })))).toMatch(/^0 of \d+ days/)
  expect(reasonOf(given())).toMatch(/arrived/)
})
