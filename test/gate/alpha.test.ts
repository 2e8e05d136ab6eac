/** What factors and styles do not explain: statsmodels' number, size under autocorrelation, and that a missing factor is no proof. */
import { expect, test } from 'vitest'
import type { Days } from '../../commands/gate/days.ts'
import type { GivenData } from '../../commands/gate/evidence.ts'
import { alpha } from '../../commands/gate/sections/alpha.ts'
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import type { Rows } from '../../schemas/rows.ts'
import { insufficient, measured } from '../../streams/statistics/measured.ts'
import { normals, xoshiro128 } from '../../streams/statistics/random.ts'
import { known } from '../support/known.ts'
import { nearRelative } from '../support/near.ts'
import { daysAt, longDataset } from '../support/sessions.ts'

/** A session a day, so that 365 make a year. */
const daysOf = (net: Float64Array): Days =>
  daysAt(
    net.map((_, day) => day * MICROS_PER_DAY),
    { net },
  )

/** Styles over the days from `from` on. */
const stylesOf = (series: Readonly<Record<string, Float64Array>>, from = 0) =>
  measured({
    factors: Object.entries(series).map(([name, returns]) => ({
      name,
      sessions: returns.subarray(from).map((_, day) => from + day),
      returns: returns.subarray(from),
      spansHoles: false,
    })),
    meanRSquared: 0.5,
  })

const of = (n: number, at: (i: number) => number) => Float64Array.from({ length: n }, (_, day) => at(day + 1))
const market = of(600, (i) => 0.01 * Math.sin(1.7 * i))
const value = of(600, (i) => 0.01 * Math.cos(i * i))
const net = of(
  600,
  (i) =>
    0.0004 +
    0.005 * Math.sin(1.7 * i) -
    0.003 * Math.cos(i * i) +
    0.004 * Math.sin(0.9 * i * i) +
    0.002 * Math.cos(0.05 * i),
)

// The first session has none before it to return from. statsmodels 0.15: OLS(net, [1, market, value]).fit(cov_type='HAC', cov_kwds={'maxlags': 5, 'use_correction': True}).
test('in one regression', () => {
  const found = known(alpha(daysOf(net), stylesOf({ market, value }), null))
  nearRelative(found.alphaAnnual, 365 * 9.83703096e-5, 1e-7)
  nearRelative(found.standardErrorAnnual, 365 * 1.9214e-4, 1e-4)
  nearRelative(found.t ?? 0, 0.51197167, 1e-7)
  expect(found).toMatchObject({ dataset: null, days: 599, lags: 5 })
  expect(found.loadings.map(({ factor }) => factor)).toEqual(['style: market', 'style: value'])
  nearRelative(found.loadings[0].beta, 0.493585487, 1e-8)
})

/** The column `return` of a data set for one entity, on the days that are given. */
function given(returns: Float64Array, from: number, to: number): GivenData {
  const moments = of(to - from, (i) => (from + i - 1) * MICROS_PER_DAY)
  const rows: Rows = {
    length: moments.length,
    entities: ['index'],
    entity: new Uint32Array(moments.length),
    eventTime: moments,
    knownAt: moments,
    columns: [{ name: 'return', values: returns.slice(from, to) }],
  }
  const spec = longDataset('indices', [{ name: 'return', unit: 'return' }])
  return { dataset: 'indices', spec, arrivals: [rows], asOf: Number.MAX_SAFE_INTEGER }
}

test('a given factor takes what styles leave; one that covers too few days leaves no alpha to speak of', () => {
  const left = of(600, (i) => 0.004 * Math.sin(0.9 * i * i) + 0.0004)
  const found = known(alpha(daysOf(net), stylesOf({ market, value }), given(left, 0, 600)))
  expect(found.dataset).toBe('indices')
  expect(found.loadings[0]).toMatchObject({ factor: 'index' })
  nearRelative(found.loadings[0].beta, 1, 0.05)
  for (const short of [given(left, 0, 280), given(left, 0, 0)])
    expect(alpha(daysOf(net), stylesOf({ market, value }), short).kind).toBe('insufficient')
  expect(alpha(daysOf(net), stylesOf({ market, value }, 330), null).kind).toBe('insufficient')
  expect(alpha(daysOf(net), insufficient('few names'), null)).toEqual(insufficient('few names'))
})

test.each([0, 0.2])('with no alpha and AR(1) of %d, a t of 1.65 is passed about once in twenty', (rho) => {
  const [uniform, n, runs] = [xoshiro128(3), 756, 100]
  let passed = 0
  for (let run = 0; run < runs; run++) {
    const [noise, one, two] = [normals(uniform, n), normals(uniform, n), normals(uniform, n)]
    for (let day = 1; day < n; day++) noise[day] += rho * noise[day - 1]
    const made = noise.map((value, day) => 0.005 * (value + 0.5 * one[day] - 0.3 * two[day]))
    const { t } = known(alpha(daysOf(made), stylesOf({ market: one, value: two }), null))
    if ((t ?? 0) >= 1.65) passed++
  }
  // 5 of 100, and twice the error of such a count.
  expect(passed / runs).toBeLessThan(0.1)
  expect(passed / runs).toBeGreaterThan(0.01)
})
