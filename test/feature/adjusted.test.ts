/** Shipped sets over data sets that are joined as known: prices through splits and dividends, and what insiders bought and sold. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { parseMoment } from '../../schemas/kernel/time.ts'
import { defineFeatures } from '../../serving/actions.ts'
import { ingestFile } from '../../serving/ingest.ts'
import { defineSet } from '../../streams/features/definition.ts'
import { readFeatureSet } from '../../streams/features/set-file.ts'
import { parseDataset } from '../../streams/sources/dataset-file.ts'
import { factorLines } from '../../streams/sources/lean-factors.ts'
import { memoryPlatform } from '../support/memory-platform.ts'
import { act } from '../support/small-platform.ts'
import { readVector } from '../support/vectors.ts'

const home = mkdtempSync(join(tmpdir(), 'asof-joined-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))

const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))
const library = (name: string) => readFileSync(at(`streams/features/library/${name}.yaml`), 'utf8')
const source = async (name: string) => {
  const file = `streams/sources/library/${name}.yaml`
  return parseDataset(readFileSync(at(file), 'utf8'), name)
}

const PRICES = `
dataset: prices
layout: long
timeColumn: time
timeOfDay: "16:00"
timeZone: America/New_York
knownAt: { kind: lag, lagMicros: 0 }
columns: [{ name: close, unit: USD }]
format: { header: [time, close], time: yyyyMMdd HH:mm, columns: [{ name: close, divideBy: 10000 }], entityFromFile: "{entity}.csv" }
`

test('adjusted prices earn what the factor file says, and know no split of the future', async () => {
  const platform = await memoryPlatform()
  platform.moment.advanceTo(parseMoment('2022-01-01'))
  const days = [
    ...[
      '20140602 00:00,6285700',
      '20140603 00:00,6375000',
      '20140604 00:00,6448200',
      '20140605 00:00,6473500',
    ],
    ...['20140606 00:00,6455700', '20140609 00:00,937000', '20140610 00:00,942500', '20140611 00:00,938600'],
  ]
  writeFileSync(join(home, 'aapl.csv'), `${days.join('\n')}\n`)
  const ingest = async (path: string, spec: Parameters<typeof ingestFile>[1]['spec']) =>
    ingestFile(platform, { path, spec, actor: 'ann' })
  await ingest(join(home, 'aapl.csv'), await parseDataset(PRICES, 'prices.yaml'))
  await ingest(at('serving/sample/us12/aapl.factor_files.csv'), await source('lean-factors'))
  const set = defineSet(await readFeatureSet('adjusted.yaml', library('adjusted')))
  await defineFeatures(platform, set, act('adjusted'))
  const lines = factorLines(readFileSync(at('serving/sample/us12/aapl.factor_files.csv'), 'utf8'))
  /** Lean's own adjusted price: it holds every action up to the day on which the file was made. */
  const adjusted = (day: number): number => {
    const [time = '', price] = days[day]?.split(',') ?? []
    const line = lines.find(({ date }) => date >= time.slice(0, 8))
    return (Number(price) / 10_000) * (line?.dividends ?? 1) * (line?.splits ?? 1)
  }
  const asOf = async (moment: string, name: string) => {
    const { columns } = await platform.store.asOf(
      { name: 'adjusted', version: 1 },
      [name],
      parseMoment(moment),
    )
    return columns[0]?.[0] ?? Number.NaN
  }
  for (const [day, moment] of [
    [4, '2014-06-06T20:00Z'],
    [5, '2014-06-09T20:00Z'],
    [6, '2014-06-10T20:00Z'],
  ] as const)
    expect(await asOf(moment, 'return_1d')).toBeCloseTo(adjusted(day) / adjusted(day - 1) - 1, 12)
  // 93.70 after seven for one against 645.57 before it is no loss of 85 %.
  expect(await asOf('2014-06-09T20:00Z', 'return_1d')).toBeCloseTo((93.7 * 7) / 645.57 - 1, 4)
  const before = await asOf('2014-06-06T20:00Z', 'adjusted_close')
  expect((await asOf('2014-06-09T20:00Z', 'adjusted_close')) / before).toBeCloseTo((93.7 * 7) / 645.57, 4)
}, 60_000)

