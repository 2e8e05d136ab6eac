/** Cells by regime, and episodes of stress. */
import { describe, expect, test } from 'vitest'
import { labelsKnownBefore, laggedLevels, regimes } from '../../commands/gate/regimes.ts'
import { type DailyReturns, EPISODES, stress } from '../../commands/gate/stress.ts'
import { formatDay, parseMoment } from '../../schemas/kernel/time.ts'
import { meanOf, sdOf } from '../../streams/statistics/moments.ts'
import { medianOf } from '../../streams/statistics/quantile.ts'
import { near, nearRelative } from '../support/near.ts'
import { RULES_FROM, rules, spx } from '../support/spx.ts'
import { readUs20, returnsOf } from '../support/us20.ts'

/** The deviation of the 63 index returns that end with each period's predecessor. */
const calm = Float64Array.from(rules[2], (_, i) => {
  const last = RULES_FROM - 1 + i // the period's own return in `spx`, which starts a row later than prices
  return sdOf(spx.returns.subarray(last - 63, last))
})

test('the best rule by volatility known the day before (numpy)', () => {
  const threshold = medianOf(calm)
  nearRelative(threshold, 0.00843146312215506, 1e-11)
  const { cells } = regimes(rules[2], laggedLevels(calm, threshold, 0))
  expect(cells.map(({ label, n }) => [label, n])).toEqual([
    ['high', 2452],
    ['low', 2453],
  ])
  nearRelative(cells[0].sharpeAnnual, 0.5996818800318197, 1e-11)
  nearRelative(cells[1].sharpeAnnual, 0.4270076324659884, 1e-11)
})

test('twenty stocks by dispersion over the 21 days before (numpy)', () => {
  const panel = [...readUs20('sp500_dataset').columns.values()].map(returnsOf)
  const across = panel[0].map((_, t) => sdOf(Float64Array.from(panel, (column) => column[t])))
  const average = across.map((_, t) => (t < 20 ? Number.NaN : meanOf(across.subarray(t - 20, t + 1))))
  const equal = panel[0].map((_, t) => meanOf(Float64Array.from(panel, (column) => column[t])))
  const threshold = medianOf(average.filter(Number.isFinite).subarray(0, -1))
  nearRelative(threshold, 0.01586140987042448, 1e-12)
  const { cells, unlabelled } = regimes(equal, laggedLevels(average, threshold))
  expect(cells.map(({ n }) => n)).toEqual([4145, 4146])
  expect(unlabelled).toBe(21)
  nearRelative(cells[0].sharpeAnnual, 1.0207158393488567, 1e-11)
  nearRelative(cells[1].sharpeAnnual, 1.0305086037840174, 1e-11)
})

test('a label counts from when it was known; a small cell is shown and not judged', () => {
  const starts = Float64Array.of(10, 20, 30, 40)
  const changes = [
    { knownAt: 31, label: 'late' },
    { knownAt: 20, label: 'first' },
  ]
  expect(labelsKnownBefore(starts, changes)).toEqual([null, 'first', 'first', 'late'])
  expect(laggedLevels(Float64Array.of(1, 3, Number.NaN, 2), 2)).toEqual([null, 'low', 'high', null])
  const few = regimes(Float64Array.of(0.1, 0.2, 0.3, 0.4), labelsKnownBefore(starts, changes))
  expect(few).toMatchObject({
    unlabelled: 1,
    cells: [
      { label: 'first', n: 2 },
      { label: 'late', n: 1 },
    ],
  })
  expect(few.cells.map(({ psr }) => psr.kind)).toEqual(['insufficient', 'insufficient'])
})

describe('the index, by closes', () => {
  const table = readUs20('sp500_index')
  const own: DailyReturns = {
    days: Float64Array.from(table.dates.slice(1), parseMoment),
    returns: returnsOf(table.columns.get('SP500') ?? new Float64Array()),
  }

  test('six episodes', () => {
    // Total, worst day and its date (pandas); rows of prices in the window, one more than returns.
    const published = [
      [-0.5677538894, -0.0903497961, '2008-10-15', 356],
      [-0.3988655429, -0.0903497961, '2008-10-15', 50],
      [-0.1116940317, -0.0394136659, '2015-08-24', 7],
      [-0.1015952688, -0.0409792443, '2018-02-05', 10],
      [-0.3392495902, -0.1198405028, '2020-03-16', 24],
      [-0.2542509632, -0.0432365628, '2022-09-13', 196],
    ] as const
    const outcomes = stress(own)
    for (const [i, [total, worst, worstDay, rows]] of published.entries()) {
      const outcome = outcomes[i]
      if (outcome.kind === 'insufficient') throw new Error(outcome.reason)
      expect(outcome.kind).toBe('own')
      near(outcome.totalReturn, total, 6e-11)
      near(outcome.worstDay, worst, 6e-11)
      expect(outcome.days).toBe(rows - 1)
      expect(formatDay(outcome.worstDayAt)).toBe(worstDay)
      expect(outcome.maxDrawdown).toBeLessThan(total + 1e-9)
    }
  })

  test('a young strategy is replayed through its beta, and says so; without factors it says that', () => {
    const from = own.days.findIndex((day) => day >= parseMoment('2016-01-01'))
    const young = { days: own.days.subarray(from), returns: own.returns.subarray(from) }
    const replayed = stress(young, { shocks: [{ factor: 'market', beta: 0.5, ...own }] })
    expect(replayed.map(({ kind }) => kind)).toEqual([
      'replayed',
      'replayed',
      'replayed',
      'own',
      'own',
      'own',
    ])
    expect(replayed[0]).toMatchObject({ worstDay: expect.closeTo(-0.0903497961 / 2, 9) })
    expect(stress(young)[0]).toMatchObject({ kind: 'insufficient' })
  })

  test('a hole in the history is no cover', () => {
    const holed = { days: own.days, returns: own.returns.map((r, i) => (i % 250 === 0 ? Number.NaN : r)) }
    expect(stress(holed)[0].kind).toBe('insufficient')
    expect(stress({ days: own.days.subarray(0, 4500), returns: own.returns.subarray(0, 4500) })[0].kind).toBe(
      'insufficient',
    )
    expect(EPISODES).toHaveLength(6)
  })
})
