/** Data sets that the policy names: read as they were known, for factors, for stress that is replayed, and for rates. */

import { describe, expect, test } from 'vitest'
import type { GivenData } from '../../commands/gate/evidence.ts'
import { commonPeriods, factorReturns } from '../../commands/gate/given.ts'
import { factorLoadings } from '../../commands/gate/sections/factors.ts'
import { regimesSection } from '../../commands/gate/sections/regimes.ts'
import { stressSection } from '../../commands/gate/sections/stress.ts'
import { MICROS_PER_DAY, parseMoment } from '../../schemas/kernel/time.ts'
import type { Rows } from '../../schemas/rows.ts'
import { insufficient, measured } from '../../streams/statistics/measured.ts'
import { normals, xoshiro128 } from '../../streams/statistics/random.ts'
import { known } from '../support/known.ts'
import { near } from '../support/near.ts'
import { refusalOf } from '../support/refusals.ts'
import { daysAt, longDataset } from '../support/sessions.ts'

const EVER = Number.MAX_SAFE_INTEGER

/** One entity's values, one a day from a moment on, known an hour later. */
function arrival(name: string, column: string, from: number, values: Float64Array): Rows {
  const eventTime = values.map((_, day) => from + day * MICROS_PER_DAY)
  return {
    length: values.length,
    entities: [name],
    entity: new Uint32Array(values.length),
    eventTime,
    knownAt: eventTime.map((moment) => moment + 3_600_000_000),
    columns: [{ name: column, values }],
  }
}

const daysFrom = (from: number, net: Float64Array) =>
  daysAt(
    net.map((_, day) => from + day * MICROS_PER_DAY),
    { net },
  )

/** Arrivals of a data set whose first column has this name and unit. */
const given = (arrivals: readonly Rows[], asOf = EVER, unit = 'return'): GivenData => {
  const columns = arrivals[0].columns.map(({ name }) => ({ name, unit }))
  return { dataset: 'f', spec: longDataset('f', columns), arrivals, asOf }
}

describe('series', () => {
  const prices = arrival('A', 'close', 0, Float64Array.of(100, 110, 121))

  test('the unit says what a column holds, whatever its name: prices become returns, and returns are returns', () => {
    const [made] = factorReturns(given([prices], EVER, 'USD'))
    expect(made.returns[0]).toBeNaN()
    for (const value of made.returns.subarray(1)) near(value, 0.1, 1e-12)
    expect([...made.sessions]).toEqual([0, 1, 2])
    const returns = arrival('A', 'value', 0, Float64Array.of(0.5, -0.5))
    expect([...factorReturns(given([returns]))[0].returns]).toEqual([0.5, -0.5])
    expect([...factorReturns(given([returns], EVER, 'percent'))[0].returns]).toEqual([0.005, -0.005])
  })

  test('returns that are declared as prices, and prices that are declared as returns, are refused by name and day', () => {
    const returns = arrival('Mkt-RF', 'return', 0, Float64Array.of(0.5, -0.5))
    expect(refusalOf(() => factorReturns(given([returns], EVER, 'USD')))).toBe('factor.price')
    expect(() => factorReturns(given([returns], EVER, 'ratio'))).toThrow(/Mkt-RF .* is -0.5 on 1970-01-02/)
    expect(refusalOf(() => factorReturns(given([prices])))).toBe('factor.unit')
  })

  test('each column of a long file is a factor', () => {
    const [one] = [arrival('F', 'Mkt', 0, Float64Array.of(0.1, 0.2))]
    const both = { ...one, columns: [...one.columns, { name: 'SMB', values: Float64Array.of(0.3, 0.4) }] }
    const found = factorReturns(given([both]))
    expect(found.map(({ name, returns }) => [name, ...returns])).toEqual([
      ['F Mkt', 0.1, 0.2],
      ['F SMB', 0.3, 0.4],
    ])
  })

  test('beside a price no other column is a factor: neither a volume nor the day before', () => {
    const more = {
      ...prices,
      columns: [...prices.columns, { name: 'volume', values: Float64Array.of(5, 9, 7) }],
    }
    expect(factorReturns(given([more], EVER, 'USD')).map(({ name }) => name)).toEqual(['A'])
  })

  test('monthly returns that are dated before they were known are refused', () => {
    const first = ['2010-01-01', '2010-02-01', '2010-03-01'].map(parseMoment)
    const monthly = {
      ...arrival('F', 'r', 0, Float64Array.of(0.1, 0.2, 0.3)),
      eventTime: Float64Array.from(first),
    }
    expect(refusalOf(() => factorReturns(given([monthly])))).toBe('factor.month-start')
    expect(factorReturns(given([monthly], EVER, 'points'))).toHaveLength(1)
  })

  test('what a factor earned in a session that it lacks is not known: the period is left out; a price spans it', () => {
    const own = { name: 'own', sessions: Float64Array.of(0, 1, 2, 3, 4, 5), spansHoles: true }
    const returns = Float64Array.of(Number.NaN, 0.1, 0.1, 0.1, 0.1, 0.1)
    const holed = { name: 'f', sessions: Float64Array.of(0, 1, 2, 4, 5), returns: returns.subarray(0, 5) }
    const ends = (spansHoles: boolean) =>
      commonPeriods([
        { ...own, returns },
        { ...holed, spansHoles },
      ])
    expect([...ends(false).sessions]).toEqual([1, 2, 5])
    expect([...ends(true).sessions]).toEqual([1, 2, 4, 5])
    near(ends(true).returns[0][2], 0.21, 1e-15)
  })

  test('a correction counts from when it was known, and what is not known yet does not exist', () => {
    const later = {
      ...arrival('A', 'close', 2 * MICROS_PER_DAY, Float64Array.of(132)),
      knownAt: Float64Array.of(9e12),
    }
    const last = (asOf: number) =>
      factorReturns(given([prices, later], asOf, 'USD'))[0].returns.at(-1) ?? Number.NaN
    near(last(EVER), 0.2, 1e-12)
    near(last(8e12), 0.1, 1e-12)
    expect([...factorReturns(given([prices], MICROS_PER_DAY, 'USD'))[0].sessions]).toEqual([0])
  })
})