test('30 days of what insiders bought and sold, by the filings', async () => {
  const platform = await memoryPlatform()
  const spec = await source('sec-form4')
  const filing = (accession: string, accepted: string, change: (xml: string) => string) => {
    const path = join(home, `${accession}.txt`)
    const header = `<ACCEPTANCE-DATETIME>${accepted}\nACCESSION NUMBER: ${accession}\n`
    writeFileSync(
      path,
      `<SEC-DOCUMENT>\n${header}<XML>\n${change(readVector('form4-snow.xml'))}\n</XML>\n</SEC-DOCUMENT>\n`,
    )
    return path
  }
  const ingest = (moment: string, path: string) => {
    platform.moment.advanceTo(parseMoment(moment))
    return ingestFile(platform, { path, spec, actor: 'ann' })
  }
  // As it was filed: five sales, of 30,351,309.772 USD in all. Shares times price, read from the document by another way.
  const sales = [
    ...readVector('form4-snow.xml').matchAll(
      /<transactionCode>S<[\s\S]*?<value>([\d.]+)<[\s\S]*?<value>([\d.]+)</g,
    ),
  ]
  const sold = sales.reduce((sum, [, shares, price]) => sum + Number(shares) * Number(price), 0)
  expect(sold).toBeCloseTo(30_351_309.772, 2)
  // Twenty days later another insider buys for 1,000,000 USD; 40 days after that he buys again, when the sales are out of the window.
  const bought =
    (date: string, code = 'P') =>
    (xml: string) =>
      xml.replace(/<rptOwnerCik>\d+</, '<rptOwnerCik>0000000007<').replace(
        /<nonDerivativeTable>[\s\S]*<\/derivativeTable>/,
        `<nonDerivativeTable><nonDerivativeTransaction>
        <securityTitle><value>Common</value></securityTitle><transactionDate><value>${date}</value></transactionDate>
        <transactionCoding><transactionCode>${code}</transactionCode></transactionCoding><transactionAmounts>
        <transactionShares><value>8000</value></transactionShares><transactionPricePerShare><value>125</value></transactionPricePerShare>
        <transactionAcquiredDisposedCode><value>A</value></transactionAcquiredDisposedCode></transactionAmounts>
        </nonDerivativeTransaction></nonDerivativeTable>`,
      )
  // A grant counts for nothing, but that the history reaches back so far.
  await ingest('2022-10-06', filing('0000000001-22-000000', '20221005100000', bought('2022-10-03', 'A')))
  await ingest(
    '2022-12-16',
    filing('0000000001-22-000001', '20221215163015', (xml) => xml),
  )
  await ingest('2023-01-06', filing('0000000001-23-000002', '20230105100000', bought('2023-01-03')))
  await ingest('2023-02-14', filing('0000000001-23-000003', '20230213100000', bought('2023-02-10')))
  await defineFeatures(
    platform,
    defineSet(await readFeatureSet('insider-pressure.yaml', library('insider-pressure'))),
    act('insiders'),
  )
  const pressureAt = async (moment: string) => {
    const set = { name: 'insider-pressure', version: 1 }
    const { columns } = await platform.store.asOf(set, ['buying_pressure_30d'], parseMoment(moment))
    return columns[0]?.[0] ?? Number.NaN
  }
  expect(await pressureAt('2022-12-15T21:30:14Z')).toBeNaN()
  expect(await pressureAt('2022-12-15T21:30:15Z')).toBe(-1)
  expect(await pressureAt('2023-01-05T14:59Z')).toBe(-1)
  expect(await pressureAt('2023-01-05T15:00Z')).toBeCloseTo((1_000_000 - sold) / (1_000_000 + sold), 12)
  expect(await pressureAt('2023-02-13T15:00Z')).toBe(1)
}, 60_000)
