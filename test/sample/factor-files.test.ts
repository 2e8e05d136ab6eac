/** Dividends and splits as they were announced, out of the factor files of the us12 sample; and its listings against the map files. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { sessionDate, sessionOfDate } from '../../schemas/calendar.ts'
import { actionRows, actionsOf, factorLines } from '../../serving/sample/factor-files.ts'
import { US12 } from '../../serving/sample/samples.ts'
import { exchangeSessions } from '../../streams/calendar/sessions.ts'
import { shippedCalendar } from '../../streams/calendar/shipped.ts'
import { readDatasetFile } from '../../streams/sources/dataset-file.ts'
import { entitiesBy } from '../../streams/sources/listings.ts'

const xnys = shippedCalendar('XNYS')
if (xnys === undefined) throw new Error('XNYS ships')
const sessions = exchangeSessions(xnys)

const read = (file: string): string =>
  readFileSync(new URL(`../../serving/sample/us12/${file}`, import.meta.url), 'utf8')
const actionOf = (name: string, date: string) =>
  actionsOf(factorLines(read(`${name}.factor_files.csv`)), sessions.next).find(
    ({ session }) => sessionDate(session) === date,
  )

// Splits by the first session at the new price, dividends in dollars by the ex-date. Apple's from its investor relations page, "Dividend
// history" and "Stock splits"; AIG's 1-for-20 of 2009-06-30, Washington Mutual's 3-for-2 of 2001-05-15.
test.each([
  ['aapl', '2012-08-09', 2.65, 1],
  ['aapl', '2013-02-07', 2.65, 1],
  ['aapl', '2014-06-09', 0, 7],
  ['aapl', '2020-08-31', 0, 4],
  ['aapl', '2020-11-06', 0.205, 1],
  ['aig', '2009-07-01', 0, 0.05],
  ['wamu', '2001-05-16', 0, 1.5],
])('%s on %s: a dividend of %f, %f shares for one', (name, date, dividend, split) => {
  const action = actionOf(name, date)
  expect(action?.dividend).toBeCloseTo(dividend, 3)
  expect((action?.split ?? Number.NaN) / split).toBeCloseTo(1, 5)
})

test('no day without an announcement has an action, and each is known when its session opens', () => {
  expect(actionOf('aapl', '2014-06-06')).toBeUndefined()
  const actions = actionsOf(factorLines('20200828,0.9967882,0.25,499.23\n20501231,1,1,0'), sessions.next)
  const rows = actionRows({ aapl: actions, aig: actions }, sessions.opens)
  expect(rows.entities).toEqual(['aapl', 'aig'])
  expect([...rows.entity]).toEqual([0, 1])
  expect(rows.knownAt[0]).toBe(sessions.opens(sessionOfDate('2020-08-31')))
})

describe('a ticker of the sample is the instrument that its map file is about from the date that this file gives', async () => {
  const { listings } = await readDatasetFile(US12.prices.declaration)
  const entityOf = entitiesBy(listings)
  test.each(['aapl', 'aig', 'bac', 'eem', 'fb', 'goog', 'ibm', 'iwm', 'spy', 'wm'])('%s', (ticker) => {
    const lines = read(`${ticker}.map_files.csv`)
      .trim()
      .split(/\r?\n/)
      .map((line) => line.split(','))
    // A line's ticker holds up to its date; the first line's date is that of the instrument's first session.
    const other = lines.findLastIndex(([, name]) => name !== ticker)
    const [date] = lines[Math.max(other, 0)]
    const last = sessionOfDate(`${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}`)
    const first = other < 0 ? last : last + 1
    const now = ticker === 'wm' ? 'waste' : ticker
    expect(entityOf(ticker, first)).toBe(now)
    const files: readonly string[] = ['bac', 'eem', 'fb', 'goog', 'wm']
    if (files.includes(ticker)) expect(entityOf(ticker, first - 1)).not.toBe(now)
  })
})
