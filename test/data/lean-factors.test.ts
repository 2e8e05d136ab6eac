/** Lean's factor files as factors that know nothing of the future. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatMoment } from '../../schemas/kernel/time.ts'
import { cellOf, columnOf } from '../../schemas/rows.ts'
import { parseDataset } from '../../streams/sources/dataset-file.ts'
import { type FactorLine, factorLines, forwardFactors } from '../../streams/sources/lean-factors.ts'
import { arrive, temporaryFolder } from './files.ts'

const folder = temporaryFolder()
const LIBRARY = new URL('../../streams/sources/library/lean-factors.yaml', import.meta.url)
const spec = await parseDataset(readFileSync(LIBRARY, 'utf8'), 'lean-factors.yaml')
const FILE = new URL('../../serving/sample/us12/aapl.factor_files.csv', import.meta.url)
const AAPL = factorLines(readFileSync(FILE, 'utf8'))

/** What a factor file says itself: up to the first line at or after a day, its factors. */
const backward = (lines: readonly FactorLine[], day: string): number => {
  const line = lines.find(({ date }) => date >= day)
  return line === undefined ? 1 : line.dividends * line.splits
}
const forward = (lines: readonly FactorLine[], day: string): number =>
  forwardFactors(lines).findLast(({ after }) => after < day)?.factor ?? Number.NaN

test('between any two days they change as the file says', () => {
  const days = [
    '19980105',
    '20000620',
    '20000621',
    '20050228',
    '20140606',
    '20140609',
    '20200828',
    '20200831',
    '20210101',
  ]
  for (const one of days)
    for (const other of days) {
      const [ours, theirs] = [
        forward(AAPL, other) / forward(AAPL, one),
        backward(AAPL, other) / backward(AAPL, one),
      ]
      expect(ours / theirs, `${one} to ${other}`).toBeCloseTo(1, 12)
    }
  // Seven shares for one after 2014-06-06, four for one after 2020-08-28.
  expect(forward(AAPL, '20140609') / forward(AAPL, '20140606')).toBeCloseTo(7, 3)
  expect(forward(AAPL, '20200831') / forward(AAPL, '20200828')).toBeCloseTo(4, 3)
})

test('no action of the future changes one of them', () => {
  const action = fc.record({
    split: fc.constantFrom(0.1, 0.5, 1, 2, 7),
    dividend: fc.constantFrom(0.97, 0.99, 1),
  })
  fc.assert(
    fc.property(fc.array(action, { minLength: 1, maxLength: 8 }), fc.nat(7), (actions, known) => {
      const upTo = (count: number): FactorLine[] => {
        const told = actions.slice(0, count)
        const lines = told.map((_, at) => ({
          date: `2020010${at + 1}`,
          dividends: told.slice(at).reduce((all, { dividend }) => all * dividend, 1),
          splits: told.slice(at).reduce((all, { split }) => all / split, 1),
          price: 1,
        }))
        return [...lines, { date: '20501231', dividends: 1, splits: 1, price: 0 }]
      }
      const [before, after] = [upTo(Math.min(known + 1, actions.length)), upTo(actions.length)]
      for (const { after: day, factor } of forwardFactors(before))
        expect(forwardFactors(after).findLast((one) => one.after <= day)?.factor).toBeCloseTo(factor, 9)
    }),
    { numRuns: 200 },
  )
})

test('they arrive as a data set, each known before the first session that it holds for', async () => {
  const path = folder.write('aapl.factor_files.csv', readFileSync(FILE))
  const [rows] = (await arrive(path, spec)).rows
  expect(rows.entities).toEqual(['aapl'])
  const row = [...rows.eventTime].findIndex((at) => formatMoment(at) === '2014-06-07T03:59:00Z')
  expect(columnOf(rows, 'splits')?.[row]).toBeCloseTo(7, 3)
  expect(columnOf(rows, 'factor')?.[0]).toBe(1)
  const wrong = folder.write('bad.factor_files.csv', '20140327,1,x,1\n')
  await expect(arrive(wrong, spec)).rejects.toThrow('line 1 is not a date, two factors above 0 and a price')
})

test('a map file says from when on an instrument had a symbol', async () => {
  const library = new URL('../../streams/sources/library/lean-maps.yaml', import.meta.url)
  const maps = await parseDataset(readFileSync(library, 'utf8'), 'lean-maps.yaml')
  const symbolsOf = async (name: string) => {
    const file = new URL(`../../serving/sample/us12/${name}.map_files.csv`, import.meta.url)
    const [rows] = (await arrive(folder.write(`${name}.map_files.csv`, readFileSync(file)), maps)).rows
    const [symbol] = rows.columns
    return Array.from({ length: rows.length }, (_, row) => [
      formatMoment(rows.eventTime[row]).slice(0, 10),
      symbol === undefined ? null : cellOf(symbol, row),
    ])
  }
  // Times are UTC: 23:59 in New York is the next day there. NB became BAC after 1998-09-30, QQQ was QQQQ from 2004-12-01 to 2011-03-22.
  expect(await symbolsOf('bac')).toEqual([
    ['1998-01-02', 'NB'],
    ['1998-10-01', 'BAC'],
  ])
  expect(await symbolsOf('qqq')).toEqual([
    ['1999-03-10', 'QQQ'],
    ['2004-12-01', 'QQQQ'],
    ['2011-03-23', 'QQQ'],
  ])
})
