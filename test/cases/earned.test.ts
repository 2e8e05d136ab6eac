/** What a book earned on data with holes: cases that real files have, each with its right answer worked out in pandas. */
import { expect, test } from 'vitest'
import { sessionOfDate } from '../../schemas/calendar.ts'
import { near, nearRelative } from '../support/near.ts'
import { caseFile, researched, sweepOf } from '../support/researched.ts'

const LONG = `
dataset: d
layout: long
entityColumn: symbol
timeColumn: date
timeOfDay: "16:00"
timeZone: America/New_York
knownAt: { kind: lag, lagMicros: 300000000 }
columns:
  - { name: close, unit: USD }
prices: { column: close, currency: USD }
`
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
    0.17266868733930257,
    1e-9,
  )
  expect(days.net).toHaveLength(450)
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
    0.5706310029115695,
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
  expect(same.days.net).toHaveLength(448)
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