test('an episode before the strategy began is replayed from its betas; one that neither covers is named', () => {
  const from = parseMoment('2007-01-01')
  const market = normals(xoshiro128(4), 4000).map((value) => value / 100)
  const factors = given([arrival('market', 'return', from, market)])
  const begun = 1500
  const noise = normals(xoshiro128(5), 2500).map((value) => value / 1e6)
  const days = daysFrom(
    from + begun * MICROS_PER_DAY,
    noise.map((value, day) => value + 0.5 * market[begun + day]),
  )
  const loadings = factorLoadings(days, factors)
  near(known(loadings).loadings[0].beta, 0.5, 1e-4)
  const { episodes } = known(stressSection(days, loadings, factors))
  const of = (name: string) => episodes.find(({ episode }) => episode === name)
  const crisis = of('financial crisis')
  expect(crisis?.kind).toBe('replayed')
  const [first, last] = [parseMoment('2007-10-10'), parseMoment('2009-03-10')]
  const held = market.filter((_, day) => {
    const moment = from + day * MICROS_PER_DAY
    return moment >= first && moment < last
  })
  const beta = known(loadings).loadings[0].beta
  near(crisis?.totalReturn ?? 0, held.reduce((wealth, value) => wealth * (1 + beta * value), 1) - 1, 1e-12)
  expect(of('August 2015')?.kind).toBe('own')
  expect(of('rates of 2022')).toMatchObject({ kind: 'insufficient', totalReturn: null })
  expect(of('rates of 2022')?.reason).toMatch(/cover/)
})

describe('regimes', () => {
  const from = parseMoment('2000-01-01')
  const returns = Array.from({ length: 900 }, (_, day) =>
    normals(xoshiro128(day + 1), 10).map((value) => (value / 100) * (day % 400 < 200 ? 1 : 3)),
  )
  const moments = Float64Array.from(returns, (_, day) => from + day * MICROS_PER_DAY)
  const market = {
    sessions: moments.map((moment) => moment / MICROS_PER_DAY),
    moments,
    returns,
    market: Float64Array.from(returns, (row) => row.reduce((sum, value) => sum + value, 0) / row.length),
    dispersion: Float64Array.from(returns, (row) => Math.max(...row) - Math.min(...row)),
  }
  const days = daysFrom(from, normals(xoshiro128(3), 900))
  const cells = (changed: typeof market) =>
    known(regimesSection(days, changed, { rates: null, volatility: null })).regimes

  test('a label does not depend on its own day nor on what comes after', () => {
    const before = cells(market)
    const spoilt = { ...market, market: market.market.slice(), dispersion: market.dispersion.slice() }
    spoilt.market[899] = 10
    spoilt.dispersion[899] = 10
    expect(cells(spoilt)).toEqual(before)
    spoilt.dispersion[550] = 10
    expect(cells(spoilt)).not.toEqual(before)
  })

  test('rates are up or down as they were known; without a data set the regime says so', () => {
    expect(cells(market).at(-1)).toMatchObject({
      regime: 'rates',
      cells: [],
      reason: /names no data set/ as never,
    })
    const level = Float64Array.from({ length: 900 }, (_, day) => (day < 450 ? day : 900 - day))
    const rates = given([arrival('rate', 'level', from, level)])
    const regime = known(
      regimesSection(days, market, { rates: measured(rates), volatility: null }),
    ).regimes.at(-1)
    expect(regime?.cells.map(({ label }) => label)).toEqual(['down', 'up'])
    // 63 values are needed; a level known an hour after the close is not yet known at that close.
    expect(regime?.unlabelledDays).toBe(65)
  })

  test('implied volatility is high or low against the median of its own past', () => {
    const level = Float64Array.from({ length: 900 }, (_, day) => (day < 600 ? 20 + (day % 2) : 30))
    const volatility = measured(given([arrival('vix', 'level', from, level)]))
    const regime = known(regimesSection(days, market, { rates: null, volatility })).regimes.at(-2)
    expect(regime?.regime).toBe('implied volatility')
    const counts = Object.fromEntries((regime?.cells ?? []).map((cell) => [cell.label, cell.days]))
    // 252 values come first; a level is known an hour after its close, so the day after the next is labelled by it.
    expect(regime?.unlabelledDays).toBe(254)
    expect(counts).toEqual({ low: 174, high: 472 })
  })

  test('a data set that the policy names and nobody declared is no regime, no factor and no alpha', () => {
    const missing = insufficient('the data set vix, which the policy names, is not declared')
    const regime = known(regimesSection(days, market, { rates: null, volatility: missing })).regimes.at(-2)
    expect(regime).toMatchObject({ cells: [], reason: missing.reason })
  })
})
