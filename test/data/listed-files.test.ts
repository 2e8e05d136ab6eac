/** A file is about instruments, whatever tickers they had: the same rows in every layout and format. */
import { expect, test } from 'vitest'
import { Refusal } from '../../schemas/kernel/fault.ts'
import { formatDay, parseMoment } from '../../schemas/kernel/time.ts'
import { parseDataset } from '../../streams/sources/dataset-file.ts'
import { arrive, factsOf, temporaryFolder } from './files.ts'

const folder = temporaryFolder()

/** Washington Mutual was WM until it failed; Waste Management was WMI, and took WM on 2009-08-05. */
const LISTINGS = `listings:
  - { symbol: WM, entity: wamu, to: "2009-08-05" }
  - { symbol: WMI, entity: waste, to: "2009-08-05" }
  - { symbol: WM, entity: waste, from: "2009-08-05" }
`

const declared = (layout: string) => `dataset: d
layout: ${layout}
${layout === 'long' ? 'entityColumn: ticker\n' : ''}timeColumn: day
timeOfDay: "16:00"
timeZone: America/New_York
knownAt: { kind: lag }
columns: [{ name: close, unit: USD }]
${LISTINGS}`

async function factsIn(name: string, content: string, layout = 'long') {
  const spec = await parseDataset(declared(layout), 'd.yaml')
  const path = folder.write(name, content)
  const file = await arrive(path, spec, { receivedAt: parseMoment('2026-06-01') })
  const facts = factsOf(file.rows).map(([entity, at, , close]) => `${entity} ${formatDay(at)} ${close}`)
  return { facts, rejects: file.rejects.map(({ line, reason }) => `${line} ${reason}`) }
}

const FACTS = [
  'wamu 2008-09-26 0.16',
  'waste 2008-09-26 33',
  'waste 2009-08-04 28.5',
  'waste 2009-08-05 28.58',
]

test('an instrument goes on under another ticker, and a ticker is used again', async () => {
  const long =
    'day,ticker,close\n2008-09-26,WM,0.16\n2008-09-26,WMI,33\n2009-08-04,WMI,28.5\n2009-08-05,WM,28.58\n'
  const wide = 'day,WM,WMI\n2008-09-26,0.16,33\n2009-08-04,,28.5\n2009-08-05,28.58,\n'
  const ndjson = long
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','))
    .map(([day, ticker, close]) => JSON.stringify({ day, ticker, close: Number(close) }))
    .join('\n')
  const found = { facts: FACTS, rejects: [] }
  expect(await factsIn('long.csv', long)).toEqual(found)
  expect(await factsIn('wide.csv', wide, 'wide')).toEqual(found)
  expect(await factsIn('long.ndjson', ndjson)).toEqual(found)
})

test('a row whose name is listed for another symbol is quarantined, with its line', async () => {
  const text = 'day,ticker,close\n2008-09-26,WM,0.16\n2008-09-26,waste,33\n'
  expect(await factsIn('other.csv', text)).toEqual({ facts: [FACTS[0]], rejects: ['3 entity.not-listed'] })
  const wide = 'day,WM,waste\n2008-09-26,0.16,33\n'
  expect((await factsIn('other-wide.csv', wide, 'wide')).rejects).toEqual(['2 entity.not-listed'])
})

test('lines of one instrument that contradict each other are a conflict, in a wide file too', async () => {
  const wide = 'day,WM,WMI\n2008-09-26,0.16,33\n2008-09-26,0.17,33\n'
  const { facts, rejects } = await factsIn('conflict.csv', wide, 'wide')
  expect([facts, rejects]).toEqual([FACTS.slice(0, 2), ['3 key.conflict']])
})

test.each([
  ['{ symbol: A, entity: x }, { symbol: A, entity: y, from: "2009-01-01" }', 'on 2009-01-01'],
  ['{ symbol: A, entity: x, from: "2009-02-30" }', 'neither a date nor empty'],
  ['{ symbol: A, entity: x, from: "2009-02-03", to: "2009-02-03" }', 'it must lie after'],
])('%s is refused where the data set is declared', async (listings, why) => {
  const text = declared('long').replace(LISTINGS, `listings: [${listings}]\n`)
  const refused = parseDataset(text, 'd.yaml')
  await expect(refused).rejects.toBeInstanceOf(Refusal)
  await expect(refused).rejects.toThrow('listings')
  await expect(refused).rejects.toThrow(why)
})
