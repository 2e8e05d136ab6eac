/** What a book earned on data with holes: cases that real files have, each with its right answer worked out in pandas. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { sessionOfDate } from '../../schemas/calendar.ts'
import { parseMoment } from '../../schemas/kernel/time.ts'
import { near, nearRelative } from '../support/near.ts'
import { caseFile, ingested, LONG, researched, sweepOf } from '../support/researched.ts'

const MOMENTUM = { mom: 'close / delay(close, 20) - 1' }
const CRASH = sessionOfDate('2016-11-23')

test('a name is held until it stops trading, and its last days are paid, whatever labels are missing', async () => {
  const { days } = await researched({
    path: caseFile('delisting-return-erased.csv.gz'),
    dataset: LONG,
    features: MOMENTUM,
    sweep: sweepOf('long-only'),
  })
  // 55.6 % of the book in a name that falls 30 %: pandas over the file, targets by scipy.stats.rankdata.
  near(days.gross[days.sessions.indexOf(CRASH)], -0.16434432889490336, 1e-12)
  nearRelative(
    days.gross.reduce((sum, one) => sum + one, 0),
    0.17333415537036867,
    1e-9,
  )
  expect(days.net).toHaveLength(454)
})

test('a missing volume, in a feature that the run does not use, erases nothing', async () => {
  const { days } = await researched({
    path: caseFile('missing-cell-erases-return.csv.gz'),
    dataset: LONG.replace('unit: USD }', 'unit: USD }\n  - { name: volume, unit: shares }'),
    features: { adv: 'ts_mean(volume, 20)', ...MOMENTUM },
    sweep: sweepOf('long-only'),
  })
  near(days.gross[days.sessions.indexOf(CRASH)], -0.16434432889490336, 1e-12)
  nearRelative(
    days.gross.reduce((sum, one) => sum + one, 0),
    0.582054785967753,
    1e-9,
  )
})

const declared = (column: string): string => `
dataset: d
layout: long
entityColumn: symbol
timeColumn: date
timeZone: America/New_York
knownAt: { kind: declared, column: ${column} }
columns:
  - { name: close, unit: USD }
prices: { column: close, currency: USD }
`
const PRICES = caseFile('day-is-a-known-moment.csv.gz')

test('a session is one day, in however many batches its prices become known', async () => {
  const of = (column: string) =>
    researched({ path: PRICES, dataset: declared(column), features: MOMENTUM, sweep: sweepOf('long-short') })
  const [same, twoBatches] = [await of('same'), await of('twoBatches')]
  expect(twoBatches.days).toEqual(same.days)
  expect(twoBatches.metrics).toEqual(same.metrics)
  // The last four have no label, and are held and paid like the others.
  expect(same.days.net).toHaveLength(452)
})

test('no feature is what the book is paid by, whatever it is called', async () => {
  const of = (formula: string) =>
    researched({
      path: PRICES,
      dataset: declared('same'),
      features: { return_1d: formula, ...MOMENTUM },
      sweep: sweepOf('long-only'),
    })
  const [honest, gifted] = [
    await of('close / delay(close, 1) - 1'),
    await of('abs(close / delay(close, 1) - 1)'),
  ]
  expect(gifted.days).toEqual(honest.days)
})

test('a gift in a feature and in the label, to whoever holds a rank of last year, is not earned', async () => {
  const rank = 'rank(delay(close, 21) / delay(close, 40) - 1)'
  const { metrics } = await researched({
    path: fileURLToPath(new URL('../../serving/sample/us20/sp500_dataset.csv.gz', import.meta.url)),
    dataset: LONG.replace('layout: long', 'layout: wide')
      .replace('entityColumn: symbol\n', '')
      .replace('timeColumn: date', 'timeColumn: Date'),
    features: {
      return_1d: `close / delay(close, 1) - 1 + 0.0025 * delay(${rank} - 0.5, 2)`,
      sig: `${rank} - 0.5`,
      vol_63: 'zscore(ts_std(log(close / delay(close, 1)), 63))',
    },
    sweep: {
      ...sweepOf('long-short'),
      ...{ from: '1990-06-01', to: '2020-01-01', folds: 5, features: { sig: ['sig'] } },
      label: {
        dataset: 'd',
        formula: `demean(close / delay(close, {horizon}) - 1) + 0.01 * delay(${rank} - 0.5, 6)`,
      },
      portfolio: {
        ...sweepOf('long-short').portfolio,
        ...{ spreadBps: 8, commissionBps: 1, borrowBps: 50 },
        impact: {
          ...{ model: 'square-root', temporary: 1, permanent: 0, outstandingDays: 200 },
          ...{ capitalUsd: 1_000_000, advUsd: 5_000_000_000, dailyVolatility: 0.02 },
        },
      },
    },
  })
  // It ranks what was given to it, and is paid by prices: as the book was once paid, by the feature, its Sharpe ratio was 1.69.
  expect(metrics.information_coefficient).toBeGreaterThan(0.1)
  expect(metrics.sharpe_annual).toBeLessThan(0)
}, 60_000)

test('the whole move is earned and shown on the day a price is back, from a long file and from a wide one', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'asof-empty-'))
  const write = (name: string, lines: readonly string[]): string => {
    writeFileSync(join(folder, name), `${lines.join('\n')}\n`)
    return join(folder, name)
  }
  const days = ['2024-01-02', '2024-01-03', '2024-01-04', '2024-01-05']
  const [a, b] = [
    ['100', '', '110', '121'],
    ['10', '11', '12', '13'],
  ]
  const long = write('long.csv', [
    'symbol,date,close',
    ...days.map((day, k) => `A,${day},${a[k]}`),
    ...days.map((day, k) => `B,${day},${b[k]}`),
  ])
  const wide = write('wide.csv', ['date,A,B', ...days.map((day, k) => `${day},${a[k]},${b[k]}`)])
  const moves = async (path: string, dataset: string) => {
    const platform = await ingested({ path, dataset, features: { move: 'close / delay(close, 1) - 1' } })
    const at = async (moment: string) =>
      (await platform.store.asOf({ name: 's', version: 1 }, ['move'], parseMoment(moment))).columns[0][0]
    return Promise.all([at('2024-01-03T22:00Z'), at('2024-01-04T22:00Z'), at('2024-01-05T22:00Z')])
  }
  const fromLong = await moves(long, LONG)
  near(fromLong[1], 0.1, 1e-15)
  near(fromLong[2], 0.1, 1e-15)
  expect(await moves(wide, LONG.replace('long', 'wide').replace('entityColumn: symbol\n', ''))).toEqual(
    fromLong,
  )
  rmSync(folder, { recursive: true })
})
